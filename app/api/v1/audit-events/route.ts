import { listAuditInput } from '@/lib/audit/contract';
import { listAuditEvents } from '@/lib/audit/queries';
import { apiRoute } from '@/lib/auth/api-route';

export const GET = apiRoute({
  permission: 'audit:read',
  input: listAuditInput,
  run: (actor, input) => listAuditEvents(actor, input),
});
