import { dehydrate, HydrationBoundary, QueryClient } from '@tanstack/react-query';
import type { Metadata } from 'next';
import type { SearchParams } from 'nuqs/server';
import { resolveQuery, rowsKey } from '@/components/data-table/data-query';
import {
  EVENT_FIELDS,
  parsedParams,
  questionParams,
} from '@/components/response/detections/detection-params';
import { detectionKeys, EVENTS_FROM, PAGE_SIZE } from '@/components/response/detections/detections.queries';
import { EventsScreen } from '@/components/response/detections/events-screen';
import { may } from '@/lib/platform/auth/rules';
import { requireActor } from '@/lib/platform/auth/session/page';
import { getEnv } from '@/lib/platform/core/env/env';
import { listDetections } from '@/lib/response/detections/read/list-detections';
import { listDetectionsInput } from '@/lib/response/detections/view-contract';
import { loadListParams } from '../search-params';

export const metadata: Metadata = { title: 'Events' };

export default async function EventsPage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const actor = await requireActor('detections:read');
  const { from, to, q, sort } = await loadListParams(searchParams);
  const state = { range: { from: from ?? EVENTS_FROM, to: to ?? 'now' }, q, sort };
  const client = new QueryClient();
  await client.prefetchInfiniteQuery({
    queryKey: rowsKey(detectionKeys.events, state),
    queryFn: () => {
      const question = questionParams(resolveQuery(state, Date.now()), EVENT_FIELDS);
      const filter = parsedParams(question, EVENT_FIELDS);
      return listDetections(actor, listDetectionsInput.parse({ ...filter, limit: PAGE_SIZE }));
    },
    initialPageParam: null,
  });
  const { gateUrl, consoleUrl } = getEnv();
  return (
    <HydrationBoundary state={dehydrate(client)}>
      <EventsScreen canWrite={may(actor, 'detections:write')} installation={{ gateUrl, consoleUrl }} />
    </HydrationBoundary>
  );
}
