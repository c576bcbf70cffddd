import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { type SQL, sql } from 'drizzle-orm';
import { PgDialect } from 'drizzle-orm/pg-core';
import type { PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import type { Actor } from '@/lib/platform/auth/contract';
import { poolOf, whileAnswered } from './connect';
import { translateDatabaseError } from './errors';
import { noteRead, noteWrite, positionToWaitFor, readsFromReplica } from './replica';

/** A transaction that may write, as app_rw. */
export type WriteTx = Parameters<Parameters<PostgresJsDatabase['transaction']>[0]>[0];

/** A transaction that may only read, as app_ro: insert, update and delete do not compile, and Postgres refuses them. */
export type ReadTx = Pick<
  WriteTx,
  'select' | 'selectDistinct' | 'selectDistinctOn' | 'with' | '$with' | 'execute'
>;

interface Settings {
  tenantId?: string;
  userId?: string;
  system?: string;
  keyPublicId?: string;
}

/** Set for this transaction only (third argument true): the next borrower of the connection sees none of it. */
function settingsSql(settings: Settings): SQL {
  return sql`set_config('app.tenant_id', ${settings.tenantId ?? ''}, true),
    set_config('app.user_id', ${settings.userId ?? ''}, true), set_config('app.system', ${settings.system ?? ''}, true),
    set_config('app.key_public_id', ${settings.keyPublicId ?? ''}, true)`;
}

async function hasWritten(tx: WriteTx): Promise<boolean> {
  const [row] = await tx.execute<{ hasWritten: boolean }>(
    sql`select pg_current_xact_id_if_assigned() is not null as "hasWritten"`,
  );
  return row?.hasWritten === true;
}

async function open<T>(settings: Settings, fn: (tx: WriteTx) => Promise<T>): Promise<T> {
  let mustNote = false;
  try {
    const result = await whileAnswered('app_rw', ({ db }) =>
      db.transaction(async (tx) => {
        await tx.execute(sql`select ${settingsSql(settings)}`);
        const done = await fn(tx);
        mustNote = readsFromReplica() && (await hasWritten(tx));
        return done;
      }),
    );
    if (mustNote) await noteWrite();
    return result;
  } catch (error) {
    throw translateDatabaseError(error);
  }
}

function settingsOf(actor: Actor): Settings {
  return actor.type === 'user'
    ? { tenantId: actor.tenantId, userId: actor.userId }
    : { tenantId: actor.tenantId };
}

/** One read-write transaction that sees and writes the actor's tenant only. */
export function inTenant<T>(actor: Actor, fn: (tx: WriteTx) => Promise<T>): Promise<T> {
  return open(settingsOf(actor), fn);
}

class ReplicaIsBehind extends Error {}

async function read<T>(role: 'app_ro' | 'app_rw', actor: Actor, fn: (tx: ReadTx) => Promise<T>): Promise<T> {
  return whileAnswered(role, ({ db }) =>
    db.transaction(
      async (tx) => {
        if (role === 'app_rw') await tx.execute(sql`select ${settingsSql(settingsOf(actor))}`);
        else await requireOwnWrites(tx, actor);
        return fn(tx);
      },
      { accessMode: 'read only' },
    ),
  );
}

/** @throws ReplicaIsBehind where the server does not have yet what this process wrote */
async function requireOwnWrites(tx: ReadTx, actor: Actor): Promise<void> {
  const position = positionToWaitFor();
  const [view] = await tx.execute<{ isReplica: boolean; isCurrent: boolean }>(
    sql`select pg_is_in_recovery() as "isReplica",
      coalesce(pg_last_wal_replay_lsn() >= ${position}::pg_lsn, ${position === null}::boolean) as "isCurrent",
      ${settingsSql(settingsOf(actor))}`,
  );
  if (view && !(await noteRead(view, position))) throw new ReplicaIsBehind();
}

/**
 * One read-only transaction on the primary that sees the actor's tenant only: for what decides (a block, a session, a
 * ban) and for whatever is read in order to write. A replica may be late, and then opens what was closed.
 */
export async function readDeciding<T>(actor: Actor, fn: (tx: ReadTx) => Promise<T>): Promise<T> {
  try {
    return await read('app_rw', actor, fn);
  } catch (error) {
    throw translateDatabaseError(error);
  }
}

/**
 * One read-only transaction that sees the actor's tenant only, for what is shown. DATABASE_URL_RO may be a late replica:
 * people and keys see their own writes, because the primary answers until the replica has them; jobs and the command
 * line always read the primary, because they write next.
 */
export async function readTenant<T>(actor: Actor, fn: (tx: ReadTx) => Promise<T>): Promise<T> {
  if (actor.type !== 'user' && actor.type !== 'key') return readDeciding(actor, fn);
  try {
    return await read('app_ro', actor, fn);
  } catch (error) {
    if (error instanceof ReplicaIsBehind) return readDeciding(actor, fn);
    throw translateDatabaseError(error);
  }
}

const dialect = new PgDialect();

/** The planner cannot see the values of a stream's query: without these it sorts everything before the first row. */
const STREAM_SETTINGS = {
  statement_timeout: '0',
  enable_sort: 'off',
  enable_bitmapscan: 'off',
  enable_seqscan: 'off',
};

/**
 * COPY takes no parameters. The values travel as settings of the transaction and the text reads them there, each once
 * before the scan begins, so that no input is ever part of a statement's text. Every parameter needs a cast.
 */
function copyText(query: SQL): { text: string; values: string[] } {
  const { sql: text, params } = dialect.sqlToQuery(query);
  const readSetting = (_: string, number: string) => `(select current_setting('app.parameter_${number}'))`;
  return { text: text.replaceAll(/\$(\d+)/g, readSetting), values: params.map(String) };
}

/**
 * postgres.js stops reading its socket while a stream is full and goes on when the stream asks for more. A stream that
 * was full when its last row came never asks again: what Postgres says after that row, and the commit, waited for ever.
 */
function letSocketGoOn(rows: Readable): void {
  rows._read(0);
}

/**
 * Streams `copy (...) to stdout` in one read-only transaction that sees the actor's tenant only. It has no time limit of
 * its own: `fn` ends it by returning or throwing, and what the server has not sent by then is cancelled.
 * @param query the whole COPY statement; every parameter with a cast
 */
export async function streamTenant<T>(
  actor: Actor,
  query: SQL,
  fn: (rows: Readable) => Promise<T>,
): Promise<T> {
  const { text, values } = copyText(query);
  try {
    const result = await poolOf('app_ro').sql.begin('read only', async (tx) => {
      const { tenantId, userId } = settingsOf(actor);
      const settings = {
        'app.tenant_id': tenantId ?? '',
        'app.user_id': userId ?? '',
        'app.system': '',
        'app.key_public_id': '',
        ...STREAM_SETTINGS,
      };
      const names = [...Object.keys(settings), ...values.map((_, i) => `app.parameter_${i + 1}`)];
      const [backend] = await tx<
        { pid: number }[]
      >`select pg_backend_pid() as pid, count(set_config(name, value, true))
        from unnest(${names}::text[], ${[...Object.values(settings), ...values]}::text[]) as setting(name, value)`;
      const rows = await tx.unsafe(text).readable();
      try {
        return { value: await fn(rows) };
      } finally {
        if (!rows.readableEnded && !rows.destroyed) {
          // postgres.js cannot cancel a query whose stream it has handed out. The connection is ours until the
          // transaction ends, so this hits nobody else.
          const ended = finished(rows.unpipe().resume()).catch(() => undefined);
          await poolOf('app_ro').sql`select pg_cancel_backend(${backend?.pid ?? 0}::integer)`;
          await ended;
        }
        letSocketGoOn(rows);
      }
    });
    return result.value;
  } catch (error) {
    throw translateDatabaseError(error);
  }
}

/**
 * One transaction over the identity schema of all tenants (sign-in, session look-up, worker loops). It opens no tenant
 * data unless `tenantId` says which tenant's. The reason is a short constant text; it shows in Postgres as app.system.
 */
export function asSystem<T>(reason: string, fn: (tx: WriteTx) => Promise<T>, tenantId?: string): Promise<T> {
  return open(tenantId === undefined ? { system: reason } : { system: reason, tenantId }, fn);
}

/** One transaction that sees the one key version with this public id, whatever its tenant, and nothing else of any tenant. */
export function withKey<T>(publicId: string, fn: (tx: WriteTx) => Promise<T>): Promise<T> {
  return open({ keyPublicId: publicId }, fn);
}

/**
 * Opens one tenant's data to a transaction of `asSystem` or `withKey` that has learned which tenant it is about: a
 * sign-in is recorded where the person belongs, a key's row is read in its own tenant. A later call replaces it.
 */
export async function enterTenant(tx: WriteTx, tenantId: string): Promise<void> {
  await tx.execute(sql`select set_config('app.tenant_id', ${tenantId}, true)`);
}
