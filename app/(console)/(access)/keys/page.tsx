import { dehydrate, HydrationBoundary, QueryClient } from '@tanstack/react-query';
import type { Metadata } from 'next';
import type { SearchParams } from 'nuqs/server';
import { fetchKeyPage, keyKeys } from '@/components/access/api-keys/api-keys.queries';
import { ApiKeysScreen } from '@/components/access/api-keys/list/api-keys-screen';
import { rowsKey } from '@/components/data-table/data-query';
import { parseFilter } from '@/components/data-table/filter-grammar';
import { listKeys } from '@/lib/access/api-keys/read/queries';
import { grantableScopes } from '@/lib/access/api-keys/rules';
import { may } from '@/lib/platform/auth/rules';
import { requireActor } from '@/lib/platform/auth/session/page';
import { getEnv } from '@/lib/platform/core/env/env';
import { listOwners } from './owners';
import { loadKeysParams } from './search-params';

export const metadata: Metadata = { title: 'Keys' };

export default async function KeysPage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const actor = await requireActor('keys:read');
  const { q, sort } = await loadKeysParams(searchParams);
  const owners = await listOwners(actor);
  const client = new QueryClient();
  await client.prefetchInfiniteQuery({
    queryKey: rowsKey(keyKeys.list, { range: null, q, sort }),
    queryFn: () => fetchKeyPage((input) => listKeys(actor, input), { clauses: parseFilter(q) }, owners, null),
    initialPageParam: null,
  });
  const { gateUrl, consoleUrl } = getEnv();
  return (
    <HydrationBoundary state={dehydrate(client)}>
      <ApiKeysScreen
        canWrite={may(actor, 'keys:write')}
        owners={owners}
        selfId={actor.userId}
        grantable={grantableScopes(actor)}
        origins={{ gateUrl, consoleUrl }}
      />
    </HydrationBoundary>
  );
}
