import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { createMuteInput } from '@/lib/platform/notifications/contract';
import { createMute } from '@/lib/platform/notifications/policy/create-mute';
import { listMutes } from '@/lib/platform/notifications/queries';

export const GET = apiRoute({ permission: 'notifications:read', run: listMutes });

export const POST = apiRoute({
  permission: 'notifications:write',
  input: createMuteInput,
  status: 201,
  run: createMute,
});
