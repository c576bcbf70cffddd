import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { VerifyCode } from '@/lib/api-keys/contract';

export interface GateMetricsSources {
  waiting: () => number;
  cachedKeys: () => number;
  isDatabaseUp: () => boolean;
}

const SECONDS_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 2.5];
const BATCH_BUCKETS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

/** What Prometheus reads from the gate. Decisions are counted in plain numbers and handed over when it asks. */
export class GateMetrics {
  readonly registry = new Registry();
  private readonly decisions: Partial<Record<VerifyCode, number>> = {};
  private readonly refusals: Record<string, number> = {};
  private readonly answerSeconds: Histogram;
  private readonly flushSeconds: Histogram<'path'>;
  private readonly flushQuestions: Histogram;

  constructor(sources: GateMetricsSources) {
    const registers = [this.registry];
    const { decisions, refusals } = this;
    new Counter({
      name: 'bulwark_gate_decisions_total',
      help: 'Keys decided on, recorded and answered, by code.',
      labelNames: ['code'],
      registers,
      collect() {
        this.reset();
        for (const [code, count] of Object.entries(decisions)) this.inc({ code }, count);
      },
    });
    new Counter({
      name: 'bulwark_gate_refusals_total',
      help: 'Requests answered with a problem, by problem code.',
      labelNames: ['code'],
      registers,
      collect() {
        this.reset();
        for (const [code, count] of Object.entries(refusals)) this.inc({ code }, count);
      },
    });
    this.answerSeconds = new Histogram({
      name: 'bulwark_gate_answer_seconds',
      help: 'From the request to its answer, record included.',
      buckets: SECONDS_BUCKETS,
      registers,
    });
    this.flushSeconds = new Histogram({
      name: 'bulwark_gate_flush_seconds',
      help: 'One batch through the database. The slow path reads what changed or was not in memory.',
      labelNames: ['path'],
      buckets: SECONDS_BUCKETS,
      registers,
    });
    this.flushQuestions = new Histogram({
      name: 'bulwark_gate_flush_questions',
      help: 'Questions in one batch.',
      buckets: BATCH_BUCKETS,
      registers,
    });
    const gauge = (name: string, help: string, read: () => number) =>
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    gauge('bulwark_gate_waiting', 'Questions waiting for a batch.', sources.waiting);
    gauge('bulwark_gate_cached_keys', 'Keys in memory.', sources.cachedKeys);
    gauge('bulwark_gate_database_up', '1 while the database is connected.', () =>
      sources.isDatabaseUp() ? 1 : 0,
    );
  }

  countDecision(code: VerifyCode, seconds: number): void {
    this.decisions[code] = (this.decisions[code] ?? 0) + 1;
    this.answerSeconds.observe(seconds);
  }

  countRefusal(code: string): void {
    this.refusals[code] = (this.refusals[code] ?? 0) + 1;
  }

  observeFlush(path: 'fast' | 'slow', questions: number, tookMs: number): void {
    this.flushSeconds.observe({ path }, tookMs / 1000);
    this.flushQuestions.observe(questions);
  }
}
