import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { endMute } from '@/lib/response/anomalies/end-mute';

export const POST = apiRoute({
  permission: 'anomalies:write',
  run: (actor, _, { params }) => endMute(actor, params.id ?? ''),
});
