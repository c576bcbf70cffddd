import { secretFilterInput } from '@/lib/access/secrets/contract';
import { secretFacets } from '@/lib/access/secrets/facets';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const GET = apiRoute({ permission: 'secrets:read', input: secretFilterInput, run: secretFacets });
