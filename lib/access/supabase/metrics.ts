import { Counter, Gauge, type Registry } from 'prom-client';
import type { JwtVerifierState } from './jwt-verifier';

/** What Prometheus reads of the verifier of Supabase's tokens. */
export function addJwksMetrics(registry: Registry, read: () => JwtVerifierState): void {
  const registers = [registry];
  const gauge = (name: string, help: string, measure: (state: JwtVerifierState) => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(measure(read()));
      },
    });
  gauge(
    'bulwark_jwks_age_seconds',
    'Since the key set was read; NaN where it never was.',
    ({ jwksAgeSeconds }) => jwksAgeSeconds ?? Number.NaN,
  );
  gauge('bulwark_jwks_keys', 'Usable keys of the key set.', ({ jwks }) => jwks.keys);
  new Counter({
    name: 'bulwark_jwks_readings_total',
    help: 'Readings of the key set, by outcome.',
    labelNames: ['outcome'],
    registers,
    collect() {
      const { readings, failures } = read().jwks;
      this.reset();
      this.inc({ outcome: 'done' }, readings - failures);
      this.inc({ outcome: 'failed' }, failures);
    },
  });
}
