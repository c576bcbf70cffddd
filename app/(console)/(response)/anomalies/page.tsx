import { dehydrate, HydrationBoundary, QueryClient } from '@tanstack/react-query';
import type { Metadata } from 'next';
import { createLoader, type SearchParams } from 'nuqs/server';
import { anomaliesQuery, rulesQuery } from '@/components/response/anomalies/anomalies.queries';
import { AnomaliesScreen } from '@/components/response/anomalies/anomalies-screen';
import { anomalyInputOf, anomalyParsers } from '@/components/response/anomalies/anomaly-params';
import { may } from '@/lib/platform/auth/rules';
import { requireActor } from '@/lib/platform/auth/session/page';
import { listAnomalies, listRules } from '@/lib/response/anomalies/queries';

export const metadata: Metadata = { title: 'Anomalies' };

const loadParams = createLoader(anomalyParsers);

export default async function AnomaliesPage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const actor = await requireActor('audit:read');
  const { open: _, ...filter } = await loadParams(searchParams);
  const client = new QueryClient();
  await client.prefetchInfiniteQuery({
    queryKey: anomaliesQuery(filter).queryKey,
    queryFn: () => listAnomalies(actor, anomalyInputOf(filter)),
    initialPageParam: null as string | null,
  });
  await client.prefetchQuery({ queryKey: rulesQuery.queryKey, queryFn: () => listRules(actor) });
  return (
    <HydrationBoundary state={dehydrate(client)}>
      <AnomaliesScreen canWrite={may(actor, 'anomalies:write')} />
    </HydrationBoundary>
  );
}
