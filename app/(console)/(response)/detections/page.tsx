import { dehydrate, HydrationBoundary, QueryClient } from '@tanstack/react-query';
import type { Metadata } from 'next';
import type { SearchParams } from 'nuqs/server';
import { resolveQuery, rowsKey } from '@/components/data-table/data-query';
import {
  GROUP_FIELDS,
  parsedParams,
  questionParams,
} from '@/components/response/detections/detection-params';
import {
  detectionKeys,
  GROUPS_FROM,
  GROUPS_SORT,
  PAGE_SIZE,
} from '@/components/response/detections/detections.queries';
import { GroupsScreen } from '@/components/response/detections/groups-screen';
import { may } from '@/lib/platform/auth/rules';
import { requireActor } from '@/lib/platform/auth/session/page';
import { getEnv } from '@/lib/platform/core/env/env';
import { listGroups } from '@/lib/response/detections/read/list-groups';
import { listGroupsInput } from '@/lib/response/detections/view-contract';
import { loadListParams } from './search-params';

export const metadata: Metadata = { title: 'Detections' };

export default async function DetectionsPage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const actor = await requireActor('detections:read');
  const { from, to, q, sort: asked } = await loadListParams(searchParams);
  const sort = asked ?? GROUPS_SORT;
  const state = { range: { from: from ?? GROUPS_FROM, to: to ?? 'now' }, q, sort };
  const client = new QueryClient();
  await client.prefetchInfiniteQuery({
    queryKey: rowsKey(detectionKeys.groups, state),
    queryFn: () => {
      const question = questionParams(resolveQuery(state, Date.now()), GROUP_FIELDS);
      const filter = parsedParams(question, GROUP_FIELDS);
      return listGroups(actor, listGroupsInput.parse({ ...filter, sort, limit: PAGE_SIZE }));
    },
    initialPageParam: null,
  });
  const { gateUrl, consoleUrl } = getEnv();
  return (
    <HydrationBoundary state={dehydrate(client)}>
      <GroupsScreen
        canWrite={may(actor, 'detections:write')}
        canBlock={may(actor, 'blocks:write')}
        installation={{ gateUrl, consoleUrl }}
      />
    </HydrationBoundary>
  );
}
