import { exportAuditInput } from '@/lib/audit/contract';
import { exportAuditEvents } from '@/lib/audit/export-events';
import { apiRoute } from '@/lib/auth/api-route';

export const GET = apiRoute({
  permission: 'audit:export',
  input: exportAuditInput,
  run: (actor, input, { request }) => exportAuditEvents(actor, input, request),
});
