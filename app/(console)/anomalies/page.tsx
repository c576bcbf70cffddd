import { dehydrate, HydrationBoundary, QueryClient } from '@tanstack/react-query';
import type { Metadata } from 'next';
import { createLoader, type SearchParams } from 'nuqs/server';
import { anomaliesQuery, rulesQuery } from '@/components/anomalies/anomalies.queries';
import { AnomaliesScreen } from '@/components/anomalies/anomalies-screen';
import { anomalyParsers } from '@/components/anomalies/anomaly-params';
import { listAnomalies, listRules } from '@/lib/anomalies/queries';
import { requireActor } from '@/lib/auth/page';
import { may } from '@/lib/auth/rules';

export const metadata: Metadata = { title: 'Anomalies' };

const loadParams = createLoader(anomalyParsers);

export default async function AnomaliesPage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const actor = await requireActor('audit:read');
  const { state, rule, muted, month } = await loadParams(searchParams);
  const client = new QueryClient();
  await client.prefetchInfiniteQuery({
    queryKey: anomaliesQuery({ state, rule, muted, month }).queryKey,
    queryFn: () => listAnomalies(actor, { state, rule: rule ?? undefined, muted, month: month ?? undefined }),
    initialPageParam: null as string | null,
  });
  await client.prefetchQuery({ queryKey: rulesQuery.queryKey, queryFn: () => listRules(actor) });
  return (
    <HydrationBoundary state={dehydrate(client)}>
      <AnomaliesScreen canWrite={may(actor, 'anomalies:write')} />
    </HydrationBoundary>
  );
}
