export type SeriesTone = 'neutral' | 'accent' | 'success' | 'warning' | 'danger' | 'info';

export interface HistogramSeries {
  key: string;
  label: string;
  tone: SeriesTone;
}

export interface HistogramBucket {
  /** Milliseconds since the epoch; `endMs` is exclusive. */
  startMs: number;
  endMs: number;
  counts: Record<string, number>;
}

export const toneFill: Record<SeriesTone, string> = {
  neutral: 'fill-[color-mix(in_oklab,var(--faint)_55%,var(--surface))]',
  accent: 'fill-accent',
  success: 'fill-success',
  warning: 'fill-warning',
  danger: 'fill-danger',
  info: 'fill-info',
};

export function bucketTotal(bucket: HistogramBucket, series: readonly HistogramSeries[]): number {
  return series.reduce((sum, { key }) => sum + (bucket.counts[key] ?? 0), 0);
}

export function seriesTotal(buckets: readonly HistogramBucket[], key: string): number {
  return buckets.reduce((sum, bucket) => sum + (bucket.counts[key] ?? 0), 0);
}

export interface BarPart {
  key: string;
  tone: SeriesTone;
  /** From the top, in percent of the height. */
  y: number;
  height: number;
}

const LEAST_PERCENT = 2.5;

/** The stacked parts of one bar, first series at the bottom; a count above 0 is never invisible. */
export function stackBar(
  bucket: HistogramBucket,
  series: readonly HistogramSeries[],
  max: number,
): BarPart[] {
  let top = 100;
  return series.flatMap(({ key, tone }) => {
    const count = bucket.counts[key] ?? 0;
    if (count <= 0) return [];
    const height = Math.max((count / Math.max(max, 1)) * 100, LEAST_PERCENT);
    top = Math.max(top - height, 0);
    return [{ key, tone, y: top, height }];
  });
}

/** One sentence for screen readers: how much, and where the peak is. */
export function describeHistogram(
  buckets: readonly HistogramBucket[],
  series: readonly HistogramSeries[],
  formatMoment: (ms: number) => string,
): string {
  const totals = series.map(
    ({ key, label }) => `${seriesTotal(buckets, key).toLocaleString('en')} ${label.toLowerCase()}`,
  );
  const peak = buckets.reduce<HistogramBucket | null>(
    (best, bucket) =>
      best === null || bucketTotal(bucket, series) > bucketTotal(best, series) ? bucket : best,
    null,
  );
  const first = buckets[0];
  const last = buckets.at(-1);
  if (!peak || !first || !last) return 'No data in this range.';
  return `${totals.join(', ')} from ${formatMoment(first.startMs)} to ${formatMoment(last.endMs)}. Peak at ${formatMoment(peak.startMs)}: ${bucketTotal(peak, series).toLocaleString('en')}.`;
}
