import { getAuditEventInput } from '@/lib/platform/audit/contract';
import { getAuditEvent } from '@/lib/platform/audit/queries';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const GET = apiRoute({
  permission: 'audit:read',
  input: getAuditEventInput,
  run: (actor, input, { params }) => getAuditEvent(actor, params.id, input),
});
