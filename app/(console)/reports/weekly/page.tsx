import { dehydrate, HydrationBoundary, QueryClient } from '@tanstack/react-query';
import type { Metadata } from 'next';
import { reportSettingsQuery, reportsQuery } from '@/components/reports/reports.queries';
import { ReportsScreen } from '@/components/reports/reports-screen';
import { requireActor } from '@/lib/auth/page';
import { may } from '@/lib/auth/rules';
import { getReportSettings, listReports } from '@/lib/reports/queries';

export const metadata: Metadata = { title: 'Weekly report' };

export default async function WeeklyReportsPage() {
  const actor = await requireActor('metrics:read');
  const client = new QueryClient();
  await client.prefetchInfiniteQuery({
    queryKey: reportsQuery.queryKey,
    queryFn: () => listReports(actor),
    initialPageParam: null as string | null,
  });
  await client.prefetchQuery({
    queryKey: reportSettingsQuery.queryKey,
    queryFn: () => getReportSettings(actor),
  });
  return (
    <HydrationBoundary state={dehydrate(client)}>
      <ReportsScreen canWrite={may(actor, 'settings:write')} />
    </HydrationBoundary>
  );
}
