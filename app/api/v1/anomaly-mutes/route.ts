import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { createMuteInput } from '@/lib/response/anomalies/contract';
import { createMute } from '@/lib/response/anomalies/create-mute';
import { listMutes } from '@/lib/response/anomalies/queries';

export const GET = apiRoute({ permission: 'audit:read', run: (actor) => listMutes(actor) });

export const POST = apiRoute({
  permission: 'anomalies:write',
  input: createMuteInput,
  status: 201,
  run: (actor, input) => createMute(actor, input),
});
