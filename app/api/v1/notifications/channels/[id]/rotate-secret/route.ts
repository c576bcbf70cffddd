import { apiRoute } from '@/lib/auth/api-route';
import { rotateSecretInput } from '@/lib/notifications/contract';
import { rotateChannelSecret } from '@/lib/notifications/rotate-channel-secret';

export const POST = apiRoute({
  permission: 'notifications:write',
  input: rotateSecretInput,
  run: (actor, input, { params }) => rotateChannelSecret(actor, params.id ?? '', input),
});
