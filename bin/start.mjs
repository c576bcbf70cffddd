#!/usr/bin/env node
import { existsSync } from 'node:fs';

/** Tells the second run, on the app's own Node, that it is one. */
const AGAIN = '--again';
const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Runs this file again on the app's own Node and passes signals on. */
async function runAgainOn(runtime) {
  const { spawn } = await import('node:child_process');
  const child = spawn(runtime, [process.argv[1], AGAIN], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  for (const name of STOP_SIGNALS) process.on(name, () => name !== 'SIGINT' && child.kill(name));
  child.once('exit', (code, signalName) => {
    process.exitCode = signalName ? 1 : (code ?? 1);
  });
}

function announce({ env, folder, databaseFolder }, beganMs) {
  const local = env.localIdp !== undefined;
  const elsewhere =
    databaseFolder && !databaseFolder.startsWith(folder) ? `, its database in ${databaseFolder}` : '';
  const signIn = local
    ? 'Open the console and enter any name. The first person to sign in becomes the operator.'
    : `Open the console and use ${env.signInProviders.map((provider) => provider.label).join(' or ')}.`;
  const lines = [
    ['Console', env.consoleUrl],
    ['Gate', env.gateUrl],
    ['Sign in', signIn],
    ['Data', databaseFolder ? `${folder}${elsewhere}` : 'your Postgres'],
    ['Logs', `${folder}/logs`],
    ['Stop', 'Ctrl-C'],
  ];
  const block = lines.map(([name, value]) => `  ${name.padEnd(9)} ${value}`).join('\n');
  process.stdout.write(
    `\nBulwark is running (started in ${((Date.now() - beganMs) / 1000).toFixed(1)} s).\n\n${block}\n\n`,
  );
}

async function launch(beganMs) {
  const { ROOT } = await import('./lib/dependencies.mjs');
  const { Launcher } = await import('./lib/launcher.mjs');
  const { reportFailure, say } = await import('./lib/progress.mjs');
  process.chdir(ROOT);
  if (existsSync('.env')) process.loadEnvFile('.env');
  const launcher = new Launcher({ ...process.env });
  let stopping = false;
  const stop = (why) => {
    if (stopping) return;
    stopping = true;
    const isWorthSaying = launcher.holdsSomething;
    if (isWorthSaying) say(`\nStopping${why}.`);
    launcher.stop().then(
      () => {
        if (isWorthSaying) say('Stopped. Nothing is left running.');
        process.exit(process.exitCode ?? 0);
      },
      (error) => {
        reportFailure(error);
        process.exit(1);
      },
    );
  };
  for (const name of STOP_SIGNALS) process.on(name, () => stop(''));
  process.once('disconnect', () => stop(', because the process that started this one is gone'));
  try {
    announce(await launcher.start(), beganMs);
  } catch (error) {
    if (stopping) return;
    process.exitCode = 1;
    reportFailure(error);
    stop('');
  }
}

async function main() {
  const began = Date.now();
  const { ensureDependencies, refuseOldNode, RUNTIME, runsOnRuntime } = await import(
    './lib/dependencies.mjs'
  );
  const { reportFailure, say, step } = await import('./lib/progress.mjs');
  try {
    refuseOldNode();
    if (!process.argv.includes(AGAIN)) say('Bulwark');
    await ensureDependencies(step);
  } catch (error) {
    reportFailure(error);
    process.exitCode = 1;
    return;
  }
  if (!process.argv.includes(AGAIN)) {
    const { whenNpmIsGone } = await import('./lib/npm-parent.mjs');
    whenNpmIsGone(() => process.kill(process.pid, 'SIGTERM'));
  }
  if (runsOnRuntime()) await launch(began);
  else await runAgainOn(RUNTIME);
}

await main();
