import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessKind } from '@/lib/platform/core/env/env-schema';

const ROOT = join(import.meta.dirname, '../../..');

/** What is started of each, from the production build (`npm run build`). */
const ENTRY = {
  web: join(ROOT, '.next/standalone/server.js'),
  gate: join(ROOT, '.build/gate.mjs'),
  worker: join(ROOT, '.build/worker.mjs'),
  'local-idp': join(ROOT, '.build/local-idp.mjs'),
} satisfies Partial<Record<ProcessKind, string>>;

export type AppKind = keyof typeof ENTRY;

export interface AppOptions {
  kind: AppKind;
  port: number;
  env: Record<string, string>;
  /** Loaded before the process's own code, for example to move its clock. */
  preload?: string;
  /** Where its log goes: kept in memory, or a file descriptor; `unread` is a pipe that nobody reads. */
  log?: 'kept' | 'unread' | number;
}

/** One real process of Bulwark. */
export class AppProcess {
  private child: ChildProcess;
  private text = '';
  private exit: Promise<number | NodeJS.Signals | null>;

  constructor(private readonly options: AppOptions) {
    [this.child, this.exit] = this.spawn();
  }

  get port(): number {
    return this.options.port;
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error(`The ${this.options.kind} process was not started.`);
    return this.child.pid;
  }

  /** What it logged since the beginning. */
  get log(): string {
    return this.text;
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  url(path: string): string {
    return `http://127.0.0.1:${this.port}${path}`;
  }

  private spawn(): [ChildProcess, Promise<number | NodeJS.Signals | null>] {
    const { kind, port, env, preload, log = 'kept' } = this.options;
    const args = preload ? ['--import', preload, ENTRY[kind]] : [ENTRY[kind]];
    const child = spawn(process.execPath, args, {
      cwd: ROOT,
      stdio: ['ignore', 'ignore', typeof log === 'number' ? log : 'pipe'],
      env: {
        PATH: process.env.PATH,
        NODE_ENV: 'production',
        BULWARK_MODE: 'local',
        BULWARK_PROCESS: kind,
        HOST: '127.0.0.1',
        HOSTNAME: '127.0.0.1',
        LOG_LEVEL: 'info',
        [{ web: 'PORT', gate: 'GATE_PORT', worker: 'WORKER_PORT', 'local-idp': 'LOCAL_IDP_PORT' }[kind]]:
          String(port),
        ...env,
      },
    });
    if (log === 'kept') {
      child.stderr?.on('data', (chunk) => {
        this.text += chunk;
      });
    }
    return [child, new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)))];
  }

  /** Waits until `path` answers with a status below 500. */
  async untilUp(path = '/readyz', withinMs = 30_000): Promise<void> {
    for (const deadline = Date.now() + withinMs; Date.now() < deadline; await sleep(25)) {
      const isUp = await fetch(this.url(path), { signal: AbortSignal.timeout(5_000) }).then(
        async (response) => {
          await response.arrayBuffer();
          return response.status < 500;
        },
        () => false,
      );
      if (isUp) return;
      if (!this.isRunning) break;
    }
    throw new Error(`The ${this.options.kind} process is not up: ${path}\n${this.text.slice(-3_000)}`);
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.exit;
  }

  /** Starts it again after it was killed. */
  start(): void {
    [this.child, this.exit] = this.spawn();
  }

  async stop(): Promise<void> {
    if (!this.isRunning) return;
    this.signal('SIGCONT');
    this.signal('SIGTERM');
    const isLate = Symbol('late');
    const how = await Promise.race([this.exit, sleep(10_000, isLate, { ref: false })]);
    if (how === isLate) await this.kill();
  }
}
