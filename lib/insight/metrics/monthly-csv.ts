import { csvLine } from '@/lib/platform/core/csv';
import type { MonthlyMetricsDto } from './contract';

const HEADER = [
  'month',
  'metric',
  'series',
  'unit',
  'value',
  'no_data',
  'n',
  'censored',
  'was',
  'restated_at',
  'version',
];

/** One line for each number, with CRLF; an empty value says in `no_data` why there is none. */
export function monthlyCsv({ metrics }: MonthlyMetricsDto): string {
  const lines = metrics.flatMap((metric) =>
    metric.series.flatMap((series) =>
      series.points.map((point) => [
        point.month,
        metric.key,
        series.key,
        series.unit,
        point.value,
        point.why,
        point.n,
        point.censored,
        point.was,
        point.restatedAt,
        metric.version,
      ]),
    ),
  );
  return [HEADER, ...lines].map(csvLine).join('');
}
