import { Counter, Gauge, type Registry } from 'prom-client';

export const INTAKE_OUTCOMES = ['kept', 'kept_on_disk', 'denied', 'invalid', 'not_kept', 'drained'] as const;
export type IntakeOutcome = (typeof INTAKE_OUTCOMES)[number];

export interface IntakeSources {
  waiting: () => number;
  spilledBytes: () => number;
  spillBytesMax: () => number;
}

/** What Prometheus reads of the intake. */
export class IntakeMetrics {
  private readonly deliveries: Counter<'outcome'>;

  constructor(registry: Registry, sources: IntakeSources) {
    const registers = [registry];
    this.deliveries = new Counter({
      name: 'bulwark_gate_deliveries_total',
      help: 'Deliveries of events: kept in the database, kept on disk, drained from there, denied, invalid (strict), not kept.',
      labelNames: ['outcome'],
      registers,
    });
    for (const outcome of INTAKE_OUTCOMES) this.deliveries.inc({ outcome }, 0);
    const gauge = (name: string, help: string, read: () => number) =>
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    gauge('bulwark_gate_deliveries_waiting', 'Deliveries waiting for a batch.', sources.waiting);
    gauge('bulwark_gate_spill_bytes', 'Events on disk, waiting for the database.', sources.spilledBytes);
    gauge(
      'bulwark_gate_spill_bytes_max',
      'How much of the disk events may fill; 0: no folder.',
      sources.spillBytesMax,
    );
  }

  count(outcome: IntakeOutcome): void {
    this.deliveries.inc({ outcome });
  }
}
