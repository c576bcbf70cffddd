import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from '@playwright/test';

// Workers evaluate this file again and inherit the environment, so what is chosen here is chosen once.
process.env.E2E_PORT_BASE ??= '3910';
process.env.E2E_DATA_DIR ??= mkdtempSync(join(tmpdir(), 'bulwark-e2e-'));

const base = Number(process.env.E2E_PORT_BASE);
const webUrl = `http://localhost:${base}`;
const chromiumPath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
const runsAsRoot = process.getuid?.() === 0;

export default defineConfig({
  testDir: './e2e',
  testMatch: '**/*.spec.ts',
  outputDir: './test-results',
  fullyParallel: false,
  workers: 1,
  forbidOnly: true,
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [['list']],
  use: {
    baseURL: webUrl,
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: existsSync(chromiumPath) ? chromiumPath : undefined,
      args: ['--disable-dev-shm-usage', ...(runsAsRoot ? ['--no-sandbox'] : [])],
    },
  },
  projects: [{ name: 'chromium', use: { browserName: 'chromium', viewport: { width: 1280, height: 800 } } }],
  webServer: {
    command: 'node bin/start.mjs',
    url: `${webUrl}/readyz`,
    timeout: 240_000,
    gracefulShutdown: { signal: 'SIGTERM', timeout: 20_000 },
    stdout: 'pipe',
    stderr: 'pipe',
    env: {
      PORT: String(base),
      GATE_PORT: String(base + 1),
      WORKER_PORT: String(base + 2),
      LOCAL_IDP_PORT: String(base + 3),
      BULWARK_PG_PORT: String(base + 4),
      BULWARK_DATA_DIR: process.env.E2E_DATA_DIR,
      BULWARK_MODE: 'local',
    },
  },
});
