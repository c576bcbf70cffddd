import { listSecretsInput } from '@/lib/access/secrets/contract';
import { listSecrets } from '@/lib/access/secrets/queries';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const GET = apiRoute({ permission: 'secrets:read', input: listSecretsInput, run: listSecrets });
