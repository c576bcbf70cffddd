import { apiRoute } from '@/lib/auth/api-route';
import { getEnv } from '@/lib/core/env';
import { API_HEADERS } from '@/lib/core/http';
import { getReportInput } from '@/lib/reports/contract';
import { reportMarkdown } from '@/lib/reports/markdown';
import { getReport } from '@/lib/reports/queries';

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
