import { Counter, Gauge, type Registry } from 'prom-client';
import type { LimiterState } from './contract';

/** What Prometheus reads of a limiter; the same names in the gate and in the console. */
export function addLimiterMetrics(registry: Registry, read: () => LimiterState): void {
  const registers = [registry];
  const gauge = (name: string, help: string, measure: (state: LimiterState) => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(measure(read()));
      },
    });
  gauge(
    'bulwark_limiter_fallback',
    '1 while Redis is configured and does not answer: each process counts alone, with a lower cap.',
    ({ store }) => (store === 'fallback' ? 1 : 0),
  );
  gauge(
    'bulwark_limiter_subjects',
    'Subjects counted in the memory of this process.',
    ({ subjects }) => subjects,
  );
  new Counter({
    name: 'bulwark_limiter_fallbacks_total',
    help: 'How often Redis was given up.',
    registers,
    collect() {
      this.reset();
      this.inc(read().fallbacks);
    },
  });
}
