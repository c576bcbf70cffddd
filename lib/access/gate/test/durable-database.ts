import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectAs, ensureDatabase, ensureRoles, roleUrls, type Server } from '@/bin/lib/database-roles.mjs';
import {
  DURABLE,
  ensureCluster,
  openPassage,
  type RunningCluster,
  SUPERUSER,
  startCluster,
} from '@/bin/lib/embedded-postgres.mjs';
import { migrate } from '@/db/migrate';

export interface DurableDatabase {
  urls: ReturnType<typeof roleUrls>;
  superuserUrl: string;
  /** Ends it as a crash would: SIGQUIT is Postgres's immediate shutdown, SIGKILL leaves even less behind. */
  crash(signal: 'SIGQUIT' | 'SIGKILL'): Promise<void>;
  /** Starts it again after a crash. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Backends of a killed postmaster need a moment to notice; until then the data is not given to another. */
async function startAfterCrash(start: () => Promise<RunningCluster>): Promise<RunningCluster> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await start();
    } catch (error) {
      if (attempt === 20) throw error;
      await sleep(250);
    }
  }
}

/** A migrated Postgres of its own with everything on that makes a commit durable. */
export async function startDurableDatabase(port: number): Promise<DurableDatabase> {
  const folder = mkdtempSync(join(tmpdir(), `bulwark-durable-pg-${process.pid}-`));
  openPassage(folder);
  const dataDir = join(folder, 'data');
  const logFile = join(folder, 'postgres.log');
  const server: Server = {
    host: '127.0.0.1',
    port,
    user: SUPERUSER,
    password: randomBytes(18).toString('hex'),
  };
  ensureCluster({ dataDir, password: server.password, durable: true });
  const start = () => startCluster({ dataDir, port, logFile, settings: DURABLE });
  let cluster = await start();
  const password = () => randomBytes(18).toString('hex');
  const passwords = { migrator: password(), rw: password(), ro: password(), gate: password() };
  const admin = connectAs(server, 'postgres', server.user, server.password);
  await ensureRoles(admin, passwords);
  await ensureDatabase(server, admin, 'bulwark');
  await admin.end();
  const urls = roleUrls(server, 'bulwark', passwords);
  await migrate(urls.migrator);
  return {
    urls,
    superuserUrl: `postgres://${server.user}:${server.password}@${server.host}:${port}/bulwark`,
    crash: async (signal) => {
      process.kill(cluster.pid, signal);
      await cluster.exited;
    },
    restart: async () => {
      cluster = await startAfterCrash(start);
    },
    stop: async () => {
      await cluster.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
