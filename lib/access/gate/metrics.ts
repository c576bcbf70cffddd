import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { addWatchedFileMetrics } from '@/lib/platform/core/watched-files';
import type { GateCode } from './codes';
import { TallyHistogram } from './tally-histogram';

export interface GateMetricsSources {
  waiting: () => number;
  cachedKeys: () => number;
  isDatabaseUp: () => boolean;
  /** Tenants in memory that have changed since; their next question brings them up to date. */
  tenantsBehind: () => Promise<number>;
}

const SECONDS_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 2.5];
const BATCH_BUCKETS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

/** What Prometheus reads from the gate. Decisions are counted in plain numbers and handed over when it asks. */
export class GateMetrics {
  readonly registry = new Registry();
  private readonly decisions: Partial<Record<GateCode, number>> = {};
  private readonly refusals: Record<string, number> = {};
  private readonly byRoute = new Map<string, Partial<Record<GateCode, number>>>();
  private readonly answerSeconds: TallyHistogram;
  private readonly flushSeconds: Histogram<'path'>;
  private readonly flushQuestions: Histogram;

  constructor(sources: GateMetricsSources) {
    const registers = [this.registry];
    addWatchedFileMetrics(this.registry);
    const { decisions, refusals, byRoute } = this;
    new Counter({
      name: 'bulwark_gate_decisions_total',
      help: 'Questions decided, recorded and answered, by code.',
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
    new Counter({
      name: 'bulwark_gate_route_decisions_total',
      help: 'Requests at /v1/authorize, by route of security/gate.yaml and code.',
      labelNames: ['route', 'code'],
      registers,
      collect() {
        this.reset();
        for (const [route, codes] of byRoute)
          for (const [code, count] of Object.entries(codes)) this.inc({ route, code }, count);
      },
    });
    this.answerSeconds = new TallyHistogram(
      'bulwark_gate_answer_seconds',
      'From the request to its answer, record included.',
      SECONDS_BUCKETS,
      this.registry,
    );
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
    new Gauge({
      name: 'bulwark_gate_tenants_behind',
      help: 'Tenants in memory whose revision is older than the database, until they are asked about again.',
      registers,
      async collect() {
        this.set(await sources.tenantsBehind());
      },
    });
  }

  /** @param route its name; empty where none fits */
  countRoute(route: string, code: GateCode): void {
    const codes = this.byRoute.get(route) ?? {};
    codes[code] = (codes[code] ?? 0) + 1;
    this.byRoute.set(route, codes);
  }

  countDecision(code: GateCode, seconds: number): void {
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
