import { getAuditEventInput } from '@/lib/audit/contract';
import { getAuditEvent } from '@/lib/audit/queries';
import { apiRoute } from '@/lib/auth/api-route';

export const GET = apiRoute({
  permission: 'audit:read',
  input: getAuditEventInput,
  run: (actor, input, { params }) => getAuditEvent(actor, params.id, input),
});
