import { dehydrate, HydrationBoundary, QueryClient } from '@tanstack/react-query';
import type { Metadata } from 'next';
import { createLoader, parseAsString, type SearchParams } from 'nuqs/server';
import { DueScreen } from '@/components/assurance/findings/due-screen';
import { dueBoardQuery } from '@/components/assurance/findings/findings.queries';
import { dueBoard } from '@/lib/assurance/findings/read/due-board';
import { requireActor } from '@/lib/platform/auth/session/page';

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
