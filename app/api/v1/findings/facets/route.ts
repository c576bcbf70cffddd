import { findingFilterInput } from '@/lib/assurance/findings/contract';
import { findingFacets } from '@/lib/assurance/findings/read/facets';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const GET = apiRoute({ permission: 'findings:read', input: findingFilterInput, run: findingFacets });
