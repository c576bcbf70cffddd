import { monthlyMetricsInput } from '@/lib/insight/metrics/contract';
import { monthlyCsv } from '@/lib/insight/metrics/monthly-csv';
import { monthlyMetrics } from '@/lib/insight/metrics/queries';
import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { API_HEADERS } from '@/lib/platform/core/http/http';

export const GET = apiRoute({
  permission: 'metrics:read',
  input: monthlyMetricsInput,
  run: async (actor, input) => {
    const metrics = await monthlyMetrics(actor, input);
    if (input.format === 'json') return metrics;
    const headers = {
      ...API_HEADERS,
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="metrics-${metrics.months[0]}-${metrics.months.at(-1)}.csv"`,
    };
    return new Response(monthlyCsv(metrics), { headers });
  },
});
