import { auditFilterInput } from '@/lib/audit/contract';
import { auditFacets } from '@/lib/audit/facets';
import { apiRoute } from '@/lib/auth/api-route';

export const GET = apiRoute({
  permission: 'audit:read',
  input: auditFilterInput,
  run: (actor, input) => auditFacets(actor, input),
});
