'use client';

import { useQuery } from '@tanstack/react-query';
import { Download, Printer } from 'lucide-react';
import { useQueryStates } from 'nuqs';
import { apiUrl } from '@/components/shell/api-client';
import { QueryProblem } from '@/components/shell/query-problem';
import { Button } from '@/components/ui/button';
import { buttonClass } from '@/components/ui/button-class';
import { Checkbox } from '@/components/ui/checkbox';
import { PageBody, PageHeader } from '@/components/ui/page-header';
import { Select } from '@/components/ui/select';
import { Time } from '@/components/ui/time';
import type { MonthlyMetricsDto } from '@/lib/insight/metrics/contract';
import { MetricPanel } from './metric-panel';
import { MetricRows } from './metric-rows';
import { monthsShown } from './metric-values';
import { monthlyQuery } from './metrics.queries';
import { metricParsers } from './metrics-params';
import { ReleaseNotes } from './release-notes';
import { ReportTabs } from './report-tabs';
import { rowsAsked } from './rows-asked';
import { usePrinting } from './use-printing';

const COUNTS = [
  { value: '6', label: '6 months' },
  { value: '12', label: '12 months' },
  { value: '24', label: '24 months' },
] as const;
/** The API gives 36 months at most, and a comparison takes twice as many. */
const COMPARED_MAX = 12;

function statusOf({ asOf, timeZone, running }: MonthlyMetricsDto) {
  if (asOf === null) return 'Not calculated yet. The worker updates metrics every minute.';
  return (
    <>
      Counted <Time value={asOf} mode="relative" />. Time zone: {timeZone}
      {running ? '. The current month is incomplete' : ''}.
    </>
  );
}

export interface MetricsScreenProps {
  /** The month that runs, `2026-11`. */
  to: string;
}

/** The baseline's numbers month by month; each opens the rows behind it. */
export function MetricsScreen({ to }: MetricsScreenProps) {
  const [url, setUrl] = useQueryStates(metricParsers, { history: 'push' });
  const isCompared = url.compare && url.months <= COMPARED_MAX;
  const { months, from } = monthsShown(to, url.months, isCompared);
  const query = useQuery(monthlyQuery(from, to));
  const asked = rowsAsked(url);
  const closeRows = () => void setUrl({ rows: null, of: null, month: null, severity: null });
  const { data } = query;
  const isPrinting = usePrinting();
  return (
    <PageBody width="read">
      <PageHeader
        title="Reports"
        status={data ? statusOf(data) : null}
        actions={
          <div className="flex flex-wrap items-center gap-2" data-print="hide">
            <Select
              aria-label="Months shown"
              className="w-32"
              options={COUNTS}
              value={String(url.months) as (typeof COUNTS)[number]['value']}
              onValueChange={(value) => void setUrl({ months: Number(value) as 6 | 12 | 24 })}
            />
            <Checkbox
              checked={isCompared}
              disabled={url.months > COMPARED_MAX}
              onCheckedChange={(checked) => void setUrl({ compare: checked || null })}
              label="Compare with the period before"
            />
            <a
              className={buttonClass({})}
              href={apiUrl('/metrics/monthly', { from, to, format: 'csv' })}
              download=""
            >
              <Download aria-hidden />
              CSV
            </a>
            <Button onClick={() => window.print()}>
              <Printer aria-hidden />
              Print
            </Button>
          </div>
        }
        tabs={<ReportTabs current="/reports/metrics" />}
      />
      <QueryProblem queries={[query]} title="Could not refresh these metrics" />
      {data ? (
        <div
          className="grid grid-cols-1 gap-4 lg:grid-cols-2"
          data-stale={query.isPlaceholderData || undefined}
        >
          {data.metrics.map((metric) => (
            <MetricPanel
              key={metric.key}
              metric={metric}
              data={data}
              months={months}
              isCompared={isCompared}
              isPrinting={isPrinting}
            />
          ))}
        </div>
      ) : null}
      {data ? <ReleaseNotes notes={data.notes} months={months} /> : null}
      {asked ? <MetricRows asked={asked} onClose={closeRows} /> : null}
    </PageBody>
  );
}
