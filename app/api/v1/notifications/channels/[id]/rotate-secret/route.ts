import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { rotateChannelSecret } from '@/lib/platform/notifications/channels/rotate-channel-secret';
import { rotateSecretInput } from '@/lib/platform/notifications/contract';

export const POST = apiRoute({
  permission: 'notifications:write',
  input: rotateSecretInput,
  run: (actor, input, { params }) => rotateChannelSecret(actor, params.id ?? '', input),
});
