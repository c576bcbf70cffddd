import fc from 'fast-check';
import { Histogram, Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { TallyHistogram } from './tally-histogram';

const NAME = 'seconds';
const HELP = 'How long it took.';
const BUCKETS = [0.001, 0.01, 0.1, 1];

it('tells Prometheus the same, to the letter, as the histogram of prom-client', async () => {
  const value = fc.oneof(fc.constantFrom(0, ...BUCKETS), fc.double({ min: 0, max: 3, noNaN: true }));
  await fc.assert(
    fc.asyncProperty(fc.array(value), async (values) => {
      const [theirs, ours] = [new Registry(), new Registry()];
      const known = new Histogram({ name: NAME, help: HELP, buckets: BUCKETS, registers: [theirs] });
      const own = new TallyHistogram(NAME, HELP, BUCKETS, ours);
      for (const one of values) {
        known.observe(one);
        own.observe(one);
      }
      if (values.length > 0) expect(await ours.metrics()).toBe(await theirs.metrics());
      ours.resetMetrics();
      expect(await ours.metrics()).toContain('seconds_count 0');
    }),
  );
});
