import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closePools, useDatabase } from '@/db/connect';
import { mintSession } from '@/db/test/mint-session';
import { KeyWorld, TEST_PEPPER, type WorldKey } from '@/lib/access/gate/test/key-world';
import { DEFAULT_TENANT_ID } from '@/lib/platform/tenancy/contract';
import { type AppKind, type AppOptions, AppProcess } from './app-process';
import { chaosPort } from './ports';
import { PostgresServer } from './postgres-server';
import { UnreliableProxy } from './unreliable-proxy';

const AUTH_SECRET = 'q8Jx2VbN5kLr7TzW1cYd4FhGm9PsQe6u';
const LOCAL_IDP_SECRET = 'Yw3nTz8kQ5rLm2VxP7cJ4dHs';

export interface WorldOptions {
  processes: AppKind[];
  /** Where Postgres keeps its data. */
  postgresParent?: string;
  postgresSettings?: Record<string, string>;
  env?: Record<string, string>;
}

/** Real processes of Bulwark, and between them and their Postgres a proxy that can misbehave. */
export class World {
  readonly apps = new Map<AppKind, AppProcess>();
  private readonly extra: AppProcess[] = [];
  readonly tenantId = DEFAULT_TENANT_ID;
  caller!: WorldKey;
  key!: WorldKey;
  /** The Cookie header of an operator's session. */
  cookie = '';

  private constructor(
    readonly postgres: PostgresServer,
    /** In front of Postgres for every process of ours. */
    readonly database: UnreliableProxy,
    readonly keys: KeyWorld,
    private readonly env: Record<string, string>,
    private readonly ports: Record<AppKind, number>,
    private readonly dataDir: string,
  ) {}

  static async open(options: WorldOptions): Promise<World> {
    const postgresPort = await chaosPort();
    const postgres = await PostgresServer.start(postgresPort, {
      parent: options.postgresParent,
      settings: options.postgresSettings,
    });
    const database = new UnreliableProxy(await chaosPort(), postgresPort);
    await database.listen();
    const ports = {
      web: await chaosPort(),
      gate: await chaosPort(),
      worker: await chaosPort(),
      'local-idp': await chaosPort(),
    };
    const dataDir = mkdtempSync(join(tmpdir(), 'bulwark-chaos-data-'));
    const urls = postgres.urls(database.port);
    const env = {
      DATABASE_URL: urls.rw,
      DATABASE_URL_RO: urls.ro,
      DATABASE_URL_GATE: urls.gate,
      AUTH_SECRET,
      KEY_PEPPER: TEST_PEPPER.value,
      KEY_PEPPER_ID: TEST_PEPPER.id,
      LOCAL_IDP_CLIENT_SECRET: LOCAL_IDP_SECRET,
      LOCAL_IDP_PORT: String(ports['local-idp']),
      BULWARK_URL: `http://127.0.0.1:${ports.web}`,
      BULWARK_GATE_URL: `http://127.0.0.1:${ports.gate}`,
      BULWARK_DATA_DIR: dataDir,
      ...options.env,
    };
    const keys = new KeyWorld(postgres.superuserUrl);
    const world = new World(postgres, database, keys, env, ports, dataDir);
    await world.seed();
    for (const kind of options.processes) world.add({ kind });
    await Promise.all(
      [...world.apps].map(([kind, app]) => app.untilUp(kind === 'gate' ? '/readyz' : '/healthz')),
    );
    return world;
  }

  private async seed(): Promise<void> {
    this.caller = await this.keys.createCaller(this.tenantId);
    this.key = await this.keys.createKey({ tenantId: this.tenantId });
    await this.asConsole(async () => {
      this.cookie = (await mintSession({ name: `ada-${randomBytes(3).toString('hex')}` })).cookie;
    });
  }

  /** Work of this test process through the console's own verbs, past the proxy. */
  async asConsole<T>(work: () => Promise<T>): Promise<T> {
    const { rw, ro, gate } = this.postgres.urls();
    Object.assign(process.env, {
      BULWARK_MODE: 'local',
      BULWARK_PROCESS: 'test',
      AUTH_SECRET,
      KEY_PEPPER: TEST_PEPPER.value,
      KEY_PEPPER_ID: TEST_PEPPER.id,
      LOG_LEVEL: 'silent',
    });
    useDatabase({ app_rw: rw, app_ro: ro, app_gate: gate });
    try {
      return await work();
    } finally {
      await closePools();
      useDatabase(undefined);
    }
  }

  private add(options: Omit<AppOptions, 'port' | 'env'>): void {
    const { kind } = options;
    this.apps.set(kind, new AppProcess({ ...options, port: this.ports[kind], env: this.env }));
  }

  /** Starts one more process of a kind, with settings of its own. */
  async addAnother(
    options: Omit<AppOptions, 'port' | 'env'> & { env?: Record<string, string> },
  ): Promise<AppProcess> {
    const app = new AppProcess({ ...options, port: await chaosPort(), env: { ...this.env, ...options.env } });
    this.extra.push(app);
    return app;
  }

  app(kind: AppKind): AppProcess {
    const app = this.apps.get(kind);
    if (!app) throw new Error(`No ${kind} process runs in this world.`);
    return app;
  }

  async close(): Promise<void> {
    this.database.set('none');
    this.postgres.resume();
    await Promise.all([...this.apps.values(), ...this.extra].map((app) => app.stop()));
    await this.keys.close();
    await this.database.close();
    await this.postgres.stop();
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}
