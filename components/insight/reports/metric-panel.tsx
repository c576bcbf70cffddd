'use client';

import { ArrowDown, ArrowRight, ArrowUp, ImageDown, Info, Table2 } from 'lucide-react';
import Link from 'next/link';
import { useRef, useState } from 'react';
import { exportPng } from '@/components/charts/export-png';
import { MonthChart } from '@/components/charts/month-chart';
import { monthLabel } from '@/components/charts/month-chart-data';
import { cn } from '@/components/ui/cn';
import { Dialog } from '@/components/ui/dialog';
import { IconButton } from '@/components/ui/icon-button';
import { notify } from '@/components/ui/notify';
import { Panel } from '@/components/ui/panel';
import { Popover } from '@/components/ui/popover';
import { Time } from '@/components/ui/time';
import type { MetricDto, MonthlyMetricsDto } from '@/lib/insight/metrics/contract';
import { addMonths } from '@/lib/insight/metrics/rules';
import { MetricTable } from './metric-table';
import {
  chartSeries,
  formatAxis,
  formatValue,
  headlineSeries,
  headlineValue,
  LOOKS,
  pointNote,
  type Trend,
  trendOf,
} from './metric-values';

const TREND = {
  better: { className: 'text-success-text', word: 'better' },
  worse: { className: 'text-danger-text', word: 'worse' },
  same: { className: 'text-faint', word: 'no change' },
} as const satisfies Record<Trend, object>;

const iconButton = 'size-7 text-faint [&_.lucide]:size-4';

/** The headline of the newest month shown, and how it moved since the month before. */
function Headline({ metric, months }: { metric: MetricDto; months: readonly string[] }) {
  const [before, newest] = [months.at(-2) ?? '', months.at(-1) ?? ''];
  const value = headlineValue(metric, newest);
  const earlier = headlineValue(metric, before);
  const series = headlineSeries(metric);
  const unit = series?.unit ?? metric.unit;
  const isSum = LOOKS[metric.key].headline === 'sum';
  const point = series?.points.find(({ month }) => month === newest);
  const note = point && !isSum && point.why !== 'no_source' ? pointNote(point, metric) : undefined;
  const trend = value !== null && earlier !== null ? trendOf(metric, value, earlier) : null;
  const Arrow =
    trend === 'same' || value === null || earlier === null
      ? ArrowRight
      : value > earlier
        ? ArrowUp
        : ArrowDown;
  return (
    <p className="flex flex-wrap items-baseline gap-x-2">
      <span className={cn('text-2xl font-semibold tracking-[-0.02em]', value === null && 'text-faint')}>
        {point?.href && !isSum && value !== null ? (
          <Link href={point.href} scroll={false} prefetch={false} className="hover:underline">
            {formatValue(value, unit)}
          </Link>
        ) : value === null ? (
          'No data'
        ) : (
          formatValue(value, unit)
        )}
      </span>
      <span className="text-sm text-muted">
        {isSum ? '' : `${series?.label.toLowerCase()} `}in {monthLabel(newest)}
        {note ? `, ${note.charAt(0).toLowerCase()}${note.slice(1)}` : ''}
      </span>
      {trend !== null && earlier !== null ? (
        <span className={cn('flex items-center gap-0.5 text-xs [&_.lucide]:size-3', TREND[trend].className)}>
          <Arrow aria-hidden />
          {TREND[trend].word}; {formatValue(earlier, unit)} in {monthLabel(before)}
        </span>
      ) : null}
    </p>
  );
}

function Definition({ metric }: { metric: MetricDto }) {
  return (
    <Popover
      label={`How ${metric.title} is computed`}
      align="end"
      className="w-96 text-sm"
      trigger={
        <IconButton label={`How “${metric.title}” is calculated`} size="sm" className={iconButton}>
          <Info aria-hidden />
        </IconButton>
      }
    >
      <p>{metric.definition}</p>
      <p className="mt-2 text-xs text-faint">
        Version {metric.version}.{' '}
        {metric.since ? (
          <>
            Data since <Time value={metric.since} precision="day" />.
          </>
        ) : (
          'No source data yet.'
        )}
      </p>
    </Popover>
  );
}

export interface MetricPanelProps {
  metric: MetricDto;
  data: MonthlyMetricsDto;
  /** The months shown; `data` holds earlier ones too where periods are compared. */
  months: readonly string[];
  isCompared: boolean;
  /** On paper nobody can point at a bar: the numbers stand below the chart. */
  isPrinting: boolean;
}

export function MetricPanel({ metric, data, months, isCompared, isPrinting }: MetricPanelProps) {
  const frame = useRef<HTMLDivElement>(null);
  const tableButton = useRef<HTMLButtonElement>(null);
  const [isTable, setIsTable] = useState(false);
  const shift = isCompared ? months.length : null;
  const first = months[0] ?? '';
  const last = months.at(-1) ?? '';
  const before = isCompared
    ? `${monthLabel(addMonths(first, -months.length))} to ${monthLabel(addMonths(last, -months.length))}`
    : undefined;
  const saveImage = () => {
    if (!frame.current) return;
    exportPng(frame.current, metric.title, `${metric.key}-${months.at(-1)}.png`).catch((error: unknown) =>
      notify({ kind: 'error', title: 'Could not save the image', description: String(error) }),
    );
  };
  return (
    <Panel className="flex flex-col gap-3 p-4">
      <div className="flex items-start justify-between gap-2" data-print="keep">
        <h2 className="text-base font-semibold">{metric.title}</h2>
        <div className="-mt-1 -mr-1.5 flex" data-print="hide">
          <Dialog
            open={isTable}
            onOpenChange={setIsTable}
            title={`${metric.title} by month`}
            description="Select a number to see the rows it counts."
            size="lg"
            trigger={
              <IconButton
                ref={tableButton}
                label={`View “${metric.title}” as table`}
                size="sm"
                className={iconButton}
              >
                <Table2 aria-hidden />
              </IconButton>
            }
          >
            <MetricTable metric={metric} months={months} shift={shift} onFollow={() => setIsTable(false)} />
          </Dialog>
          <IconButton
            label={`Save “${metric.title}” as an image`}
            size="sm"
            className={iconButton}
            onClick={saveImage}
          >
            <ImageDown aria-hidden />
          </IconButton>
          <Definition metric={metric} />
        </div>
      </div>
      <Headline metric={metric} months={months} />
      {metric.since ? (
        <MonthChart
          title={metric.title}
          shape={LOOKS[metric.key].shape}
          series={chartSeries(metric, months, shift)}
          format={(value) => formatAxis(value, metric.unit)}
          notes={data.notes.filter(({ month }) => months.includes(month))}
          before={before}
          onTable={() => tableButton.current?.click()}
          frame={frame}
        />
      ) : (
        <p className="flex h-[204px] items-center justify-center rounded-md bg-sunken px-6 text-center text-sm text-muted">
          No source data has been recorded yet. “No data” does not mean zero.
        </p>
      )}
      {isPrinting && metric.since ? (
        <MetricTable metric={metric} months={months} shift={shift} onFollow={() => undefined} />
      ) : null}
    </Panel>
  );
}
