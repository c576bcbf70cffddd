import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuilt, loadEnvModule, needsBuild } from './app-build.mjs';
import { ROOT, refuseFullDisk } from './dependencies.mjs';
import { noteChildren, release, takeOver } from './launcher-record.mjs';
import { LocalDatabase } from './local-database.mjs';
import { localDefaults, withDefaults } from './local-defaults.mjs';
import { databaseFolder, keepSecrets, openDataFolder, resolveDataFolder } from './local-state.mjs';
import { runMigrations } from './migrations.mjs';
import { requireFreePorts } from './ports.mjs';
import { processPlan, wantedPorts } from './process-plan.mjs';
import { say, step } from './progress.mjs';
import { StartError } from './start-error.mjs';
import { Service } from './supervisor.mjs';

const RUNNING_NEEDS_MB = 200;
const PATIENCE_MS = 10_000;

/** One run of Bulwark from this checkout: start() until everything answers, then stop(). */
export class Launcher {
  #folder = null;
  #database = null;
  #services = [];
  #stopped = null;

  constructor(variables) {
    this.variables = variables;
  }

  #note = () => {
    if (!this.#folder || this.#stopped) return;
    const running = this.#services.filter((service) => service.pid).map(({ name, pid }) => ({ name, pid }));
    noteChildren(this.#folder, running);
  };

  async #takeFolder(folder) {
    openDataFolder(folder);
    refuseFullDisk(folder, RUNNING_NEEDS_MB);
    const ended = await takeOver(folder);
    this.#folder = folder;
    if (ended.length > 0) say(`  ✓ Stopped processes left over from an earlier start: ${ended.join(', ')}`);
  }

  #prepareLocal(env) {
    const place = env.databaseUrl ? null : databaseFolder(this.#folder);
    const secrets = keepSecrets(this.#folder, place !== null && existsSync(join(place, 'data')));
    if (place) {
      const options = {
        folder: place,
        dataFolder: this.#folder,
        port: env.postgresPort,
        secrets,
        say,
        onChange: this.#note,
      };
      this.#database = new LocalDatabase(options);
    }
    return withDefaults(
      this.variables,
      localDefaults(env, secrets, this.#database?.urls ?? null, this.#folder),
    );
  }

  /** @returns {Promise<{ env: object, folder: string, databaseFolder: string | null }>} */
  async start() {
    const { parseEnv } = await loadEnvModule();
    const first = parseEnv({ ...this.variables, BULWARK_PROCESS: 'cli' });
    await this.#takeFolder(resolveDataFolder(ROOT, first.dataDir));
    const variables =
      first.mode === 'local' ? this.#prepareLocal(first) : { ...this.variables, BULWARK_MODE: 'production' };
    variables.BULWARK_DATA_DIR = this.#folder;
    const env = parseEnv({ ...variables, BULWARK_PROCESS: 'all' });
    await this.#database?.endLeftovers();
    await requireFreePorts(wantedPorts(env, { withPostgres: this.#database !== null }));
    this.#refuseStopped();
    await Promise.all([this.#startDatabase(), this.#build()]);
    this.#refuseStopped();
    await this.#migrate(variables);
    this.#refuseStopped();
    await this.#startServices(env, variables);
    return { env, folder: this.#folder, databaseFolder: this.#database?.dataDir ?? null };
  }

  #refuseStopped() {
    if (this.#stopped) throw new StartError('Startup was interrupted.', 'Run npm start to try again.');
  }

  async #startDatabase() {
    if (this.#database) await step('Database', () => this.#database.start());
  }

  async #build() {
    if (needsBuild()) await step('Building the console', ensureBuilt, { announce: true });
  }

  async #migrate(variables) {
    if (!variables.DATABASE_URL_MIGRATOR && !variables.DATABASE_URL_MIGRATOR_FILE) return;
    await step('Schema', () => runMigrations(variables));
  }

  async #startServices(env, variables) {
    const context = { folder: this.#folder, onChange: this.#note, say };
    this.#services = processPlan(env, variables).map((spec) => new Service(spec, context));
    const names = this.#services.map((service) => service.name).join(', ');
    await step(`Processes ${names}`, async () => {
      await Promise.all(this.#services.map((service) => service.start()));
    });
  }

  /** True once there is something to stop. */
  get holdsSomething() {
    return this.#database?.pid !== undefined || this.#services.length > 0;
  }

  /** Stops what runs, Postgres last; safe to call more than once and at any moment. */
  stop() {
    this.#stopped ??= this.#stopAll();
    return this.#stopped;
  }

  async #stopAll() {
    await Promise.all(this.#services.map((service) => service.stop(PATIENCE_MS)));
    await this.#database?.stop();
    if (this.#folder) release(this.#folder);
  }
}
