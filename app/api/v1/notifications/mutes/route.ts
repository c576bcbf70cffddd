import { apiRoute } from '@/lib/auth/api-route';
import { createMuteInput } from '@/lib/notifications/contract';
import { createMute } from '@/lib/notifications/create-mute';
import { listMutes } from '@/lib/notifications/queries';

export const GET = apiRoute({ permission: 'notifications:read', run: listMutes });

export const POST = apiRoute({
  permission: 'notifications:write',
  input: createMuteInput,
  status: 201,
  run: createMute,
});
