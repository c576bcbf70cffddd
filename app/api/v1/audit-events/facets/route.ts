import { auditFilterInput } from '@/lib/platform/audit/contract';
import { auditFacets } from '@/lib/platform/audit/facets';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const GET = apiRoute({
  permission: 'audit:read',
  input: auditFilterInput,
  run: (actor, input) => auditFacets(actor, input),
});
