'use client';

import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { FileText } from 'lucide-react';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { apiFetch } from '@/components/shell/api-client';
import { QueryProblem } from '@/components/shell/query-problem';
import { useAction } from '@/components/shell/use-action';
import { useIdempotencyKey } from '@/components/shell/use-idempotency-key';
import { Button } from '@/components/ui/button';
import { DropdownMenu, MenuItem } from '@/components/ui/dropdown-menu';
import { EmptyState } from '@/components/ui/empty-state';
import { PageBody, PageHeader } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { Time } from '@/components/ui/time';
import {
  type MakeReportInput,
  PERIODS,
  type ReportDto,
  type ReportSettingsDto,
  type ReportSummaryDto,
} from '@/lib/insight/reports/contract';
import { ReportSettings } from './report-settings';
import { ReportTabs } from './report-tabs';
import { ToneMark } from './report-tone';
import { reportKeys, reportSettingsQuery, reportsQuery } from './reports.queries';

function Row({ report }: { report: ReportSummaryDto }) {
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-1 border-line border-t px-4 py-2.5 first:border-t-0">
      <ToneMark tone={report.tone} hideWord />
      <div className="flex min-w-0 flex-1 basis-64 flex-col">
        <Link
          href={`/reports/weekly/${report.id}`}
          prefetch={false}
          className="truncate font-medium hover:underline"
        >
          {report.headline}
        </Link>
        <span className="text-sm text-muted">
          {report.from} to {report.to}
          {report.kind === 'on_demand' ? `, for ${report.madeBy}` : ''}
        </span>
      </div>
      <Time value={report.madeAt} precision="minute" className="text-sm text-muted" />
    </li>
  );
}

function MakeNow() {
  const router = useRouter();
  const { keyFor, finish } = useIdempotencyKey();
  const make = useAction<MakeReportInput>({
    run: async (body) => {
      const made = await apiFetch<ReportDto>('/reports/weekly', {
        method: 'POST',
        body,
        idempotencyKey: keyFor(body),
      });
      finish();
      router.push(`/reports/weekly/${made.id}`);
    },
    refresh: [reportKeys.list],
    done: ({ send }) => ({ title: send ? 'Report created and sent' : 'Report created' }),
    failed: 'Could not create the report',
  });
  return (
    <DropdownMenu
      align="end"
      trigger={
        <Button variant="primary" loading={make.isPending}>
          Create report
        </Button>
      }
    >
      {(Object.keys(PERIODS) as (keyof typeof PERIODS)[]).map((period) => (
        <MenuItem key={period} onSelect={() => make.mutate({ period })}>
          {PERIODS[period]}
        </MenuItem>
      ))}
      <MenuItem onSelect={() => make.mutate({ period: 'last_week', send: true })}>
        The last full week, and send it
      </MenuItem>
    </DropdownMenu>
  );
}

function statusOf({ isEnabled, nextAt, mailChannels }: ReportSettingsDto) {
  if (!isEnabled || nextAt === null) return 'Automatic weekly reports are off.';
  return (
    <>
      Next report: <Time value={nextAt} precision="minute" />
      {mailChannels.length > 0
        ? ` and goes to ${mailChannels.join(', ')}.`
        : '. No email channel receives it yet.'}
    </>
  );
}

/** The weekly reports, kept as they were sent, and when the next one is made. */
export function ReportsScreen({ canWrite }: { canWrite: boolean }) {
  const reports = useInfiniteQuery(reportsQuery);
  const settings = useQuery(reportSettingsQuery);
  const items = reports.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <PageBody width="read">
      <PageHeader
        title="Reports"
        status={settings.data ? statusOf(settings.data) : null}
        actions={
          canWrite && settings.data ? (
            <div className="flex gap-2">
              <ReportSettings settings={settings.data} />
              <MakeNow />
            </div>
          ) : null
        }
        tabs={<ReportTabs current="/reports/weekly" />}
      />
      <QueryProblem queries={[reports, settings]} title="Could not refresh the reports" />
      {reports.isSuccess && items.length === 0 ? (
        <EmptyState icon={<FileText aria-hidden />} title="No reports yet">
          The first report is created automatically at the end of this week, or create one now. It covers open
          actions and owners, changes, trends, the checklist and missing data.
        </EmptyState>
      ) : null}
      {items.length > 0 ? (
        <Panel>
          <ul>
            {items.map((report) => (
              <Row key={report.id} report={report} />
            ))}
          </ul>
        </Panel>
      ) : null}
      {reports.hasNextPage ? (
        <div>
          <Button loading={reports.isFetchingNextPage} onClick={() => void reports.fetchNextPage()}>
            Show more
          </Button>
        </div>
      ) : null}
    </PageBody>
  );
}
