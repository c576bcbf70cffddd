import { dehydrate, HydrationBoundary, QueryClient } from '@tanstack/react-query';
import type { Metadata } from 'next';
import { createLoader, parseAsString, type SearchParams } from 'nuqs/server';
import { DueScreen } from '@/components/findings/due-screen';
import { dueBoardQuery } from '@/components/findings/findings.queries';
import { requireActor } from '@/lib/auth/page';
import { dueBoard } from '@/lib/findings/due-board';

export const metadata: Metadata = { title: 'Findings due' };

const loadParams = createLoader({ asset: parseAsString });

export default async function FindingsDuePage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const actor = await requireActor('findings:read');
  const { asset } = await loadParams(searchParams);
  const client = new QueryClient();
  await client.prefetchQuery({
    queryKey: dueBoardQuery(asset).queryKey,
    queryFn: () => dueBoard(actor, asset === null ? {} : { asset }),
  });
  return (
    <HydrationBoundary state={dehydrate(client)}>
      <DueScreen />
    </HydrationBoundary>
  );
}
