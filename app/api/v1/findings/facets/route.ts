import { apiRoute } from '@/lib/auth/api-route';
import { findingFilterInput } from '@/lib/findings/contract';
import { findingFacets } from '@/lib/findings/facets';

export const GET = apiRoute({ permission: 'findings:read', input: findingFilterInput, run: findingFacets });
