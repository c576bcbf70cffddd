import { createConnection, type Socket } from 'node:net';
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { getEnv, requireEnv } from '@/lib/platform/core/env/env';
import { unlessSilent } from './silence';

/** The roles that run-time processes connect as (DESIGN 3); the migrator is not among them. */
export type RuntimeRole = 'app_rw' | 'app_ro' | 'app_gate';

export interface Pool {
  sql: postgres.Sql;
  db: PostgresJsDatabase;
  /** How many bytes its connections have received so far: while it stands still, the server says nothing. */
  received(): number;
  openConnections(): number;
}

export interface PoolOptions {
  max?: number;
  applicationName?: string;
  /** For a pool of the worker's own statements: what app.system says on its connections (db/scope.ts sets it elsewhere). */
  system?: string;
  /** Ends every socket of the pool for good, also one that the driver is opening at that moment. */
  signal?: AbortSignal;
}

/** The sockets of one pool: how many are open, and what they have received. */
class SocketLedger {
  private readonly open = new Set<Socket>();
  private closedBytes = 0;

  add(socket: Socket): void {
    this.open.add(socket);
  }

  size(): number {
    let size = 0;
    for (const socket of this.open) if (!socket.destroyed) size += 1;
    return size;
  }

  received(): number {
    let bytes = 0;
    for (const socket of this.open) {
      if (socket.destroyed) {
        this.closedBytes += socket.bytesRead;
        this.open.delete(socket);
      } else bytes += socket.bytesRead;
    }
    return this.closedBytes + bytes;
  }
}

/** Postgres sockets with Nagle off: without it a COPY batch waits 40 ms for an acknowledgement (reference/performance.md 2). */
function openSocket(
  options: { host: string[]; port: number[]; path?: string },
  signal: AbortSignal | undefined,
  ledger: SocketLedger,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(new Error('The pool was closed.'));
    const socket = options.path
      ? createConnection(options.path)
      : createConnection({ host: options.host[0] ?? 'localhost', port: options.port[0] ?? 5432 });
    ledger.add(socket);
    const end = () => socket.destroy();
    signal?.addEventListener('abort', end, { once: true });
    socket.once('close', () => signal?.removeEventListener('abort', end));
    socket.setNoDelay(true);
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}

function refuseMisplacedSet(notice: postgres.Notice): void {
  if (notice.code === '25P01')
    throw new Error(`A setting was changed outside a transaction: ${notice.message}`);
}

/** Opens a pool; `search_path` and time zone are fixed so that a role's own settings cannot change results. */
export function openPool(url: string, options: PoolOptions = {}): Pool {
  const settings: postgres.Options<Record<string, postgres.PostgresType>> = {
    max: options.max ?? 10,
    idle_timeout: 60,
    connect_timeout: 5,
    onnotice: refuseMisplacedSet,
    connection: {
      application_name: options.applicationName ?? 'bulwark',
      search_path: 'public',
      TimeZone: 'UTC',
      statement_timeout: 10_000,
      lock_timeout: 5_000,
      idle_in_transaction_session_timeout: 15_000,
      plan_cache_mode: 'force_custom_plan',
      ...(options.system === undefined ? {} : { 'app.system': options.system }),
    },
  };
  const ledger = new SocketLedger();
  const sql = postgres(url, {
    ...settings,
    ...({
      socket: (target: Parameters<typeof openSocket>[0]) => openSocket(target, options.signal, ledger),
    } as object),
  });
  return {
    sql,
    db: drizzle(sql),
    received: () => ledger.received(),
    openConnections: () => ledger.size(),
  };
}

export interface RuntimeUrls {
  app_rw: string;
  app_ro: string;
  app_gate: string;
}

interface Connections {
  urls: RuntimeUrls | undefined;
  pools: Map<RuntimeRole, Pool>;
  /** Ends the sockets of a pool at once. */
  lives: WeakMap<Pool, AbortController>;
  uses: Map<RuntimeRole, { transactions: number; abandoned: number }>;
  observe: TransactionObserver | undefined;
}

/** Hears how long each transaction took, waiting for a connection included. */
export type TransactionObserver = (role: RuntimeRole, isDone: boolean, seconds: number) => void;

/** Kept on globalThis: Next loads server modules more than once in development. */
const holder = globalThis as typeof globalThis & { bulwarkConnections?: Connections };
function connections(): Connections {
  holder.bulwarkConnections ??= {
    urls: undefined,
    pools: new Map(),
    lives: new WeakMap(),
    uses: new Map(),
    observe: undefined,
  };
  return holder.bulwarkConnections;
}

/** Points this process at a database other than the environment's; tests and the command line use it. */
export function useDatabase(urls: RuntimeUrls | undefined): void {
  connections().urls = urls;
}

function urlOf(role: RuntimeRole): string {
  const given = connections().urls?.[role];
  if (given) return given;
  switch (role) {
    case 'app_rw':
      return requireEnv('databaseUrl');
    case 'app_ro':
      return requireEnv('databaseUrlRo');
    case 'app_gate':
      return requireEnv('databaseUrlGate');
  }
}

const poolSize = () => (connections().urls ? 6 : getEnv().databasePoolSize);

/** The pool of one role, opened on first use. */
export function poolOf(role: RuntimeRole): Pool {
  const { pools } = connections();
  const open = pools.get(role);
  if (open) return open;
  const life = new AbortController();
  const pool = openPool(urlOf(role), {
    max: poolSize(),
    applicationName: `bulwark ${role}`,
    signal: life.signal,
  });
  pools.set(role, pool);
  connections().lives.set(pool, life);
  return pool;
}

function useOf(role: RuntimeRole): { transactions: number; abandoned: number } {
  const { uses } = connections();
  const use = uses.get(role) ?? { transactions: 0, abandoned: 0 };
  uses.set(role, use);
  return use;
}

export interface PoolUse {
  role: RuntimeRole;
  /** Open connections of the shared pool. */
  connections: number;
  max: number;
  /** Under way, or waiting for a connection. */
  transactions: number;
  /** Pools given up because the server said nothing. */
  abandoned: number;
}

/** How the shared pools of this process are used right now. */
export function poolUse(): PoolUse[] {
  return [...connections().pools].map(([role, pool]) => ({
    role,
    connections: pool.openConnections(),
    max: poolSize(),
    ...useOf(role),
  }));
}

/** One observer per process; a later one replaces it. */
export function observeTransactions(observe: TransactionObserver | undefined): void {
  connections().observe = observe;
}

/** Gives up a pool whose server is silent: what waits on it fails, and the next work gets a new one. */
function abandonPool(role: RuntimeRole, pool: Pool): void {
  const { pools, lives } = connections();
  if (pools.get(role) === pool) {
    pools.delete(role);
    useOf(role).abandoned += 1;
  }
  void pool.sql.end({ timeout: 0 }).catch(() => undefined);
  lives.get(pool)?.abort();
}

const renewals = new Set<() => void>();

/** @param renew replaces a pool that is kept elsewhere @returns ends that */
export function onRenewPools(renew: () => void): () => void {
  renewals.add(renew);
  return () => void renewals.delete(renew);
}

/** Gives up every pool of this process; the next work opens new ones. */
export function renewPools(): void {
  for (const [role, pool] of connections().pools) abandonPool(role, pool);
  for (const renew of renewals) renew();
}

/** Work on a role's shared pool that fails where the server says nothing. @throws as `unlessSilent` */
export async function whileAnswered<T>(role: RuntimeRole, work: (pool: Pool) => Promise<T>): Promise<T> {
  const pool = poolOf(role);
  const use = useOf(role);
  const startedMs = performance.now();
  let isDone = false;
  use.transactions += 1;
  try {
    const result = await unlessSilent(
      pool,
      () => abandonPool(role, pool),
      () => work(pool),
    );
    isDone = true;
    return result;
  } finally {
    use.transactions -= 1;
    connections().observe?.(role, isDone, (performance.now() - startedMs) / 1000);
  }
}

/** A pool of one role beside the shared one, for work that must not share connections; the caller ends it. */
export function openPoolOf(role: RuntimeRole, options: PoolOptions): Pool {
  return openPool(urlOf(role), options);
}

/** Closes every pool of this process and waits for it, at most five seconds. */
export async function closePools(): Promise<void> {
  const { pools } = connections();
  const open = [...pools.values()];
  pools.clear();
  await Promise.all(open.map((pool) => pool.sql.end({ timeout: 5 })));
}
