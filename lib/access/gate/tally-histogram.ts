import type { Metric, MetricValueWithName, Registry } from 'prom-client';

/**
 * A histogram without labels, counted in plain numbers: `observe` of prom-client takes 0.6 µs, a fiftieth of an answer.
 * The registry reads it as one of prom-client's.
 */
export class TallyHistogram {
  readonly type = 'histogram';
  readonly aggregator = 'sum';
  private readonly counts: Float64Array;
  private sum = 0;

  /** @param buckets upper bounds, ascending */
  constructor(
    readonly name: string,
    readonly help: string,
    private readonly buckets: readonly number[],
    registry: Registry,
  ) {
    this.counts = new Float64Array(buckets.length + 1);
    registry.registerMetric(this as unknown as Metric);
  }

  observe(value: number): void {
    const { buckets, counts } = this;
    let bucket = 0;
    while (bucket < buckets.length && value > (buckets[bucket] ?? 0)) bucket += 1;
    counts[bucket] = (counts[bucket] ?? 0) + 1;
    this.sum += value;
  }

  reset(): void {
    this.counts.fill(0);
    this.sum = 0;
  }

  /** What the registry reads. */
  async get() {
    const { name, help, type, aggregator } = this;
    let count = 0;
    const values: MetricValueWithName<'le'>[] = [...this.counts].map((counted, bucket) => {
      count += counted;
      return { metricName: `${name}_bucket`, labels: { le: this.buckets[bucket] ?? '+Inf' }, value: count };
    });
    values.push({ metricName: `${name}_sum`, labels: {}, value: this.sum });
    values.push({ metricName: `${name}_count`, labels: {}, value: count });
    return { name, help, type, aggregator, values };
  }
}
