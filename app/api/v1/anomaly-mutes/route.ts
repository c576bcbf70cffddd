import { createMuteInput } from '@/lib/anomalies/contract';
import { createMute } from '@/lib/anomalies/create-mute';
import { listMutes } from '@/lib/anomalies/queries';
import { apiRoute } from '@/lib/auth/api-route';

export const GET = apiRoute({ permission: 'audit:read', run: (actor) => listMutes(actor) });

export const POST = apiRoute({
  permission: 'anomalies:write',
  input: createMuteInput,
  status: 201,
  run: (actor, input) => createMute(actor, input),
});
