import { setTimeout as sleep } from 'node:timers/promises';
import type postgres from 'postgres';
import { openPool } from './connect';
import type { AuditRow, ConditionalBatch, KeyRow, SnapshotFacts, SnapshotQuestion } from './gate-rows';
import {
  INSERT_IF_CURRENT,
  INSERT_IN_SNAPSHOT,
  NOTIFY_FIRST_USE,
  SELECT_CHANGED,
  SELECT_CLOCK,
  SELECT_KEYS,
  SELECT_REVISIONS,
} from './gate-sql';

interface RevisionRow {
  tenantId: string;
  revision: number;
}

export interface GateStoreOptions {
  url: string;
  /** Runs on every new connection before it is used; what it throws keeps the store down. */
  check?: (sql: postgres.Sql) => Promise<void>;
  onUp: () => void;
  onDown: (error: unknown) => void;
  /** How long one write may take before its outcome counts as unknown. */
  writeTimeoutMs: number;
}

/** Thrown where the store is down, too slow, or refused: nothing may be answered as recorded. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';
}

const CHANGED_MAX = 2_000;
const BACKOFF_FIRST_MS = 50;
const BACKOFF_LAST_MS = 1_000;
/** The end of time that to_timestamp still takes. */
const TIMESTAMP_MAX_MS = 8e15;

function backoffMs(attempt: number): number {
  return Math.min(BACKOFF_LAST_MS, BACKOFF_FIRST_MS * 2 ** attempt) * (0.5 + Math.random() / 2);
}

async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new StoreUnavailableError(`No reply within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** True where the connection is lost or its state unknown; an error that Postgres reported leaves it usable. */
function isConnectionTrouble(error: unknown): boolean {
  if (!(error instanceof Error) || error.name !== 'PostgresError' || !('code' in error)) return true;
  return /^(08|57P)/.test(String(error.code));
}

/**
 * The gate's connections to Postgres as app_gate. While they are down every call fails at once; they come back by
 * themselves, and `onUp` then says that nothing known before may be relied on.
 */
export class GateStore {
  private sql: postgres.Sql | undefined;
  private readonly closing = new AbortController();
  private supervision: Promise<void> | undefined;

  constructor(private readonly options: GateStoreOptions) {}

  get isUp(): boolean {
    return this.sql !== undefined;
  }

  /** Begins to connect, and to connect again after each loss, until `close`. */
  start(): void {
    this.supervision ??= this.connect();
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.supervision;
    const { sql } = this;
    this.sql = undefined;
    await sql?.end({ timeout: 2 });
  }

  /**
   * Inserts all rows if every revision still stands and the database's clock lies in the span; otherwise none.
   * @returns whether they are committed @throws StoreUnavailableError where that is not known, or refused
   */
  append(batch: ConditionalBatch): Promise<boolean> {
    return this.run(async (sql) => {
      const result = await sql.unsafe(
        INSERT_IF_CURRENT,
        [
          JSON.stringify(batch.rows),
          [...batch.revisions.keys()],
          [...batch.revisions.values()],
          batch.notBeforeMs,
          Math.min(batch.notAfterMs, TIMESTAMP_MAX_MS),
        ],
        { prepare: true },
      );
      return result.count === batch.rows.length;
    });
  }

  /**
   * Reads facts and inserts what `decide` makes of them in one snapshot, later than the call.
   * @throws StoreUnavailableError as `append`
   */
  appendInSnapshot(
    question: SnapshotQuestion,
    decide: (facts: SnapshotFacts) => readonly AuditRow[],
  ): Promise<void> {
    return this.run(async (sql) => {
      await sql.begin('isolation level repeatable read', async (tx) => {
        const rows = decide(await readFacts(tx, question));
        if (rows.length > 0) await tx.unsafe(INSERT_IN_SNAPSHOT, [JSON.stringify(rows)], { prepare: true });
      });
    });
  }

  /** The database's clock, in Unix milliseconds. */
  readClock(): Promise<number> {
    return this.run(async (sql) => {
      const [row] = await sql.unsafe<{ nowMs: number }[]>(SELECT_CLOCK, [], { prepare: true });
      if (!row) throw new StoreUnavailableError('The clock could not be read');
      return row.nowMs;
    });
  }

  /** The revisions of these tenants right now. */
  readRevisions(tenantIds: readonly string[]): Promise<Map<string, number>> {
    return this.run(async (sql) => {
      const rows = await sql.unsafe<RevisionRow[]>(SELECT_REVISIONS, [[...tenantIds], []], { prepare: true });
      return new Map(rows.map((row) => [row.tenantId, row.revision]));
    });
  }

  /** Tells the worker that a pending version was used. */
  async notifyFirstUse(tenantId: string, versionId: string): Promise<void> {
    await this.run((sql) => sql.unsafe(NOTIFY_FIRST_USE, [`${tenantId}:${versionId}`], { prepare: true }));
  }

  private async run<T>(work: (sql: postgres.Sql) => Promise<T>): Promise<T> {
    const { sql } = this;
    if (!sql) throw new StoreUnavailableError('The database is not connected');
    try {
      return await within(this.options.writeTimeoutMs, work(sql));
    } catch (error) {
      if (isConnectionTrouble(error)) this.lose(sql, error);
      throw new StoreUnavailableError('The database did not confirm the write', { cause: error });
    }
  }

  private lose(sql: postgres.Sql, error: unknown): void {
    if (this.sql !== sql) return;
    this.sql = undefined;
    this.options.onDown(error);
    void sql.end({ timeout: 0 }).catch(() => undefined);
    if (!this.closing.signal.aborted) this.supervision = this.connect();
  }

  private async connect(): Promise<void> {
    const { signal } = this.closing;
    for (let attempt = 0; !signal.aborted; attempt++) {
      const { sql } = openPool(this.options.url, { max: 3, applicationName: 'bulwark gate' });
      try {
        await within(this.options.writeTimeoutMs, (async () => sql.unsafe(SELECT_CLOCK))());
        await this.options.check?.(sql);
        this.options.onUp();
        this.sql = sql;
        return;
      } catch (error) {
        this.options.onDown(error);
        await sql.end({ timeout: 0 }).catch(() => undefined);
        await sleep(backoffMs(attempt), undefined, { signal }).catch(() => undefined);
      }
    }
  }
}

async function readFacts(tx: postgres.TransactionSql, question: SnapshotQuestion): Promise<SnapshotFacts> {
  const publicIds = [...question.publicIds];
  const [[clock], revisionRows, found] = await Promise.all([
    tx.unsafe<{ nowMs: number }[]>(SELECT_CLOCK, [], { prepare: true }),
    tx.unsafe<RevisionRow[]>(SELECT_REVISIONS, [[...question.tenantIds], publicIds], { prepare: true }),
    tx.unsafe<KeyRow[]>(SELECT_KEYS, [publicIds], { prepare: true }),
  ]);
  if (!clock) throw new StoreUnavailableError('The clock could not be read');
  const revisions = new Map(revisionRows.map((row) => [row.tenantId, row.revision]));
  const behind: string[] = [];
  const overtaken: string[] = [];
  for (const [tenantId, revision] of revisions) {
    const known = question.knownRevision(tenantId);
    if (known !== undefined && known < revision) behind.push(tenantId);
    if (known !== undefined && known > revision) overtaken.push(tenantId);
  }
  const changed = await readChanged(tx, behind, question);
  if (changed.length > CHANGED_MAX)
    return { nowMs: clock.nowMs, revisions, changed: [], overtaken: [...overtaken, ...behind], found };
  return { nowMs: clock.nowMs, revisions, changed, overtaken, found };
}

async function readChanged(
  tx: postgres.TransactionSql,
  tenantIds: string[],
  question: SnapshotQuestion,
): Promise<KeyRow[]> {
  if (tenantIds.length === 0) return [];
  const known = tenantIds.map((tenantId) => question.knownRevision(tenantId) ?? 0);
  return tx.unsafe<KeyRow[]>(SELECT_CHANGED, [tenantIds, known, CHANGED_MAX + 1], { prepare: true });
}
