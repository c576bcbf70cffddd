import { createSourceInput } from '@/lib/access/event-sources/contract';
import { createSource } from '@/lib/access/event-sources/create-source';
import { listSources } from '@/lib/access/event-sources/queries';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const GET = apiRoute({ permission: 'detections:read', run: (actor) => listSources(actor) });

export const POST = apiRoute({
  permission: 'keys:write',
  input: createSourceInput,
  status: 201,
  run: (actor, input, { idempotencyKey }) => createSource(actor, input, idempotencyKey),
});
