import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { boundEnvironment, ROOT, RUNTIME } from './dependencies.mjs';
import { endProcess } from './process-facts.mjs';
import { StartError } from './start-error.mjs';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** A process that ran this long was healthy: its next fall starts with the shortest pause again. */
const STEADY_MS = 60_000;
const HEALTH_PATIENCE_MS = 60_000;
const LARGEST_LOG_BYTES = 20_000_000;

export function openLog(folder, name) {
  const path = join(folder, 'logs', `${name}.log`);
  if (existsSync(path) && statSync(path).size > LARGEST_LOG_BYTES) renameSync(path, `${path}.1`);
  return { path, descriptor: openSync(path, 'a', 0o600) };
}

function endOf(path, from, lines = 20) {
  try {
    return readFileSync(path).subarray(from).toString('utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } catch {
    return '';
  }
}

async function isHealthy(url) {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000), redirect: 'manual' });
    await response.arrayBuffer();
    return response.status < 500;
  } catch {
    return false;
  }
}

/** One process of ours, started again when it dies. */
export class Service {
  #spec;
  #folder;
  #onChange;
  #isStopping = false;
  #falls = 0;
  #child = null;

  /**
   * @param {{ name: string, args: string[], env: Record<string, string | undefined>, healthUrl: string }} spec
   * @param {{ folder: string, onChange(): void, say(text: string): void }} context
   */
  constructor(spec, context) {
    this.#spec = spec;
    this.#folder = context.folder;
    this.#onChange = context.onChange;
    this.say = context.say;
  }

  get name() {
    return this.#spec.name;
  }

  get pid() {
    return this.#child?.exitCode === null && this.#child.signalCode === null ? this.#child.pid : undefined;
  }

  #spawn() {
    const log = openLog(this.#folder, this.name);
    const logStart = statSync(log.path).size;
    const child = spawn(RUNTIME, this.#spec.args, {
      cwd: ROOT,
      env: boundEnvironment(this.#spec.env),
      detached: true,
      stdio: ['ignore', log.descriptor, log.descriptor, 'ipc'],
    });
    closeSync(log.descriptor);
    const exited = new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
    });
    this.#child = child;
    this.#onChange();
    return { exited, logEnd: () => endOf(log.path, logStart), logPath: log.path };
  }

  /** Starts the process and waits until it is healthy. @throws StartError with the end of its log */
  async start() {
    const run = this.#spawn();
    let ended = null;
    const exit = run.exited.then((how) => {
      ended = how;
    });
    for (const deadline = Date.now() + HEALTH_PATIENCE_MS; ; ) {
      if (await isHealthy(this.#spec.healthUrl)) break;
      if (this.#isStopping) return;
      if (ended !== null || Date.now() > deadline) {
        const what = ended === null ? 'was not ready after a minute' : `stopped while starting (${ended})`;
        throw new StartError(
          `The ${this.name} process ${what}.`,
          `The lines below are the end of ${run.logPath}.`,
          {
            details: run.logEnd(),
          },
        );
      }
      await Promise.race([exit, sleep(40)]);
    }
    void this.#keep(run);
  }

  async #keep(run) {
    for (let current = run; ; ) {
      const began = Date.now();
      const how = await current.exited;
      this.#onChange();
      if (this.#isStopping) return;
      this.#falls = Date.now() - began > STEADY_MS ? 0 : this.#falls + 1;
      const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.max(0, this.#falls - 1));
      this.say(
        `The ${this.name} process stopped (${how}) and restarts in ${pause / 1000} s. Log: ${current.logPath}`,
      );
      await sleep(pause);
      if (this.#isStopping) return;
      current = this.#spawn();
    }
  }

  /** Asks the process to stop, waits, and ends it by force after `patienceMs`. */
  async stop(patienceMs) {
    this.#isStopping = true;
    const pid = this.pid;
    if (pid) await endProcess(pid, { patienceMs });
  }
}
