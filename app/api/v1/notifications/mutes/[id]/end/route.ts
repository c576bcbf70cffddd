import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { endMute } from '@/lib/platform/notifications/policy/end-mute';

export const POST = apiRoute({
  permission: 'notifications:write',
  run: (actor, _input, { params }) => endMute(actor, params.id ?? ''),
});
