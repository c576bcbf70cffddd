import { getReportInput } from '@/lib/insight/reports/contract';
import { reportMarkdown } from '@/lib/insight/reports/markdown';
import { getReport } from '@/lib/insight/reports/queries';
import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { getEnv } from '@/lib/platform/core/env/env';
import { API_HEADERS } from '@/lib/platform/core/http/http';

export const GET = apiRoute({
  permission: 'metrics:read',
  input: getReportInput,
  run: async (actor, { format }, { params }) => {
    const report = await getReport(actor, params.id ?? '');
    if (format === 'json') return report;
    const headers = { ...API_HEADERS, 'content-type': 'text/markdown; charset=utf-8' };
    return new Response(reportMarkdown(report.content, getEnv().consoleUrl), { headers });
  },
});
