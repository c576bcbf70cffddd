import { exportAuditInput } from '@/lib/platform/audit/contract';
import { exportAuditEvents } from '@/lib/platform/audit/export-events';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const GET = apiRoute({
  permission: 'audit:export',
  input: exportAuditInput,
  run: (actor, input, { request }) => exportAuditEvents(actor, input, request),
});
