import { listReportsInput, makeReportInput } from '@/lib/insight/reports/contract';
import { makeReport } from '@/lib/insight/reports/make-report';
import { listReports } from '@/lib/insight/reports/queries';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const GET = apiRoute({ permission: 'metrics:read', input: listReportsInput, run: listReports });

export const POST = apiRoute({
  permission: 'settings:write',
  input: makeReportInput,
  status: 201,
  run: (actor, input, { idempotencyKey }) => makeReport(actor, input, idempotencyKey),
});
