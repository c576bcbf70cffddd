import { fingerprintKey } from '@/lib/access/secrets/fingerprint-key';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const POST = apiRoute({ permission: ['secrets:write', 'secrets:rotate'], run: fingerprintKey });
