import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ScanLimits } from '@/lib/platform/core/env/env-scanners';
import { RunProcesses } from './processes';

const WATCH_MS = 150;
const LINE_MAX = 8_000;
const LINES_MAX = 5_000;
const FILES_MAX = 500_000;
const DRAIN_MS = 2_000;

export type StopReason = 'timeout' | 'memory' | 'processes' | 'disk' | 'output' | 'cancelled';

export interface CommandOptions {
  runId: string;
  uid: number | null;
  cwd: string;
  env: Record<string, string>;
  limits: ScanLimits;
  /** When the whole run must have ended, by `performance.now()`. */
  deadlineMs: number;
  /** Everything a run writes is in here. */
  scratch: string;
  /** Takes what is printed where that is the report; else its lines are log lines. */
  onStdout?: (chunk: Buffer) => void;
  onLine: (line: string) => void;
  signal: AbortSignal;
}

export interface CommandResult {
  exitCode: number | null;
  /** Set where Bulwark ended it. */
  stopped: StopReason | null;
  /** The most processes and threads that were seen at once. */
  threadsSeen: number;
  /** Something survived every attempt to kill it. */
  isLeftBehind: boolean;
}

/** Bytes below a directory, without following links; -1 where there are too many files to count. */
export function bytesBelow(folder: string): number {
  let bytes = 0;
  let files = 0;
  const waiting = [folder];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    let names: string[] = [];
    try {
      names = readdirSync(next);
    } catch {
      continue;
    }
    for (const name of names) {
      files += 1;
      if (files > FILES_MAX) return -1;
      try {
        const facts = lstatSync(join(next, name));
        if (facts.isDirectory()) waiting.push(join(next, name));
        else bytes += facts.blocks * 512;
      } catch {
        // It vanished while it was counted.
      }
    }
  }
  return bytes;
}

/** Splits what a stranger prints into lines of bounded length. */
function readLines(stream: Readable, onLine: (line: string) => void): void {
  let rest = '';
  let lines = 0;
  const give = (line: string) => {
    lines += 1;
    if (lines < LINES_MAX) onLine(line);
    else if (lines === LINES_MAX) onLine('Further lines are not kept.');
  };
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const parts = (rest + text).split(/\r?\n|\r/);
    rest = (parts.pop() ?? '').slice(0, LINE_MAX);
    for (const part of parts) give(part);
  });
  stream.on('end', () => {
    if (rest !== '') give(rest);
  });
}

class Watch {
  stopped: StopReason | null = null;
  threadsSeen = 0;
  private outputBytes = 0;
  private turn = 0;

  constructor(
    private readonly child: ChildProcess,
    private readonly processes: RunProcesses,
    private readonly options: CommandOptions,
  ) {}

  stop(reason: StopReason): void {
    this.stopped ??= reason;
    void this.processes.killAll(this.child.pid ?? null);
  }

  take(chunk: Buffer | string): void {
    this.outputBytes += Buffer.byteLength(chunk);
    if (this.outputBytes > this.options.limits.outputBytes) this.stop('output');
  }

  look(): void {
    if (this.stopped) return;
    const { limits, deadlineMs, scratch } = this.options;
    const living = this.processes.living(this.child.pid ?? null);
    const threads = living.reduce((sum, one) => sum + one.threads, 0);
    this.threadsSeen = Math.max(this.threadsSeen, threads);
    this.turn += 1;
    if (performance.now() > deadlineMs) this.stop('timeout');
    else if (threads > limits.processes + 8) this.stop('processes');
    else if (living.reduce((sum, one) => sum + one.rssBytes, 0) > limits.memoryBytes) this.stop('memory');
    else if (this.turn % 6 === 0) {
      const bytes = bytesBelow(scratch);
      if (bytes < 0 || bytes > limits.diskBytes) this.stop('disk');
    }
  }
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code));
  });
}

/**
 * Runs one command of a run under its limits: a session of its own, nothing of this environment, killed as a whole
 * with everything it started, also what moved into another session.
 */
export async function runCommand(argv: readonly string[], options: CommandOptions): Promise<CommandResult> {
  const [command = '', ...args] = argv;
  const processes = new RunProcesses(options.runId, options.uid);
  const child: ChildProcessByStdio<null, Readable, Readable> = spawn(command, args, {
    cwd: options.cwd,
    env: { ...options.env, NODE_ENV: 'production' },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const drained = once(child, 'close').catch(() => undefined);
  const watch = new Watch(child, processes, options);
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => watch.take(chunk));
  readLines(child.stderr, options.onLine);
  if (options.onStdout) child.stdout.on('data', options.onStdout);
  else readLines(child.stdout, options.onLine);
  const cancel = () => watch.stop('cancelled');
  options.signal.addEventListener('abort', cancel, { once: true });
  if (options.signal.aborted) cancel();
  const timer = setInterval(() => watch.look(), WATCH_MS);
  try {
    const exitCode = await ended(child);
    const isClean = await processes.killAll(child.pid ?? null);
    await Promise.race([drained, sleep(DRAIN_MS, undefined, { ref: false })]);
    const { stopped, threadsSeen } = watch;
    return { exitCode, stopped, threadsSeen, isLeftBehind: !isClean };
  } finally {
    clearInterval(timer);
    options.signal.removeEventListener('abort', cancel);
    child.stdout.destroy();
    child.stderr.destroy();
  }
}
