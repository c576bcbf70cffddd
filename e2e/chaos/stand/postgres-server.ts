import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  connectAs,
  ensureDatabase,
  ensureRoles,
  type RoleKey,
  roleUrls,
  type Server,
} from '@/bin/lib/database-roles.mjs';
import {
  clearLeftovers,
  DURABLE,
  ensureCluster,
  openPassage,
  type RunningCluster,
  SUPERUSER,
  startCluster,
} from '@/bin/lib/embedded-postgres.mjs';
import { migrate } from '@/db/migrate';

const START_ATTEMPTS = 40;

/** The postmaster and its children. */
function processesOf(postmaster: number): number[] {
  const children = readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      return readFileSync(`/proc/${name}/status`, 'utf8').includes(`\nPPid:\t${postmaster}\n`);
    } catch {
      return false;
    }
  });
  return [postmaster, ...children.map(Number)];
}

function signalAll(pids: number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended by itself meanwhile.
    }
  }
}

/** A migrated Postgres of its own, durable as in production, that can be killed and paused. */
export class PostgresServer {
  private paused: number[] = [];
  private isKilled = false;

  private constructor(
    private readonly folder: string,
    private readonly server: Server,
    private readonly passwords: Record<RoleKey, string>,
    private readonly settings: Record<string, string>,
    private cluster: RunningCluster,
  ) {}

  /** @param parent where its data goes, the temporary folder unless given */
  static async start(
    port: number,
    { parent = tmpdir(), settings = {} }: { parent?: string; settings?: Record<string, string> } = {},
  ): Promise<PostgresServer> {
    const folder = mkdtempSync(join(parent, `bulwark-chaos-pg-${process.pid}-`));
    openPassage(folder);
    const password = () => randomBytes(18).toString('hex');
    const server = { host: '127.0.0.1', port, user: SUPERUSER, password: password() };
    const all = { ...DURABLE, shared_buffers: '64MB', ...settings };
    ensureCluster({ dataDir: join(folder, 'data'), password: server.password, durable: true });
    const cluster = await PostgresServer.run(folder, port, all);
    const passwords = { migrator: password(), rw: password(), ro: password(), gate: password() };
    const admin = connectAs(server, 'postgres', server.user, server.password);
    await ensureRoles(admin, passwords);
    await ensureDatabase(server, admin, 'bulwark');
    await admin.end();
    const postgres = new PostgresServer(folder, server, passwords, all, cluster);
    await migrate(postgres.urls().migrator);
    return postgres;
  }

  private static run(
    folder: string,
    port: number,
    settings: Record<string, string>,
  ): Promise<RunningCluster> {
    return startCluster({
      dataDir: join(folder, 'data'),
      port,
      logFile: join(folder, 'postgres.log'),
      settings,
    });
  }

  /** The URLs of the roles, also by way of a proxy on another port. */
  urls(port = this.server.port): Record<RoleKey, string> {
    return roleUrls({ ...this.server, port }, 'bulwark', this.passwords);
  }

  get superuserUrl(): string {
    const { user, password, port } = this.server;
    return `postgres://${user}:${password}@127.0.0.1:${port}/bulwark`;
  }

  get logFile(): string {
    return join(this.folder, 'postgres.log');
  }

  /** SIGKILL to the postmaster, as the kernel's out-of-memory killer does it. */
  async kill(): Promise<void> {
    this.isKilled = true;
    process.kill(this.cluster.pid, 'SIGKILL');
    await this.cluster.exited;
  }

  /** Starts it again; backends of a killed postmaster need a moment to notice. */
  async restart(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        this.cluster = await PostgresServer.run(this.folder, this.server.port, this.settings);
        this.isKilled = false;
        return;
      } catch (error) {
        if (attempt === START_ATTEMPTS) throw error;
        await sleep(250);
      }
    }
  }

  /** Stops the time of every process of it: sockets stay open, nothing is answered. */
  pause(): void {
    this.paused = processesOf(this.cluster.pid);
    signalAll(this.paused, 'SIGSTOP');
  }

  resume(): void {
    signalAll(this.paused, 'SIGCONT');
    this.paused = [];
  }

  /** Undoes whatever was done to it. */
  async mend(): Promise<void> {
    this.resume();
    if (this.isKilled) await this.restart();
  }

  async stop(): Promise<void> {
    this.resume();
    await clearLeftovers(join(this.folder, 'data'));
    rmSync(this.folder, { recursive: true, force: true });
  }
}
