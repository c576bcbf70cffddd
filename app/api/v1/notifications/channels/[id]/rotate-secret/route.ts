import { apiRoute } from '@/lib/platform/auth/api-route';
import { rotateSecretInput } from '@/lib/platform/notifications/contract';
import { rotateChannelSecret } from '@/lib/platform/notifications/rotate-channel-secret';

export const POST = apiRoute({
  permission: 'notifications:write',
  input: rotateSecretInput,
  run: (actor, input, { params }) => rotateChannelSecret(actor, params.id ?? '', input),
});
