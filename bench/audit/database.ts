import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
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
  DURABLE,
  ensureCluster,
  openPassage,
  SUPERUSER,
  startCluster,
} from '../../bin/lib/embedded-postgres.mjs';
import { migrate } from '../../db/migrate';

const PORT = Number(process.env.BENCH_PG_PORT ?? 4200);
const PASSWORDS: RolePasswords = { migrator: 'bench', rw: 'bench', ro: 'bench', gate: 'bench' };

export interface BenchDatabase {
  urls: { migrator: string; rw: string; ro: string; gate: string; superuser: string };
  stop(): Promise<void>;
}

async function prepare(server: Server, name: string): Promise<BenchDatabase['urls']> {
  const admin = connectAs(server, 'postgres', server.user, server.password);
  try {
    await ensureRoles(admin, PASSWORDS);
    await ensureDatabase(server, admin, name);
  } finally {
    await admin.end();
  }
  const urls = roleUrls(server, name, PASSWORDS);
  await migrate(urls.migrator);
  const superuser = `postgres://${server.user}:${encodeURIComponent(server.password)}@${server.host}:${server.port}/${name}`;
  return { ...urls, superuser };
}

/**
 * A migrated database for a measurement: in a private Postgres with the settings of production, or in the server
 * of BENCH_PG_URL (a superuser's URL). BENCH_PG_DIR keeps the private one between runs.
 */
export async function openBenchDatabase(name: string): Promise<BenchDatabase> {
  const given = process.env.BENCH_PG_URL;
  if (given) {
    const { hostname, port, username, password } = new URL(given);
    const server = { host: hostname, port: Number(port || 5432), user: username, password };
    return { urls: await prepare(server, name), stop: async () => undefined };
  }
  const kept = process.env.BENCH_PG_DIR;
  const folder = kept ?? mkdtempSync(join(tmpdir(), 'bulwark-bench-pg-'));
  mkdirSync(folder, { recursive: true });
  openPassage(folder);
  const dataDir = join(folder, 'data');
  ensureCluster({ dataDir, password: 'bench' });
  const cluster = await startCluster({
    dataDir,
    port: PORT,
    logFile: join(folder, 'postgres.log'),
    settings: DURABLE,
  });
  const server = { host: '127.0.0.1', port: PORT, user: SUPERUSER, password: 'bench' };
  const stop = async () => {
    await cluster.stop();
    if (!kept) rmSync(folder, { recursive: true, force: true });
  };
  try {
    return { urls: await prepare(server, name), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
