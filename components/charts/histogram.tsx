'use client';

import { Table2 } from 'lucide-react';
import { type ReactNode, useId, useMemo } from 'react';
import { cn } from '@/components/ui/cn';
import { Dialog } from '@/components/ui/dialog';
import { IconButton } from '@/components/ui/icon-button';
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from '@/components/ui/table';
import { formatExact } from '@/components/ui/time-format';
import { useTimeZone } from '@/components/ui/time-zone';
import {
  bucketTotal,
  describeHistogram,
  type HistogramBucket,
  type HistogramSeries,
  seriesTotal,
  stackBar,
  toneFill,
} from './histogram-data';
import { type BucketSelection, useBucketSelection } from './use-bucket-selection';

export interface HistogramProps {
  /** Names the chart: "Events over time". */
  title: string;
  series: readonly HistogramSeries[];
  buckets: readonly HistogramBucket[];
  /** Called with a range chosen by drag, click or Enter. */
  onRange?: (fromMs: number, toMs: number) => void;
  /** Pixels of the bars. */
  height?: number;
  /** Shows the bars faded while newer ones are fetched. */
  stale?: boolean;
  className?: string;
}

export function Histogram({
  title,
  series,
  buckets,
  onRange,
  height = 56,
  stale,
  className,
}: HistogramProps) {
  const id = useId();
  const { zone } = useTimeZone();
  const format = useMemo(() => (ms: number) => formatExact(new Date(ms), zone, 'minute'), [zone]);
  const selection = useBucketSelection(buckets, onRange);
  const max = Math.max(1, ...buckets.map((bucket) => bucketTotal(bucket, series)));
  const description = describeHistogram(buckets, series, format);
  const active = selection.active === null ? undefined : buckets[selection.active];
  return (
    <figure aria-labelledby={`${id}-title`} className={cn('flex min-w-0 flex-col gap-1', className)}>
      <figcaption className="flex h-6 min-w-0 items-center gap-4 text-xs">
        <span id={`${id}-title`} className="font-medium text-muted max-sm:sr-only">
          {title}
        </span>
        <Legend series={series} buckets={buckets} />
        <span className="ml-auto flex items-center text-faint">
          <span className="whitespace-nowrap max-sm:hidden">peak {max.toLocaleString('en')}</span>
          <HistogramTable title={title} series={series} buckets={buckets} format={format} />
        </span>
      </figcaption>
      <div className="relative" style={{ height }}>
        <Bars
          id={id}
          title={title}
          description={description}
          series={series}
          buckets={buckets}
          max={max}
          selection={selection}
          stale={stale}
        />
        <Cursor title={title} series={series} buckets={buckets} selection={selection} format={format} />
        {active && selection.active !== null ? (
          <BucketDetail
            bucket={active}
            series={series}
            format={format}
            position={(selection.active + 0.5) / buckets.length}
            hint={
              selection.range && selection.range[0] !== selection.range[1] ? 'Release to zoom' : undefined
            }
          />
        ) : null}
      </div>
      <div aria-hidden="true" className="flex justify-between text-xs text-faint tabular-nums">
        {axisMoments(buckets).map((ms) => (
          <span key={ms}>{format(ms)}</span>
        ))}
      </div>
    </figure>
  );
}

function axisMoments(buckets: readonly HistogramBucket[]): number[] {
  const first = buckets[0];
  const last = buckets.at(-1);
  return first && last ? [first.startMs, last.endMs] : [];
}

function Legend({ series, buckets }: Pick<HistogramProps, 'series' | 'buckets'>) {
  return (
    <ul className="flex min-w-0 items-center gap-3">
      {series.map(({ key, label, tone }) => (
        <li key={key} className="flex items-center gap-1.5 whitespace-nowrap text-muted">
          <svg aria-hidden="true" width="8" height="8" viewBox="0 0 8 8">
            <rect width="8" height="8" rx="1.5" className={toneFill[tone]} />
          </svg>
          {label}
          <span className="text-faint">{seriesTotal(buckets, key).toLocaleString('en')}</span>
        </li>
      ))}
    </ul>
  );
}

interface BarsProps {
  id: string;
  title: string;
  description: string;
  series: readonly HistogramSeries[];
  buckets: readonly HistogramBucket[];
  max: number;
  selection: BucketSelection;
  stale?: boolean;
}

function Bars({ id, title, description, series, buckets, max, selection, stale }: BarsProps) {
  const inRange = (index: number) =>
    !selection.range || (index >= selection.range[0] && index <= selection.range[1]);
  return (
    <svg
      role="img"
      aria-labelledby={`${id}-svg-title ${id}-svg-desc`}
      viewBox={`0 0 ${Math.max(buckets.length, 1)} 100`}
      preserveAspectRatio="none"
      className={cn('size-full overflow-visible border-b border-line', stale && 'opacity-60')}
    >
      <title id={`${id}-svg-title`}>{title}</title>
      <desc id={`${id}-svg-desc`}>{description}</desc>
      {buckets.map((bucket, index) => (
        <g key={bucket.startMs} className={inRange(index) ? undefined : 'opacity-30'}>
          {selection.active === index ? (
            <rect x={index} y={0} width={1} height={100} className="fill-hover" />
          ) : null}
          {stackBar(bucket, series, max).map((part) => (
            <rect
              key={part.key}
              x={index + 0.1}
              width={0.8}
              y={part.y}
              height={part.height}
              className={toneFill[part.tone]}
            />
          ))}
        </g>
      ))}
    </svg>
  );
}

interface CursorProps {
  title: string;
  series: readonly HistogramSeries[];
  buckets: readonly HistogramBucket[];
  selection: BucketSelection;
  format: (ms: number) => string;
}

/** The part that takes pointer and keys: arrows move, Shift extends, Enter zooms, Escape lets go. */
function Cursor({ title, series, buckets, selection, format }: CursorProps) {
  if (buckets.length === 0) return null;
  const at = selection.active ?? buckets.length - 1;
  const bucket = buckets[at];
  const counts = bucket
    ? series.map(({ key, label }) => `${bucket.counts[key] ?? 0} ${label.toLowerCase()}`).join(', ')
    : '';
  return (
    <div
      role="slider"
      tabIndex={0}
      aria-label={`${title}: choose a time range`}
      aria-valuemin={0}
      aria-valuemax={buckets.length - 1}
      aria-valuenow={at}
      aria-valuetext={bucket ? `${format(bucket.startMs)}: ${counts}` : undefined}
      className="absolute inset-0 touch-pan-y cursor-crosshair rounded-xs select-none"
      {...selection.handlers}
    />
  );
}

interface BucketDetailProps {
  bucket: HistogramBucket;
  series: readonly HistogramSeries[];
  format: (ms: number) => string;
  /** 0 to 1 from the left. */
  position: number;
  hint?: ReactNode;
}

function BucketDetail({ bucket, series, format, position, hint }: BucketDetailProps) {
  const shift = position < 0.25 ? '0%' : position > 0.75 ? '-100%' : '-50%';
  return (
    <div
      aria-hidden="true"
      className="pointer-events-none absolute top-full z-30 mt-1 rounded-md border border-line-strong bg-raised px-2.5 py-1.5 text-xs whitespace-nowrap shadow-float"
      style={{ left: `${position * 100}%`, transform: `translateX(${shift})` }}
    >
      <p className="text-faint">
        {format(bucket.startMs)} to {format(bucket.endMs).split(', ')[1]}
      </p>
      <dl className="mt-1 grid grid-cols-[auto_auto] gap-x-4">
        {series.map(({ key, label, tone }) => (
          <div key={key} className="col-span-2 grid grid-cols-subgrid">
            <dt className="flex items-center gap-1.5 text-muted">
              <svg aria-hidden="true" width="8" height="8" viewBox="0 0 8 8">
                <rect width="8" height="8" rx="1.5" className={toneFill[tone]} />
              </svg>
              {label}
            </dt>
            <dd className="text-right text-ink">{(bucket.counts[key] ?? 0).toLocaleString('en')}</dd>
          </div>
        ))}
      </dl>
      {hint ? <p className="mt-1 text-accent-text">{hint}</p> : null}
    </div>
  );
}

function HistogramTable({
  title,
  series,
  buckets,
  format,
}: Pick<HistogramProps, 'title' | 'series' | 'buckets'> & { format: (ms: number) => string }) {
  return (
    <Dialog
      title={title}
      trigger={
        <IconButton label="View as table" size="sm" className="size-6 text-faint [&_.lucide]:size-3.5">
          <Table2 aria-hidden />
        </IconButton>
      }
    >
      <Table data-density="compact">
        <TableHead>
          <TableRow>
            <TableHeader>From</TableHeader>
            {series.map(({ key, label }) => (
              <TableHeader key={key} numeric>
                {label}
              </TableHeader>
            ))}
          </TableRow>
        </TableHead>
        <TableBody>
          {buckets.map((bucket) => (
            <TableRow key={bucket.startMs}>
              <TableCell>{format(bucket.startMs)}</TableCell>
              {series.map(({ key }) => (
                <TableCell key={key} numeric>
                  {(bucket.counts[key] ?? 0).toLocaleString('en')}
                </TableCell>
              ))}
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </Dialog>
  );
}
