import { sql } from 'drizzle-orm';
import { tenant } from '@/db/schema/identity';
import { asSystem, enterTenant, type WriteTx } from '@/db/scope';
import { SEALABLE_EVENTS } from '@/lib/platform/audit/sealable-rows';
import { HOUR_MS } from '@/lib/platform/core/clock';
import { TIME_SLACK_MS } from '../rules';
import { sealTenant } from './seal-tenant';
import { TransactionTimes } from './snapshots';

/** A tenant that was sealed so lately is looked at in every pass: events may still arrive behind its newest ones. */
const BUSY_SECONDS = 60;
/** How many tenants at rest are asked in one pass whether anything happened, in turn. */
const QUESTIONS_MAX = 250;
const NEWEST_ROWS = 64;
/** So that a long backlog does not keep the others waiting. */
const CHUNKS_MAX = 8;

/** Whether something of the tenant waits to be sealed: the state of its log tells, or its newest events. */
async function hasNews(tx: WriteTx, tenantId: string): Promise<boolean> {
  await enterTenant(tx, tenantId);
  const [log] = await tx.execute<{ isBusy: boolean; snapshot: string | null; snapshotMs: number }>(sql`
    select snapshot is null or sweep is not null
        or coalesce(sealed_at > now() - make_interval(secs => ${BUSY_SECONDS}), false) as "isBusy",
      snapshot::text as snapshot, (extract(epoch from snapshot_at) * 1000)::float8 as "snapshotMs"
    from public.audit_log where tenant_id = ${tenantId}::uuid order by incarnation desc limit 1`);
  if (!log || log.isBusy || log.snapshot === null) return true;
  const nowMs = Date.now();
  const from = new Date(Math.min(nowMs, log.snapshotMs) - TIME_SLACK_MS).toISOString();
  const to = new Date(nowMs + HOUR_MS).toISOString();
  const [found] = await tx.execute<{ hasNews: boolean }>(sql`
    select exists (select from (
      select xact from ${sql.raw(SEALABLE_EVENTS)} where tenant_id = ${tenantId}::uuid
        and at >= ${from}::timestamptz and at < ${to}::timestamptz order by at desc, id desc limit ${NEWEST_ROWS}
    ) as newest where not pg_visible_in_snapshot(newest.xact, ${log.snapshot}::text::pg_snapshot)) as "hasNews"`);
  return found?.hasNews ?? true;
}

export interface Sequencer {
  /** Seals what waits, of every tenant. @returns leaves added @throws ShrunkLogError where a tree has become smaller */
  pass(): Promise<number>;
  /** What it has seen of the trees no longer counts: a restore was found and dealt with. */
  forget(): void;
}

/** Remembers between its passes which transactions began when, and whom it has asked. */
export function createSequencer(ensureLog: (tenantId: string) => Promise<void>): Sequencer {
  const times = new TransactionTimes();
  const known = new Map<string, { incarnation: number; size: number }>();
  let next = 0;

  async function listTenants(): Promise<string[]> {
    const rows = await asSystem('sequencer: list tenants', (tx) =>
      tx.select({ id: tenant.id }).from(tenant).orderBy(tenant.id),
    );
    return rows.map(({ id }) => id);
  }

  async function pendingTenants(ids: readonly string[]): Promise<string[]> {
    const asked = Array.from(
      { length: Math.min(QUESTIONS_MAX, ids.length) },
      (_, i) => ids[(next + i) % ids.length] ?? '',
    );
    next = ids.length === 0 ? 0 : (next + asked.length) % ids.length;
    return asSystem('sequencer: who has news', async (tx) => {
      const pending: string[] = [];
      for (const id of asked) if (await hasNews(tx, id)) pending.push(id);
      return pending;
    });
  }

  async function sealBacklog(tenantId: string): Promise<number> {
    let leaves = 0;
    for (let chunk = 0; chunk < CHUNKS_MAX; chunk++) {
      const seen = known.get(tenantId);
      const result = await sealTenant(tenantId, { times, ...(seen ? { known: seen } : {}) });
      if (!result) break;
      known.set(tenantId, result);
      leaves += result.leaves;
      if (result.isDone) break;
    }
    return leaves;
  }

  return {
    forget() {
      known.clear();
    },
    async pass() {
      let leaves = 0;
      const failures: unknown[] = [];
      for (const id of await pendingTenants(await listTenants())) {
        try {
          if (!known.has(id)) await ensureLog(id);
          leaves += await sealBacklog(id);
        } catch (error) {
          failures.push(error);
        }
      }
      if (failures.length > 0) throw failures.length === 1 ? failures[0] : new AggregateError(failures);
      return leaves;
    },
  };
}
