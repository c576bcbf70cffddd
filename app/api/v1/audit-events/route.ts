import { listAuditInput } from '@/lib/platform/audit/contract';
import { listAuditEvents } from '@/lib/platform/audit/queries';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const GET = apiRoute({
  permission: 'audit:read',
  input: listAuditInput,
  run: (actor, input) => listAuditEvents(actor, input),
});
