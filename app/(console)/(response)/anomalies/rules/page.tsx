import { dehydrate, HydrationBoundary, QueryClient } from '@tanstack/react-query';
import type { Metadata } from 'next';
import { mutesQuery, rulesQuery } from '@/components/response/anomalies/anomalies.queries';
import { RulesScreen } from '@/components/response/anomalies/rules-screen';
import { may } from '@/lib/platform/auth/rules';
import { requireActor } from '@/lib/platform/auth/session/page';
import { listMutes, listRules } from '@/lib/response/anomalies/queries';

export const metadata: Metadata = { title: 'Anomaly rules' };

export default async function AnomalyRulesPage() {
  const actor = await requireActor('audit:read');
  const client = new QueryClient();
  await client.prefetchQuery({ queryKey: rulesQuery.queryKey, queryFn: () => listRules(actor) });
  await client.prefetchQuery({ queryKey: mutesQuery.queryKey, queryFn: () => listMutes(actor) });
  return (
    <HydrationBoundary state={dehydrate(client)}>
      <RulesScreen canChange={may(actor, 'policies:write')} canWrite={may(actor, 'anomalies:write')} />
    </HydrationBoundary>
  );
}
