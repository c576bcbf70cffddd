import { endMute } from '@/lib/anomalies/end-mute';
import { apiRoute } from '@/lib/auth/api-route';

export const POST = apiRoute({
  permission: 'anomalies:write',
  run: (actor, _, { params }) => endMute(actor, params.id ?? ''),
});
