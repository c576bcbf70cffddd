#!/usr/bin/env node
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ensureDependencies, ROOT, RUNTIME, runsOnRuntime } from './lib/dependencies.mjs';
import { reportFailure, step } from './lib/progress.mjs';

async function main() {
  process.chdir(ROOT);
  await ensureDependencies(step);
  if (!runsOnRuntime()) {
    process.exitCode = spawnSync(RUNTIME, [fileURLToPath(import.meta.url)], { stdio: 'inherit' }).status ?? 1;
    return;
  }
  const { ensureBuilt } = await import('./lib/app-build.mjs');
  await step('Build', async () => ((await ensureBuilt()) ? {} : { note: 'already up to date' }), {
    announce: true,
  });
}

main().catch((error) => {
  reportFailure(error);
  process.exitCode = 1;
});
