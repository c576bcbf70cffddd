import { dehydrate, HydrationBoundary, QueryClient } from '@tanstack/react-query';
import type { Metadata } from 'next';
import type { SearchParams } from 'nuqs/server';
import { fetchScanPage, scanKeys } from '@/components/assurance/scans/scans.queries';
import { ScansScreen } from '@/components/assurance/scans/scans-screen';
import { rowsKey } from '@/components/data-table/data-query';
import { parseFilter } from '@/components/data-table/filter-grammar';
import { listScans } from '@/lib/assurance/findings/read/scan-queries';
import { may } from '@/lib/platform/auth/rules';
import { requireActor } from '@/lib/platform/auth/session/page';
import { getEnv } from '@/lib/platform/core/env/env';
import { loadScansParams } from './search-params';

export const metadata: Metadata = { title: 'Scans' };

export default async function ScansPage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const actor = await requireActor('scans:read');
  const { q, sort } = await loadScansParams(searchParams);
  const client = new QueryClient();
  await client.prefetchInfiniteQuery({
    queryKey: rowsKey(scanKeys.list, { range: null, q, sort }),
    queryFn: () => fetchScanPage((input) => listScans(actor, input), { clauses: parseFilter(q) }, null),
    initialPageParam: null,
  });
  return (
    <HydrationBoundary state={dehydrate(client)}>
      <ScansScreen
        canUpload={may(actor, 'scans:write')}
        canDecide={may(actor, 'findings:write')}
        canSeeFindings={may(actor, 'findings:read')}
        consoleUrl={getEnv().consoleUrl}
      />
    </HydrationBoundary>
  );
}
