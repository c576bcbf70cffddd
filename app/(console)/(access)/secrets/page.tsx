import { dehydrate, HydrationBoundary, QueryClient } from '@tanstack/react-query';
import type { Metadata } from 'next';
import type { SearchParams } from 'nuqs/server';
import { backendsQuery, fetchSecretPage, secretKeys } from '@/components/access/secrets/secrets.queries';
import { SecretsScreen } from '@/components/access/secrets/secrets-screen';
import { rowsKey } from '@/components/data-table/data-query';
import { parseFilter } from '@/components/data-table/filter-grammar';
import { listBackends } from '@/lib/access/secrets/backend-queries';
import { listSecretsInput } from '@/lib/access/secrets/contract';
import { listSecrets } from '@/lib/access/secrets/queries';
import { requireActor } from '@/lib/platform/auth/session/page';
import { getEnv } from '@/lib/platform/core/env/env';
import { loadSecretsParams } from './search-params';

export const metadata: Metadata = { title: 'Secrets' };

export default async function SecretsPage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const actor = await requireActor('secrets:read');
  const { q } = await loadSecretsParams(searchParams);
  const client = new QueryClient();
  await Promise.all([
    client.prefetchInfiniteQuery({
      queryKey: rowsKey(secretKeys.list, { range: null, q, sort: null }),
      queryFn: async () =>
        fetchSecretPage(
          (params, page) => listSecrets(actor, listSecretsInput.parse({ ...params, ...page })),
          { clauses: parseFilter(q) },
          null,
        ),
      initialPageParam: null,
    }),
    client.prefetchQuery({ queryKey: backendsQuery.queryKey, queryFn: () => listBackends(actor) }),
  ]);
  return (
    <HydrationBoundary state={dehydrate(client)}>
      <SecretsScreen consoleUrl={getEnv().consoleUrl} />
    </HydrationBoundary>
  );
}
