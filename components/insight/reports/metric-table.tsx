import Link from 'next/link';
import { monthLabel } from '@/components/charts/month-chart-data';
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from '@/components/ui/table';
import { Time } from '@/components/ui/time';
import type { MetricDto, MetricPointDto, MetricSeriesDto } from '@/lib/insight/metrics/contract';
import { addMonths } from '@/lib/insight/metrics/rules';
import { formatValue, pointNote } from './metric-values';

interface CellProps {
  metric: MetricDto;
  series: MetricSeriesDto;
  point: MetricPointDto;
  /** The number of the period compared with, if any. */
  before: number | null | undefined;
  onFollow: () => void;
}

function Cell({ metric, series, point, before, onFollow }: CellProps) {
  const why = point.value === null ? pointNote(point, metric) : undefined;
  const note = point.value === null ? undefined : pointNote(point, metric);
  const value = point.value === null ? (why ?? 'No data') : formatValue(point.value, series.unit);
  return (
    <span className="flex flex-col items-end py-1">
      {point.href ? (
        <Link
          href={point.href}
          scroll={false}
          prefetch={false}
          onClick={onFollow}
          className="underline decoration-line-strong underline-offset-2 hover:decoration-ink"
        >
          {value}
        </Link>
      ) : (
        <span className={point.value === null ? 'text-faint' : undefined}>{value}</span>
      )}
      {note ? <span className="text-xs text-faint">{note}</span> : null}
      {before === undefined ? null : (
        <span className="text-xs text-faint">
          before: {before === null ? 'no data' : formatValue(before, series.unit)}
        </span>
      )}
      {point.restatedAt ? (
        <span className="text-xs text-warning-text">
          was {point.was === null ? 'no data' : formatValue(point.was, series.unit)}, restated{' '}
          <Time value={point.restatedAt} precision="day" />
        </span>
      ) : null}
    </span>
  );
}

/** Every number of a metric, each with the rows behind it. */
export function MetricTable({
  metric,
  months,
  shift,
  onFollow,
}: {
  metric: MetricDto;
  months: readonly string[];
  /** So many months earlier is what it is compared with; null: with nothing. */
  shift: number | null;
  onFollow: () => void;
}) {
  return (
    <Table aria-label={`${metric.title} by month`}>
      <TableHead>
        <TableRow>
          <TableHeader>Month</TableHeader>
          {metric.series.map(({ key, label }) => (
            <TableHeader key={key} numeric>
              {label}
            </TableHeader>
          ))}
        </TableRow>
      </TableHead>
      <TableBody>
        {[...months].reverse().map((month) => (
          <TableRow key={month}>
            <TableCell className="whitespace-nowrap">{monthLabel(month)}</TableCell>
            {metric.series.map((series) => {
              const point = series.points.find((one) => one.month === month);
              const before =
                shift === null
                  ? undefined
                  : (series.points.find((one) => one.month === addMonths(month, -shift))?.value ?? null);
              return (
                <TableCell key={series.key} numeric>
                  {point ? (
                    <Cell metric={metric} series={series} point={point} before={before} onFollow={onFollow} />
                  ) : (
                    '–'
                  )}
                </TableCell>
              );
            })}
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}
