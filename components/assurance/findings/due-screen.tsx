'use client';

import { useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { parseAsString, useQueryState } from 'nuqs';
import { MonthChart } from '@/components/charts/month-chart';
import { monthLabel } from '@/components/charts/month-chart-data';
import { QueryProblem } from '@/components/shell/query-problem';
import { cn } from '@/components/ui/cn';
import { EmptyState } from '@/components/ui/empty-state';
import { PageBody, PageHeader, PageSection } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { Select } from '@/components/ui/select';
import { Severity } from '@/components/ui/severity';
import { Skeleton } from '@/components/ui/skeleton';
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from '@/components/ui/table';
import { SLAS, type Sla } from '@/lib/assurance/findings/contract';
import type { DueBoardDto } from '@/lib/assurance/findings/views-contract';
import { dueHref } from './finding-links';
import { FindingTabs } from './finding-tabs';
import { Due } from './finding-words';
import { dueBoardQuery } from './findings.queries';

const ALL = '*';
/** The steps in the head of a table that fits a phone. */
const SHORT: Record<Sla, string> = {
  overdue: 'Overdue',
  soon: '7 days',
  month: '30 days',
  later: 'Later',
  none: 'Never',
};
const number = (value: number) => value.toLocaleString('en');

function Count({ count, sla, filter }: { count: number; sla: Sla; filter: Record<string, string | null> }) {
  if (count === 0) return <span className="text-faint">–</span>;
  return (
    <Link
      href={dueHref({ ...filter, sla })}
      prefetch={false}
      className={cn('hover:underline', sla === 'overdue' && 'font-medium text-danger-text')}
    >
      {number(count)}
    </Link>
  );
}

interface Line {
  key: string;
  name: React.ReactNode;
  counts: Record<Sla, number>;
  filter: Record<string, string | null>;
}

function DueTable({ label, head, lines }: { label: string; head: string; lines: readonly Line[] }) {
  return (
    <Panel className="px-4 py-1 max-sm:px-3">
      <Table aria-label={label}>
        <TableHead>
          <tr>
            <TableHeader>{head}</TableHeader>
            {SLAS.map((sla) => (
              <TableHeader key={sla} numeric className="max-sm:px-1">
                {SHORT[sla]}
              </TableHeader>
            ))}
          </tr>
        </TableHead>
        <TableBody>
          {lines.map(({ key, name, counts, filter }) => (
            <TableRow key={key}>
              <TableCell className="max-w-56 truncate max-sm:max-w-24 max-sm:pr-1">{name}</TableCell>
              {SLAS.map((sla) => (
                <TableCell key={sla} numeric className="max-sm:px-1">
                  <Count count={counts[sla]} sla={sla} filter={filter} />
                </TableCell>
              ))}
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </Panel>
  );
}

function Trend({ months, name }: { months: DueBoardDto['months']; name: string }) {
  const points = (key: 'found' | 'fixed') => months.map((one) => ({ month: one.month, value: one[key] }));
  const title = `Found and fixed by month, ${name}`;
  return (
    <Panel className="flex flex-col gap-3 p-4">
      <MonthChart
        title={title}
        shape="groups"
        series={[
          { key: 'found', label: 'Found', color: 'neutral', points: points('found') },
          { key: 'fixed', label: 'Fixed', color: 'success', points: points('fixed') },
        ]}
        format={number}
      />
      <details className="text-sm">
        <summary className="cursor-pointer text-muted hover:text-ink">As a table</summary>
        <Table aria-label={title}>
          <TableHead>
            <tr>
              <TableHeader>Month</TableHeader>
              <TableHeader numeric>Found</TableHeader>
              <TableHeader numeric>Fixed</TableHeader>
            </tr>
          </TableHead>
          <TableBody>
            {months.map(({ month, found, fixed }) => (
              <TableRow key={month}>
                <TableCell>{monthLabel(month)}</TableCell>
                <TableCell numeric>{number(found)}</TableCell>
                <TableCell numeric>{number(fixed)}</TableCell>
              </TableRow>
            ))}
          </TableBody>
        </Table>
      </details>
    </Panel>
  );
}

function Longest({ longest }: Pick<DueBoardDto, 'longest'>) {
  if (longest.length === 0) return <p className="text-muted">Nothing is overdue.</p>;
  return (
    <Panel>
      <ul>
        {longest.map((finding) => (
          <li
            key={finding.id}
            className="flex flex-wrap items-center gap-x-4 gap-y-1 border-line border-t px-4 py-2 first:border-t-0"
          >
            <Severity level={finding.severity} />
            <Link
              href={`/findings?open=${finding.id}`}
              prefetch={false}
              className="min-w-0 flex-1 basis-64 truncate hover:underline"
            >
              {finding.title}
            </Link>
            <span className="text-muted text-sm">{finding.asset.name}</span>
            <span className="text-muted text-sm">{finding.owner?.name ?? 'Unassigned'}</span>
            <Due finding={finding} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function statusOf({ total }: DueBoardDto): string {
  if (total.overdue > 0) return `${number(total.overdue)} overdue; ${number(total.soon)} due within 7 days.`;
  return total.soon > 0
    ? `Nothing is overdue; ${number(total.soon)} due within 7 days.`
    : 'Nothing is overdue.';
}

function Board({ board, asset }: { board: DueBoardDto; asset: string | null }) {
  return (
    <>
      <PageSection title="By severity" description="Select a number to see the findings behind it.">
        <DueTable
          label="Due by severity"
          head="Severity"
          lines={board.severities.map(({ severity, counts }) => ({
            key: severity,
            name: <Severity level={severity} />,
            counts,
            filter: { severity, asset },
          }))}
        />
      </PageSection>
      <PageSection title="Longest overdue" description="The ten findings that have been overdue the longest.">
        <Longest longest={board.longest} />
      </PageSection>
      {asset === null && board.assets.length > 0 ? (
        <PageSection title="By asset" description="Assets with the most overdue findings.">
          <DueTable
            label="Due by asset"
            head="Asset"
            lines={board.assets.map(({ name, counts }) => ({
              key: name,
              name,
              counts,
              filter: { asset: name },
            }))}
          />
        </PageSection>
      ) : null}
      <PageSection title="Found and fixed" description="Last 12 months. Reopened findings count as found.">
        <Trend months={board.months} name={asset ?? 'all assets'} />
      </PageSection>
    </>
  );
}

/** What is due when, and whether more is fixed than found; of one asset or all. */
export function DueScreen() {
  const [asset, setAsset] = useQueryState('asset', parseAsString);
  const query = useQuery(dueBoardQuery(asset));
  const { data } = query;
  const names = data?.assetNames ?? (asset === null ? [] : [asset]);
  return (
    <PageBody>
      <PageHeader
        title="Findings"
        status={data ? statusOf(data) : null}
        actions={
          <Select
            aria-label="Asset"
            className="w-48"
            value={asset ?? ALL}
            onValueChange={(value) => void setAsset(value === ALL ? null : value, { history: 'push' })}
            options={[
              { value: ALL, label: 'All assets' },
              ...names.map((name) => ({ value: name, label: name })),
            ]}
          />
        }
        tabs={<FindingTabs current="/findings/due" />}
      />
      <QueryProblem queries={[query]} title="Could not load due dates" />
      {data ? (
        names.length === 0 ? (
          <EmptyState title="No scans yet">
            Upload a scan report in Scans. Due findings appear here.
          </EmptyState>
        ) : (
          <Board board={data} asset={asset} />
        )
      ) : (
        <Skeleton className="h-96" />
      )}
    </PageBody>
  );
}
