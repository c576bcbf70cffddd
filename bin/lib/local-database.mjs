import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectAs, ensureDatabase, ensureRoles, roleUrls } from './database-roles.mjs';
import { clearLeftovers, DURABLE, ensureCluster, SUPERUSER, startCluster } from './embedded-postgres.mjs';
import { StartError } from './start-error.mjs';

const DATABASE = 'bulwark';
const LONGEST_PAUSE_MS = 10_000;
/** What Postgres says while the backends of a killed postmaster are still leaving. */
const STILL_HELD = /pre-existing shared memory block|lock file .* already exists/;
const LEFTOVER_ATTEMPTS = 30;

/** The built-in Postgres of one installation, kept running until stop(). */
export class LocalDatabase {
  #options;
  #cluster = null;
  #stopping = false;
  #starting = Promise.resolve();
  #keeper = Promise.resolve();

  /** @param {{ folder: string, dataFolder: string, port: number, secrets: object, say(text: string): void, onChange(): void }} options */
  constructor(options) {
    this.#options = options;
    this.dataDir = join(options.folder, 'data');
  }

  get pid() {
    return this.#cluster?.pid;
  }

  #server() {
    const { port, secrets } = this.#options;
    return { host: '127.0.0.1', port, user: SUPERUSER, password: secrets.superuserPassword };
  }

  /** URLs of the four roles. */
  get urls() {
    return roleUrls(this.#server(), DATABASE, this.#options.secrets.rolePasswords);
  }

  /** Ends a Postgres that an earlier, killed start left running. */
  async endLeftovers() {
    const what = await clearLeftovers(this.dataDir);
    if (what === 'stopped') this.#options.say('  ✓ Ended the Postgres that an earlier start left running');
  }

  async #run() {
    const { port, dataFolder } = this.#options;
    await clearLeftovers(this.dataDir);
    const logFile = join(dataFolder, 'logs', 'postgres.log');
    for (let attempt = 1; ; attempt += 1) {
      try {
        this.#cluster = await startCluster({ dataDir: this.dataDir, port, logFile, settings: DURABLE });
        this.#options.onChange();
        return;
      } catch (error) {
        if (attempt === LEFTOVER_ATTEMPTS || !STILL_HELD.test(error.details ?? '')) throw error;
        await sleep(500);
      }
    }
  }

  /** Creates what is missing, starts, and keeps it running. @returns {Promise<{ note?: string }>} */
  async start() {
    const created = ensureCluster({
      dataDir: this.dataDir,
      password: this.#options.secrets.superuserPassword,
    });
    this.#starting = this.#run();
    await this.#starting;
    this.#keeper = this.#keep();
    await this.#prepare();
    return created ? { note: 'new and empty' } : {};
  }

  async #prepare() {
    const server = this.#server();
    const admin = connectAs(server, 'postgres', server.user, server.password);
    try {
      await ensureRoles(admin, this.#options.secrets.rolePasswords);
      await ensureDatabase(server, admin, DATABASE);
    } catch (error) {
      if (error.code !== '28P01') throw error;
      throw new StartError(
        `The database in ${this.dataDir} does not accept the password in secrets.json.`,
        'The two belong to different installations; put the right secrets.json back from a backup.',
      );
    } finally {
      await admin.end({ timeout: 2 });
    }
  }

  async #keep() {
    for (;;) {
      await this.#cluster.exited;
      if (this.#stopping) return;
      this.#options.say('Postgres stopped and is restarting. Requests are denied until it is back.');
      await this.#restart();
    }
  }

  async #restart() {
    for (let pause = 250; !this.#stopping; pause = Math.min(LONGEST_PAUSE_MS, pause * 2)) {
      await sleep(pause);
      try {
        await this.#run();
        this.#options.say('Postgres is back.');
        return;
      } catch (error) {
        this.#options.say(`Postgres could not start: ${error.message} Trying again.`);
      }
    }
  }

  async stop() {
    this.#stopping = true;
    await this.#starting.catch(() => undefined);
    await this.#cluster?.stop();
    await this.#keeper;
  }
}
