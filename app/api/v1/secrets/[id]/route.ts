import { updateSecretInput } from '@/lib/access/secrets/contract';
import { getSecret } from '@/lib/access/secrets/queries';
import { updateSecret } from '@/lib/access/secrets/update-secret';
import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { taggedJson } from '@/lib/platform/core/http/etag';

export const GET = apiRoute({
  permission: 'secrets:read',
  run: async (actor, _input, { params }) => taggedJson(await getSecret(actor, params.id ?? '')),
});

export const PATCH = apiRoute({
  permission: ['secrets:write', 'secrets:rotate'],
  input: updateSecretInput,
  run: async (actor, input, { params, ifMatch }) =>
    taggedJson(await updateSecret(actor, params.id ?? '', input, ifMatch)),
});
