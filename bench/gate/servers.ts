import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bundlePath, bundleProcesses } from '@/bin/lib/app-build.mjs';
import { GATE_FLAGS } from '@/bin/lib/process-plan.mjs';
import { TEST_PEPPER } from '@/lib/access/gate/test/key-world';

const ROOT = join(import.meta.dirname, '../..');
const NODE = join(ROOT, 'node_modules/.bin/node');
const NEXT_APP = join(import.meta.dirname, 'next-app');
const BETTER_AUTH = join(import.meta.dirname, 'better-auth');

export interface RunningServer {
  url: string;
  pid: number;
  residentMiB(): number;
  /** CPU seconds used so far. */
  cpuSeconds(): number;
  stop(): Promise<void>;
}

async function untilAnswers(url: string, child: ChildProcess): Promise<void> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; await sleep(100)) {
    if (child.exitCode !== null) throw new Error(`The server for ${url} ended at once.`);
    const status = await fetch(url).then(
      (response) => response.status,
      () => 0,
    );
    if (status !== 0 && status !== 503) return;
  }
  throw new Error(`${url} did not answer.`);
}

export function cpuSecondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function start(
  args: string[],
  url: string,
  env: Record<string, string> = {},
  cwd = ROOT,
): Promise<RunningServer> {
  const child = spawn(NODE, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const { pid } = child;
  if (!pid) throw new Error(`${args.join(' ')} could not be started.`);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await untilAnswers(url, child);
  return {
    url,
    pid,
    residentMiB: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024,
    cpuSeconds: () => cpuSecondsOf(pid),
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

export function startHello(port: number): Promise<RunningServer> {
  return start([join(import.meta.dirname, 'hello.mjs'), String(port)], `http://127.0.0.1:${port}/`);
}

/** Makes the files that run in production, so that the gate is measured as it is shipped. */
export const bundleGate = () => bundleProcesses();

/** @param more settings, such as REDIS_URL */
export async function startGate(
  port: number,
  databaseUrl: string,
  more: Record<string, string> = {},
): Promise<RunningServer> {
  const env = {
    NODE_ENV: 'production',
    BULWARK_MODE: 'local',
    BULWARK_PROCESS: 'gate',
    GATE_PORT: String(port),
    DATABASE_URL_GATE: databaseUrl,
    KEY_PEPPER: TEST_PEPPER.value,
    KEY_PEPPER_ID: TEST_PEPPER.id,
    LOG_LEVEL: 'warn',
    RATE_LIMIT_FILE: join(import.meta.dirname, 'rate-limit.yaml'),
    GATE_ROUTES_FILE: join(import.meta.dirname, 'gate.yaml'),
    ...more,
  };
  const server = await start([...GATE_FLAGS, bundlePath('gate')], `http://127.0.0.1:${port}/readyz`, env);
  return { ...server, url: `http://127.0.0.1:${port}/v1/verify` };
}

export async function startRedis(port: number): Promise<RunningServer> {
  const child = spawn(
    'redis-server',
    ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
    {
      stdio: 'ignore',
    },
  );
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await sleep(500);
  if (child.exitCode !== null) throw new Error('redis-server could not be started.');
  const pid = child.pid ?? 0;
  return {
    url: `redis://127.0.0.1:${port}`,
    pid,
    residentMiB: () => 0,
    cpuSeconds: () => cpuSecondsOf(pid),
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

export async function startNext(port: number, databaseUrl: string): Promise<RunningServer> {
  const next = join(ROOT, 'node_modules/next/dist/bin/next');
  const built = spawnSync(NODE, [next, 'build'], { cwd: NEXT_APP, encoding: 'utf8' });
  if (built.status !== 0)
    throw new Error(`The Next fixture could not be built:\n${built.stdout}${built.stderr}`);
  const env = { NODE_ENV: 'production', BENCH_DATABASE_URL: databaseUrl, BENCH_PEPPER: TEST_PEPPER.value };
  const url = `http://127.0.0.1:${port}/verify`;
  return start([next, 'start', '-p', String(port), '-H', '127.0.0.1'], url, env, NEXT_APP);
}

/** The peer, on tables of its own in a database of its own; null where it is not installed (docs/bench.md). */
export async function startBetterAuth(port: number, databaseUrl: string): Promise<RunningServer | null> {
  if (!existsSync(join(BETTER_AUTH, 'node_modules'))) return null;
  const base = `http://127.0.0.1:${port}`;
  const env = { NODE_ENV: 'production', BENCH_DATABASE_URL: databaseUrl };
  const server = await start([join(BETTER_AUTH, 'server.mjs'), String(port)], `${base}/keys`, env);
  return { ...server, url: `${base}/verify` };
}
