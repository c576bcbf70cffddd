import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { ReportScreen } from '@/components/insight/reports/report-screen';
import { getReport } from '@/lib/insight/reports/queries';
import { requireActor } from '@/lib/platform/auth/session/page';
import { isAppError } from '@/lib/platform/core/errors';

export const metadata: Metadata = { title: 'Weekly report' };

export default async function WeeklyReportPage({ params }: { params: Promise<{ id: string }> }) {
  const actor = await requireActor('metrics:read');
  const { id } = await params;
  const report = await getReport(actor, id).catch((error: unknown) => {
    if (isAppError(error) && error.code === 'not_found') notFound();
    throw error;
  });
  return <ReportScreen report={report} />;
}
