import Link from 'next/link';
import { monthLabel } from '@/components/charts/month-chart-data';
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from '@/components/ui/table';
import { Time } from '@/components/ui/time';
import type { MetricDto, MetricPointDto, MetricSeriesDto } from '@/lib/metrics/contract';
import { formatValue, pointNote } from './metrics.utils';

interface CellProps {
  metric: MetricDto;
  series: MetricSeriesDto;
  point: MetricPointDto;
  onFollow: () => void;
}

function Cell({ metric, series, point, onFollow }: CellProps) {
  const note = pointNote(point, metric);
  const value = point.value === null ? 'no data' : formatValue(point.value, series.unit);
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
  onFollow,
}: {
  metric: MetricDto;
  months: readonly string[];
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
              return (
                <TableCell key={series.key} numeric>
                  {point ? <Cell metric={metric} series={series} point={point} onFollow={onFollow} /> : '–'}
                </TableCell>
              );
            })}
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}
