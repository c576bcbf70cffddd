import { webMetricsResponse } from '@/lib/platform/core/metrics/web-metrics';

export const dynamic = 'force-dynamic';

export function GET(request: Request): Promise<Response> {
  return webMetricsResponse(request);
}
