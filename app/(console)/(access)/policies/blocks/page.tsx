import { dehydrate, HydrationBoundary, QueryClient } from '@tanstack/react-query';
import type { Metadata } from 'next';
import type { SearchParams } from 'nuqs/server';
import { blockKeys, fetchBlockPage } from '@/components/access/blocks/blocks.queries';
import { BlocksScreen } from '@/components/access/blocks/blocks-screen';
import { rowsKey } from '@/components/data-table/data-query';
import { parseFilter } from '@/components/data-table/filter-grammar';
import { listBlocks } from '@/lib/access/blocks/queries';
import { may } from '@/lib/platform/auth/rules';
import { requireActor } from '@/lib/platform/auth/session/page';
import { getEnv } from '@/lib/platform/core/env/env';
import { loadBlocksParams } from './search-params';

export const metadata: Metadata = { title: 'Blocks' };

export default async function BlocksPage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const actor = await requireActor('blocks:read');
  const { q, sort } = await loadBlocksParams(searchParams);
  const client = new QueryClient();
  await client.prefetchInfiniteQuery({
    queryKey: rowsKey(blockKeys.list, { range: null, q, sort }),
    queryFn: () => fetchBlockPage((input) => listBlocks(actor, input), { clauses: parseFilter(q) }, null),
    initialPageParam: null,
  });
  return (
    <HydrationBoundary state={dehydrate(client)}>
      <BlocksScreen canWrite={may(actor, 'blocks:write')} consoleUrl={getEnv().consoleUrl} />
    </HydrationBoundary>
  );
}
