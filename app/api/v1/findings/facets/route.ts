import { findingFilterInput } from '@/lib/assurance/findings/contract';
import { findingFacets } from '@/lib/assurance/findings/facets';
import { apiRoute } from '@/lib/platform/auth/api-route';

export const GET = apiRoute({ permission: 'findings:read', input: findingFilterInput, run: findingFacets });
