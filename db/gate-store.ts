import { setTimeout as sleep } from 'node:timers/promises';
import type postgres from 'postgres';
import { openPool } from './connect';
import { INSERT_IF_CURRENT, INSERT_IF_CURRENT_TYPES, insertInSnapshot, writeInsert } from './gate-insert';
import type { ConditionalBatch, SnapshotBatch, SnapshotFacts, SnapshotQuestion } from './gate-rows';
import { readClock, readFacts, readRecordOid, readRevisions } from './gate-snapshot';
import { BindWriter } from './wire/bind-writer';
import { WireConnection } from './wire/connection';

export interface GateStoreOptions {
  /** Connects as app_gate, straight to Postgres or through a pooler in session mode. */
  url: string;
  /** Runs on every new connection before it is used; what it throws keeps the store down. */
  check?: (sql: postgres.Sql) => Promise<void>;
  /** The store is connected anew: nothing known before may be relied on. */
  onUp: () => void;
  onDown: (error: unknown) => void;
  /** Connections for `append`. */
  lanes: number;
  /** How long one write may take before its outcome counts as unknown. */
  writeTimeoutMs: number;
}

/** Thrown where the store is down, too slow, or refused: nothing may be answered as recorded. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';
}

/** A lean connection for the one statement of the fast path, with the buffer its messages are written into. */
interface Lane {
  wire: WireConnection;
  writer: BindWriter;
}

/** Everything of one connection to the database: the lanes, and a small pool for everything else. */
interface Link {
  lanes: Lane[];
  sql: postgres.Sql;
  recordOid: number;
}

const APPLICATION_NAME = 'bulwark gate';
const INSERT_STATEMENT = 'insert_if_current';
/** The driver may leave a promise open for ever when its connection is lost; nothing here waits longer. */
const CHECK_TIMEOUT_MS = 5_000;
const POOL_SIZE = 3;
/** So often a batch is decided again because a deadline passed between its decision and its insert. */
const DECISIONS_MAX = 5;
const BACKOFF_FIRST_MS = 50;
const BACKOFF_LAST_MS = 1_000;

/** Of the lean connection: one plan for all batches, and a commit is durable whatever the role's default is. */
const WIRE_SETTINGS = {
  application_name: APPLICATION_NAME,
  search_path: 'public',
  TimeZone: 'UTC',
  statement_timeout: '10000',
  lock_timeout: '5000',
  plan_cache_mode: 'force_generic_plan',
  synchronous_commit: 'on',
};

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
 * themselves.
 */
export class GateStore {
  private link: Link | undefined;
  private readonly closing = new AbortController();
  private supervision: Promise<void> | undefined;

  constructor(private readonly options: GateStoreOptions) {}

  get isUp(): boolean {
    return this.link !== undefined;
  }

  /** Begins to connect, and to connect again after each loss, until `close`. */
  start(): void {
    this.supervision ??= this.connect();
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.supervision;
    const { link } = this;
    this.link = undefined;
    if (link)
      await Promise.all([...link.lanes.map(({ wire }) => wire.close()), link.sql.end({ timeout: 2 })]);
  }

  /**
   * Inserts all rows if every revision still stands and the database's clock lies in the span; otherwise none.
   * @param lane from 0 to below `lanes`; one call at a time on each: the next message is written over the last
   * @returns whether they are committed @throws StoreUnavailableError where that is not known, or refused
   */
  append(batch: ConditionalBatch, lane: number): Promise<boolean> {
    return this.run(async ({ lanes, recordOid }) => {
      const own = lanes[lane];
      if (!own) throw new StoreUnavailableError(`There is no lane ${lane}`);
      const inserted = await own.wire.execute(writeInsert(own.writer, INSERT_STATEMENT, recordOid, batch));
      return inserted === batch.rows.length;
    });
  }

  /**
   * Reads facts and inserts what `decide` makes of them in one snapshot, later than the call. Where a deadline passes
   * before the rows are there, `decide` is asked again, with the same facts and a later clock.
   * @throws StoreUnavailableError as `append`
   */
  appendInSnapshot(
    question: SnapshotQuestion,
    decide: (facts: SnapshotFacts) => Promise<SnapshotBatch>,
  ): Promise<void> {
    return this.run(async (link) => {
      await link.sql.begin('isolation level repeatable read', async (tx) => {
        let facts = await readFacts(tx, question);
        for (let i = 0; i < DECISIONS_MAX; i++) {
          if (this.link !== link) throw new StoreUnavailableError('The connection was replaced');
          if (await insertInSnapshot(tx, await decide(facts))) return;
          facts = { ...facts, nowMs: await readClock(tx) };
        }
        throw new StoreUnavailableError(`A deadline passed ${DECISIONS_MAX} times before the insert`);
      });
    });
  }

  /** The database's clock, in Unix milliseconds. */
  readClock(): Promise<number> {
    return this.run(({ sql }) => readClock(sql));
  }

  /** The revisions of these tenants right now. */
  readRevisions(tenantIds: readonly string[]): Promise<Map<string, number>> {
    return this.run(({ sql }) => readRevisions(sql, tenantIds, []));
  }

  /** Tells the worker that a pending version was used. */
  notifyFirstUse(tenantId: string, versionId: string): Promise<void> {
    return this.notify('key_first_use', `${tenantId}:${versionId}`);
  }

  /** Says something to whoever listens on a channel of Postgres; nothing is stored. @throws StoreUnavailableError */
  async notify(channel: string, message: string): Promise<void> {
    await this.run(({ sql }) => sql`select pg_notify(${channel}, ${message})`);
  }

  private async run<T>(work: (link: Link) => Promise<T>): Promise<T> {
    const { link } = this;
    if (!link) throw new StoreUnavailableError('The database is not connected');
    try {
      return await within(this.options.writeTimeoutMs, work(link));
    } catch (error) {
      if (isConnectionTrouble(error)) this.lose(link, error);
      throw new StoreUnavailableError('The database did not confirm', { cause: error });
    }
  }

  private lose(link: Link, error: unknown): void {
    if (this.link !== link) return;
    this.link = undefined;
    this.options.onDown(error);
    for (const { wire } of link.lanes) wire.destroy(error);
    void link.sql.end({ timeout: 0 }).catch(() => undefined);
    if (!this.closing.signal.aborted) this.supervision = this.connect();
  }

  private async connect(): Promise<void> {
    const { signal } = this.closing;
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        const link = await this.openLink();
        this.options.onUp();
        this.link = link;
        return;
      } catch (error) {
        this.options.onDown(error);
        await sleep(backoffMs(attempt), undefined, { signal }).catch(() => undefined);
      }
    }
  }

  private async openLink(): Promise<Link> {
    const { url, writeTimeoutMs, check } = this.options;
    const opened: { link?: Link } = {};
    const onLost = (error: unknown) => opened.link && this.lose(opened.link, error);
    const { sql } = openPool(url, { max: POOL_SIZE, applicationName: APPLICATION_NAME });
    const lanes: Lane[] = [];
    try {
      await within(writeTimeoutMs, readClock(sql));
      if (check) await within(CHECK_TIMEOUT_MS, check(sql));
      const recordOid = await within(writeTimeoutMs, readRecordOid(sql));
      for (let i = 0; i < this.options.lanes; i++) lanes.push(await this.openLane(onLost));
      opened.link = { lanes, sql, recordOid };
      return opened.link;
    } catch (error) {
      for (const { wire } of lanes) wire.destroy(error);
      void sql.end({ timeout: 0 }).catch(() => undefined);
      throw error;
    }
  }

  private async openLane(onLost: (error: unknown) => void): Promise<Lane> {
    const { url, writeTimeoutMs } = this.options;
    const options = { url, settings: WIRE_SETTINGS, connectTimeoutMs: writeTimeoutMs };
    const wire = await WireConnection.open(options, onLost);
    try {
      const preparing = wire.prepare(INSERT_STATEMENT, INSERT_IF_CURRENT, INSERT_IF_CURRENT_TYPES);
      await within(writeTimeoutMs, preparing);
      return { wire, writer: new BindWriter() };
    } catch (error) {
      wire.destroy(error);
      throw error;
    }
  }
}
