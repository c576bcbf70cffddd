export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The median distance from the median. */
export function medianDeviation(values: readonly number[], center = median(values)): number {
  return median(values.map((value) => Math.abs(value - center)));
}

/**
 * The modified z-score of Iglewicz and Hoaglin (1993), 0.6745 (x - median) / MAD: how unusual `x` is beside `values`,
 * which outliers among them hardly move. Without any deviation counts are taken for a Poisson process with the median as
 * its mean: (x - median) / sqrt(median), at least 1.
 */
export function modifiedZ(x: number, values: readonly number[]): number {
  const center = median(values);
  const deviation = medianDeviation(values, center);
  return deviation > 0 ? (0.6745 * (x - center)) / deviation : (x - center) / Math.max(1, Math.sqrt(center));
}
