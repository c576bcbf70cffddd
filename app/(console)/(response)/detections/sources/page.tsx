import { dehydrate, HydrationBoundary, QueryClient } from '@tanstack/react-query';
import type { Metadata } from 'next';
import { sourcesQuery } from '@/components/access/event-sources/event-sources.queries';
import { SourcesScreen } from '@/components/access/event-sources/sources-screen';
import { DetectionTabs } from '@/components/response/detections/detection-tabs';
import { Senders } from '@/components/response/detections/senders';
import { listSources } from '@/lib/access/event-sources/queries';
import { may } from '@/lib/platform/auth/rules';
import { requireActor } from '@/lib/platform/auth/session/page';

export const metadata: Metadata = { title: 'Event sources' };

export default async function SourcesPage() {
  const actor = await requireActor('detections:read');
  const client = new QueryClient();
  await client.prefetchQuery({ queryKey: sourcesQuery.queryKey, queryFn: () => listSources(actor) });
  return (
    <HydrationBoundary state={dehydrate(client)}>
      <SourcesScreen
        canWrite={may(actor, 'keys:write')}
        title="Detections"
        tabs={<DetectionTabs current="/detections/sources" />}
      >
        <Senders />
      </SourcesScreen>
    </HydrationBoundary>
  );
}
