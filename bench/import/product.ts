import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const PORT_BASE = Number(process.env.BENCH_PORT_BASE ?? 4140);
const START_PATIENCE_MS = 600_000;

export interface Product {
  url: string;
  /** A secret with the scopes that were asked for. */
  createKey(scopes: string): string;
  /** Process ids by name: web, gate, worker, postgres. */
  pids(): Record<string, number>;
  stop(): Promise<void>;
}

/** A Bulwark as `npm start` starts it, with a data folder of its own; it builds first where the sources changed. */
export async function startProduct(): Promise<Product> {
  const folder = mkdtempSync(join(tmpdir(), 'bulwark-bench-product-'));
  const env = {
    ...process.env,
    PORT: String(PORT_BASE),
    GATE_PORT: String(PORT_BASE + 1),
    WORKER_PORT: String(PORT_BASE + 2),
    LOCAL_IDP_PORT: String(PORT_BASE + 3),
    BULWARK_PG_PORT: String(PORT_BASE + 4),
    BULWARK_DATA_DIR: folder,
    BULWARK_MODE: 'local',
    RATE_LIMIT_FILE: resolve('bench/gate/rate-limit.yaml'),
  };
  const url = `http://localhost:${PORT_BASE}`;
  const child = spawn(process.execPath, ['bin/start.mjs'], { env, stdio: ['ignore', 'inherit', 'inherit'] });
  const stop = async () => {
    if (child.exitCode === null) {
      child.kill('SIGTERM');
      await new Promise((resolve) => child.once('exit', resolve));
    }
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await untilReady(child, `${url}/readyz`);
  } catch (error) {
    await stop();
    throw error;
  }
  const createKey = (scopes: string) => {
    const words = ['bin/bulwark.mjs', 'keys', 'create', '--name', 'bench', '--scopes', scopes, '--json'];
    return JSON.parse(execFileSync(process.execPath, words, { env, encoding: 'utf8' })).secret;
  };
  const pids = () => {
    const { children } = JSON.parse(readFileSync(join(folder, 'launcher.json'), 'utf8'));
    return Object.fromEntries(children.map((one: { name: string; pid: number }) => [one.name, one.pid]));
  };
  return { url, createKey, pids, stop };
}

async function untilReady(child: ChildProcess, url: string): Promise<void> {
  for (
    const deadline = performance.now() + START_PATIENCE_MS;
    performance.now() < deadline;
    await sleep(250)
  ) {
    if (child.exitCode !== null) throw new Error('Bulwark could not be started.');
    const response = await fetch(url).catch(() => null);
    if (response?.ok) return;
  }
  throw new Error('Bulwark was not ready in time.');
}

/** The most memory that a process ever had resident, in MB (Linux). */
export function peakMegabytes(pid: number): number {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Math.round(Number(kilobytes) / 1024);
}
