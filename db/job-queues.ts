import type postgres from 'postgres';
import { queueDefinitions } from '@/lib/platform/jobs/contract';
import { onRenewPools, openPoolOf, type Pool } from './connect';
import { unlessSilent } from './silence';

const POOL_MAX = 4;

/**
 * Brings the rows of `pgboss.queue` up to the code's list, as bulwark_migrator; queues that the code no longer knows stay
 * for the jobs in them.
 */
export async function syncQueues(sql: postgres.Sql): Promise<void> {
  for (const { name, options } of queueDefinitions()) {
    const text = JSON.stringify(options);
    await sql`select pgboss.create_queue(${name}, ${text}::text::jsonb)`;
    await sql`update pgboss.queue q set
      policy = o.policy, retry_limit = coalesce(o."retryLimit", 2), retry_delay = coalesce(o."retryDelay", 0),
      retry_backoff = coalesce(o."retryBackoff", false), retry_delay_max = o."retryDelayMax",
      expire_seconds = coalesce(o."expireInSeconds", 900), retention_seconds = o."retentionSeconds",
      deletion_seconds = o."deleteAfterSeconds", dead_letter = o."deadLetter",
      heartbeat_seconds = o."heartbeatSeconds", notify = coalesce(o.notify, false), updated_on = now()
      from jsonb_to_record(${text}::text::jsonb) as o(policy text, "retryLimit" int, "retryDelay" int, "retryBackoff" bool,
        "retryDelayMax" int, "expireInSeconds" int, "retentionSeconds" int, "deleteAfterSeconds" int,
        "deadLetter" text, "heartbeatSeconds" int, notify bool)
      where q.name = ${name}`;
  }
}

/** Runs pg-boss's statements; several in one text, and transactions, are its habit. */
export interface StatementRunner {
  executeSql(text: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }>;
}

type Row = Record<string, unknown>;

function rowsOf(result: Row[] | Row[][]): Row[] {
  return result.flat();
}

/** pg-boss expects its driver to write objects as JSON and moments as text. */
function parameterOf(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? JSON.stringify(value) : value;
}

/** The driver refuses BEGIN on a connection that others may borrow, so a text without parameters gets one to itself. */
function runnerOn({ sql }: Pool): StatementRunner {
  return {
    async executeSql(text, values = []) {
      if (values.length > 0) {
        const rows = await sql.unsafe(text, values.map(parameterOf) as postgres.ParameterOrJSON<never>[]);
        return { rows: rowsOf([...rows]) };
      }
      const reserved = await sql.reserve();
      try {
        return { rows: rowsOf([...(await reserved.unsafe<Row[]>(text))]) };
      } finally {
        reserved.release();
      }
    },
  };
}

/** The worker's own connections for the queue: they see the jobs of all tenants, and no tenant's data. */
export function openQueueConnection(reason: string): { runner: StatementRunner; close(): Promise<void> } {
  const open = () => {
    const life = new AbortController();
    const { signal } = life;
    const options = { max: POOL_MAX, applicationName: 'bulwark jobs', system: reason, signal };
    return { pool: openPoolOf('app_rw', options), life };
  };
  let current = open();
  const replace = (silent: typeof current) => {
    if (current === silent) current = open();
    void silent.pool.sql.end({ timeout: 0 }).catch(() => undefined);
    silent.life.abort();
  };
  const runner: StatementRunner = {
    executeSql(text, values) {
      const used = current;
      return unlessSilent(
        used.pool,
        () => replace(used),
        () => runnerOn(used.pool).executeSql(text, values),
      );
    },
  };
  const forget = onRenewPools(() => replace(current));
  const close = () => {
    forget();
    return current.pool.sql.end({ timeout: 5 });
  };
  return { runner, close };
}
