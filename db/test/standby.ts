import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Sql } from 'postgres';
import { connectAs } from '../../bin/lib/database-roles.mjs';
import { startCluster, THROW_AWAY } from '../../bin/lib/embedded-postgres.mjs';
import { currentCluster, freePort } from './cluster';

export interface Standby {
  port: number;
  /** The superuser on the standby: pauses and resumes its replay. */
  admin: Sql;
  stop(): Promise<void>;
}

/** Not part of a backup (PostgreSQL documentation, "Making a Non-Exclusive Backup Using the Low-Level API"). */
const LEFT_OUT =
  /\/(postmaster\.(pid|opts)|pg_replslot\/.+|pg_notify\/.+|pg_stat_tmp\/.+|pg_internal\.init)$/;

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** Databases of other test files come and go meanwhile: the write-ahead log tells the standby what became of them. */
function copyData(from: string, to: string): void {
  mkdirSync(to, { recursive: true, mode: 0o700 });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (LEFT_OUT.test(source)) continue;
    try {
      if (entry.isDirectory()) copyData(source, target);
      else if (entry.isFile()) copyFileSync(source, target);
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }
}

async function baseBackup(admin: Sql, from: string, to: string): Promise<void> {
  const session = await admin.reserve();
  try {
    await session`select pg_backup_start('standby', true)`;
    copyData(from, to);
    const [label] = await session<{ labelfile: string }[]>`select labelfile from pg_backup_stop(false)`;
    writeFileSync(join(to, 'backup_label'), label?.labelfile ?? '');
  } finally {
    session.release();
  }
}

/**
 * A streaming standby of the run's Postgres, with every database in it.
 * @returns null where that Postgres is not on this machine
 */
export async function startStandby(): Promise<Standby | null> {
  const { server } = currentCluster();
  const primary = connectAs(server, 'postgres', server.user, server.password);
  try {
    const [row] = await primary<{ folder: string }[]>`select current_setting('data_directory') as folder`;
    const from = row?.folder ?? '';
    if (!existsSync(join(from, 'PG_VERSION'))) return null;
    const dataDir = join(dirname(from), `standby-${randomBytes(4).toString('hex')}`);
    mkdirSync(dataDir, { mode: 0o700 });
    await baseBackup(primary, from, dataDir);
    const { host, port, user, password } = server;
    const source = `host=${host} port=${port} user=${user} password=${password}`;
    appendFileSync(join(dataDir, 'postgresql.auto.conf'), `primary_conninfo = '${source}'\n`);
    writeFileSync(join(dataDir, 'standby.signal'), '');
    ownLike(from, dataDir);
    return await start(dataDir);
  } finally {
    await primary.end();
  }
}

function ownLike(from: string, to: string): void {
  const { uid, gid } = statSync(from);
  for (const path of ['', ...readdirSync(to, { recursive: true })])
    chownSync(join(to, String(path)), uid, gid);
}

async function start(dataDir: string): Promise<Standby> {
  const { server } = currentCluster();
  const port = await freePort();
  const logFile = join(dirname(dataDir), 'standby.log');
  const running = await startCluster({ dataDir, port, logFile, settings: THROW_AWAY });
  const admin = connectAs({ ...server, port }, 'postgres', server.user, server.password);
  return {
    port,
    admin,
    stop: async () => {
      await admin.end();
      await running.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
