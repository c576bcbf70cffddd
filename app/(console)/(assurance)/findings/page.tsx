import { dehydrate, HydrationBoundary, QueryClient } from '@tanstack/react-query';
import type { Metadata } from 'next';
import type { SearchParams } from 'nuqs/server';
import { fetchFindingPage, findingKeys } from '@/components/assurance/findings/findings.queries';
import { FindingsScreen } from '@/components/assurance/findings/findings-screen';
import { rowsKey } from '@/components/data-table/data-query';
import { parseFilter } from '@/components/data-table/filter-grammar';
import { listFindingsInput } from '@/lib/assurance/findings/contract';
import { listFindings } from '@/lib/assurance/findings/read/queries';
import { may } from '@/lib/platform/auth/rules';
import { requireActor } from '@/lib/platform/auth/session/page';
import { getEnv } from '@/lib/platform/core/env/env';
import { loadFindingsParams } from './search-params';

export const metadata: Metadata = { title: 'Findings' };

export default async function FindingsPage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const actor = await requireActor('findings:read');
  const { q, sort: asked } = await loadFindingsParams(searchParams);
  const sort = asked ?? 'severity';
  const client = new QueryClient();
  await client.prefetchInfiniteQuery({
    queryKey: rowsKey(findingKeys.list, { range: null, q, sort }),
    queryFn: () =>
      fetchFindingPage(
        (params, page) => listFindings(actor, listFindingsInput.parse({ ...params, ...page })),
        { clauses: parseFilter(q), sort },
        null,
      ),
    initialPageParam: null,
  });
  return (
    <HydrationBoundary state={dehydrate(client)}>
      <FindingsScreen canDecide={may(actor, 'findings:write')} consoleUrl={getEnv().consoleUrl} />
    </HydrationBoundary>
  );
}
