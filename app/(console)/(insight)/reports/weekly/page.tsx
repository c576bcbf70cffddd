import { dehydrate, HydrationBoundary, QueryClient } from '@tanstack/react-query';
import type { Metadata } from 'next';
import { reportSettingsQuery, reportsQuery } from '@/components/insight/reports/reports.queries';
import { ReportsScreen } from '@/components/insight/reports/reports-screen';
import { getReportSettings, listReports } from '@/lib/insight/reports/queries';
import { may } from '@/lib/platform/auth/rules';
import { requireActor } from '@/lib/platform/auth/session/page';

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
