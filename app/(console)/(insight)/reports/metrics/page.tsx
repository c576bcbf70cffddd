import { dehydrate, HydrationBoundary, QueryClient } from '@tanstack/react-query';
import type { Metadata } from 'next';
import { createLoader, type SearchParams } from 'nuqs/server';
import { monthsShown } from '@/components/insight/reports/metric-values';
import { monthlyQuery } from '@/components/insight/reports/metrics.queries';
import { metricParsers } from '@/components/insight/reports/metrics-params';
import { MetricsScreen } from '@/components/insight/reports/metrics-screen';
import { monthlyMetrics, runningMonth } from '@/lib/insight/metrics/queries';
import { requireActor } from '@/lib/platform/auth/session/page';

export const metadata: Metadata = { title: 'Metrics' };

const loadParams = createLoader(metricParsers);

export default async function MetricsPage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const actor = await requireActor('metrics:read');
  const { months, compare } = await loadParams(searchParams);
  const to = await runningMonth(actor);
  const { from } = monthsShown(to, months, compare && months <= 12);
  const client = new QueryClient();
  await client.prefetchQuery({
    queryKey: monthlyQuery(from, to).queryKey,
    queryFn: () => monthlyMetrics(actor, { from, to }),
  });
  return (
    <HydrationBoundary state={dehydrate(client)}>
      <MetricsScreen to={to} />
    </HydrationBoundary>
  );
}
