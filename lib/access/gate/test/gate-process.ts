import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { processBundle } from '@/db/test/process-bundle';
import { untilReady } from './gate-scene';
import { TEST_PEPPER } from './key-world';

const ROOT = process.cwd();

export interface GateProcess {
  port: number;
  pid: number;
  /** What it wrote to stderr. */
  output(): string;
  exited: Promise<number | NodeJS.Signals | null>;
  kill(signal: NodeJS.Signals): void;
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        address && typeof address === 'object' ? resolve(address.port) : reject(new Error('No port')),
      );
    });
  });
}

/** The gate as it runs in production: its own process, started from the environment. */
export async function spawnGate(
  databaseUrl: string,
  port: number,
  env: Record<string, string> = {},
): Promise<GateProcess> {
  const child: ChildProcess = spawn(process.execPath, [await processBundle('gate')], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      NODE_ENV: 'production',
      BULWARK_MODE: 'local',
      BULWARK_PROCESS: 'gate',
      GATE_PORT: String(port),
      DATABASE_URL_GATE: databaseUrl,
      KEY_PEPPER: TEST_PEPPER.value,
      KEY_PEPPER_ID: TEST_PEPPER.id,
      RATE_LIMIT_FILE: 'lib/access/gate/test/unlimited.yaml',
      LOG_LEVEL: 'warn',
      ...env,
    },
  });
  let output = '';
  child.stderr?.on('data', (chunk) => {
    output += chunk;
  });
  return {
    port,
    pid: child.pid ?? 0,
    output: () => output,
    exited: new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code))),
    kill: (signal) => child.kill(signal),
  };
}

export async function startGateProcess(databaseUrl: string): Promise<GateProcess> {
  const gate = await spawnGate(databaseUrl, await freePort());
  await untilReady(gate.port, 30_000);
  return gate;
}
