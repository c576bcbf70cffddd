import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  connectAs,
  ensureDatabase,
  ensureRoles,
  type RolePasswords,
  roleUrls,
  type Server,
} from '../../bin/lib/database-roles.mjs';
import {
  clearLeftovers,
  ensureCluster,
  openPassage,
  SUPERUSER,
  startCluster,
  THROW_AWAY,
} from '../../bin/lib/embedded-postgres.mjs';
import { migrate } from '../migrate';

/** What a test process must know to clone databases; travels to it in one environment variable. */
export interface TestCluster {
  server: Server;
  passwords: RolePasswords;
  template: string;
}

export const CLUSTER_VARIABLE = 'BULWARK_TEST_CLUSTER';
/** The one of this test run. */
export function currentCluster(): TestCluster {
  const text = process.env[CLUSTER_VARIABLE];
  if (!text) {
    throw new Error(
      'No test Postgres is running. Name the file *.db.test.ts, so that db/test/global-setup.ts starts one.',
    );
  }
  return JSON.parse(text);
}

const FOLDER = /^bulwark-test-pg-(\d+)-/;

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => {
        if (address && typeof address === 'object') resolve(address.port);
        else reject(new Error('No free port was found on 127.0.0.1.'));
      });
    });
  });
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Ends clusters whose test run was killed before it could. */
async function removeAbandoned(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    const owner = Number(FOLDER.exec(name)?.[1]);
    if (!owner || isRunning(owner)) continue;
    const folder = join(tmpdir(), name);
    await clearLeftovers(join(folder, 'data'));
    rmSync(folder, { recursive: true, force: true });
  }
}

async function startOwnServer(): Promise<{ server: Server; stop(): Promise<void> }> {
  await removeAbandoned();
  const folder = mkdtempSync(join(tmpdir(), `bulwark-test-pg-${process.pid}-`));
  openPassage(folder);
  const dataDir = join(folder, 'data');
  const password = randomBytes(18).toString('hex');
  const port = await freePort();
  ensureCluster({ dataDir, password, durable: false });
  const logFile = join(folder, 'postgres.log');
  const cluster = await startCluster({ dataDir, port, logFile, settings: THROW_AWAY });
  const stop = async () => {
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { server: { host: '127.0.0.1', port, user: SUPERUSER, password }, stop };
}

function serverOf(url: string): Server {
  const { hostname, port, username, password } = new URL(url);
  return {
    host: hostname,
    port: Number(port || 5432),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
  };
}

/** The same for every run against one server, so that parallel runs do not change each other's. */
function rolePasswords(server: Server): RolePasswords {
  const passwordOf = (role: string) =>
    createHash('sha256').update(`${role}\0${server.password}`).digest('hex');
  return {
    migrator: passwordOf('migrator'),
    rw: passwordOf('rw'),
    ro: passwordOf('ro'),
    gate: passwordOf('gate'),
  };
}

async function prepareTemplate(server: Server, passwords: RolePasswords, template: string): Promise<void> {
  const admin = connectAs(server, 'postgres', server.user, server.password);
  try {
    await ensureRoles(admin, passwords);
    await ensureDatabase(server, admin, template);
  } finally {
    await admin.end();
  }
  await migrate(roleUrls(server, template, passwords).migrator);
}

async function dropTemplate(server: Server, template: string): Promise<void> {
  const admin = connectAs(server, 'postgres', server.user, server.password);
  try {
    await admin`drop database if exists ${admin(template)} with (force)`;
  } finally {
    await admin.end();
  }
}

/**
 * Starts a throw-away Postgres (or uses the superuser URL in BULWARK_TEST_PG_URL) with the roles and
 * one migrated template database.
 */
export async function startTestCluster(): Promise<{ cluster: TestCluster; stop(): Promise<void> }> {
  const url = process.env.BULWARK_TEST_PG_URL;
  const { server, stop } = url
    ? { server: serverOf(url), stop: async () => undefined }
    : await startOwnServer();
  const cluster: TestCluster = {
    server,
    passwords: rolePasswords(server),
    template: `bulwark_template_${randomBytes(6).toString('hex')}`,
  };
  try {
    await prepareTemplate(server, cluster.passwords, cluster.template);
  } catch (error) {
    await stop();
    throw error;
  }
  const stopAll = async () => {
    if (url) await dropTemplate(server, cluster.template);
    await stop();
  };
  return { cluster, stop: stopAll };
}
