#!/usr/bin/env node
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ensureDependencies, RUNTIME, runsOnRuntime } from './lib/dependencies.mjs';
import { reportFailure } from './lib/progress.mjs';

async function main() {
  const words = process.argv.slice(2);
  await ensureDependencies((_name, work) => work());
  if (!runsOnRuntime()) {
    const self = fileURLToPath(import.meta.url);
    process.exitCode = spawnSync(RUNTIME, [self, ...words], { stdio: 'inherit' }).status ?? 1;
    return;
  }
  const { prepareCli } = await import('./lib/cli-run.mjs');
  const { script, env } = await prepareCli({ ...process.env });
  const args = ['--enable-source-maps', script, ...words];
  process.exitCode = spawnSync(RUNTIME, args, { stdio: 'inherit', env }).status ?? 1;
}

main().catch((error) => {
  reportFailure(error);
  process.exitCode = 1;
});
