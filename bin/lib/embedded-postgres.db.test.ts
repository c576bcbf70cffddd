import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  clearLeftovers,
  DURABLE,
  ensureCluster,
  openPassage,
  type RunningCluster,
  SUPERUSER,
  startCluster,
} from './embedded-postgres.mjs';

const password = 'k2Jq8Zt5Vn1Xc7';
let folder: string;
let port: number;
let running: RunningCluster | undefined;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bulwark-cluster-'));
  openPassage(folder);
  port = await new Promise<number>((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
});

afterEach(async () => {
  await running?.stop();
  running = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const dataDir = () => join(folder, 'data');

async function start(): Promise<RunningCluster> {
  await clearLeftovers(dataDir());
  for (let attempt = 0; ; attempt += 1) {
    try {
      running = await startCluster({
        dataDir: dataDir(),
        port,
        logFile: join(folder, 'log'),
        settings: DURABLE,
      });
      return running;
    } catch (error) {
      if (attempt === 20) throw error;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}

async function query(text: string): Promise<unknown[]> {
  const sql = postgres({ host: '127.0.0.1', port, user: SUPERUSER, password, database: 'postgres', max: 1 });
  try {
    return [...(await sql.unsafe(text))];
  } finally {
    await sql.end({ timeout: 1 });
  }
}

it('keeps what was committed when Postgres is killed, and starts again', async () => {
  expect(ensureCluster({ dataDir: dataDir(), password, durable: false })).toBe(true);
  const first = await start();
  await query('create table kept (n int); insert into kept values (7)');
  process.kill(first.pid, 'SIGKILL');
  await first.exited;
  expect(existsSync(join(dataDir(), 'postmaster.pid'))).toBe(true);
  expect(ensureCluster({ dataDir: dataDir(), password })).toBe(false);
  await start();
  expect(await query('select n from kept')).toEqual([{ n: 7 }]);
});

it('stops a Postgres that a killed launcher left running', async () => {
  ensureCluster({ dataDir: dataDir(), password, durable: false });
  const orphan = await start();
  expect(await clearLeftovers(dataDir())).toBe('stopped');
  await orphan.exited;
  running = undefined;
  expect(await clearLeftovers(dataDir())).toBe('none');
});

it('is not stopped by a postmaster.pid that names a stranger', async () => {
  ensureCluster({ dataDir: dataDir(), password, durable: false });
  const pidFile = join(dataDir(), 'postmaster.pid');
  writeFileSync(pidFile, `${process.pid}\n${dataDir()}\n`);
  const owner = statSync(dataDir());
  chownSync(pidFile, owner.uid, owner.gid);
  expect(await clearLeftovers(dataDir())).toBe('stale');
  await start();
  expect(Number(readFileSync(pidFile, 'utf8').split('\n')[0])).toBe(running?.pid);
});

it('builds a new cluster over the remains of one that was never finished', () => {
  mkdirSync(join(folder, 'data.draft-0a1b2c'));
  writeFileSync(join(folder, 'data.draft-0a1b2c', 'PG_VERSION'), '18');
  expect(ensureCluster({ dataDir: dataDir(), password, durable: false })).toBe(true);
  expect(existsSync(join(folder, 'data.draft-0a1b2c'))).toBe(false);
});

it('listens on the loopback address, asks for a password, and flushes to disk', async () => {
  ensureCluster({ dataDir: dataDir(), password, durable: false });
  await start();
  const [settings] = await query(
    `select current_setting('listen_addresses') as address, current_setting('unix_socket_directories') as socket,
       current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit,
       current_setting('password_encryption') as encryption`,
  );
  expect(settings).toEqual({
    address: '127.0.0.1',
    socket: '',
    fsync: 'on',
    commit: 'on',
    encryption: 'scram-sha-256',
  });
  const stranger = postgres({
    host: '127.0.0.1',
    port,
    user: SUPERUSER,
    password: 'wrong',
    database: 'postgres',
    max: 1,
  });
  await expect(stranger`select 1`).rejects.toMatchObject({ code: '28P01' });
  await stranger.end();
});

it.runIf(process.getuid?.() === 0)('says who cannot reach the data folder', () => {
  chmodSync(folder, 0o700);
  expect(() => ensureCluster({ dataDir: dataDir(), password, durable: false })).toThrow(/cannot reach/);
});
