import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { observeTransactions, type PoolUse, poolUse } from '@/db/connect';
import { addWatchedFileMetrics } from '@/lib/platform/core/watched-files';

const SECONDS_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** On the global object: Next loads this module once for each of its bundles, and they must count together. */
const holder = globalThis as typeof globalThis & { bulwarkMetrics?: Registry };

function poolGauge(registry: Registry, name: string, help: string, read: (use: PoolUse) => number): void {
  new Gauge({
    name,
    help,
    labelNames: ['role'],
    registers: [registry],
    collect() {
      for (const use of poolUse()) this.set({ role: use.role }, read(use));
    },
  });
}

function addDatabase(registry: Registry): void {
  const prefix = 'bulwark_database';
  poolGauge(registry, `${prefix}_connections`, 'Open connections to Postgres.', (use) => use.connections);
  poolGauge(registry, `${prefix}_connections_max`, 'Connections that may be opened.', (use) => use.max);
  poolGauge(
    registry,
    `${prefix}_transactions`,
    'Transactions under way; those above the maximum of connections wait for one.',
    (use) => use.transactions,
  );
  new Counter({
    name: `${prefix}_abandoned_pools_total`,
    help: 'Pools given up because Postgres said nothing.',
    labelNames: ['role'],
    registers: [registry],
    collect() {
      this.reset();
      for (const use of poolUse()) this.inc({ role: use.role }, use.abandoned);
    },
  });
  const seconds = new Histogram({
    name: `${prefix}_transaction_seconds`,
    help: 'From asking for a connection to the end of the transaction: its commit, where it writes.',
    labelNames: ['role', 'outcome'],
    buckets: SECONDS_BUCKETS,
    registers: [registry],
  });
  observeTransactions((role, isDone, took) =>
    seconds.observe({ role, outcome: isDone ? 'done' : 'failed' }, took),
  );
}

/** What Prometheus reads from this process (web and worker; the gate has its own), made at its first use. */
export function metricsRegistry(): Registry {
  if (holder.bulwarkMetrics) return holder.bulwarkMetrics;
  const registry = new Registry();
  holder.bulwarkMetrics = registry;
  collectDefaultMetrics({ register: registry });
  addDatabase(registry);
  addWatchedFileMetrics(registry);
  return registry;
}
