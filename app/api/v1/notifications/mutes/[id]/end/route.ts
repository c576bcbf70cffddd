import { apiRoute } from '@/lib/auth/api-route';
import { endMute } from '@/lib/notifications/end-mute';

export const POST = apiRoute({
  permission: 'notifications:write',
  run: (actor, _input, { params }) => endMute(actor, params.id ?? ''),
});
