import { apiRoute } from '@/lib/auth/api-route';
import { listReportsInput, makeReportInput } from '@/lib/reports/contract';
import { makeReport } from '@/lib/reports/make-report';
import { listReports } from '@/lib/reports/queries';

export const GET = apiRoute({ permission: 'metrics:read', input: listReportsInput, run: listReports });

export const POST = apiRoute({
  permission: 'settings:write',
  input: makeReportInput,
  status: 201,
  run: (actor, input, { idempotencyKey }) => makeReport(actor, input, idempotencyKey),
});
