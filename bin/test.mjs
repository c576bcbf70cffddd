import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureDependencies, refuseOldNode, runsOnRuntime } from './lib/dependencies.mjs';
import { reportFailure, step } from './lib/progress.mjs';
import { StartError } from './lib/start-error.mjs';
import { addCounts, countsLine, noCounts, playwrightCounts, vitestCounts } from './lib/test-counts.mjs';
import { cleanEnvironment, freePorts, prepareChromium } from './lib/test-prepare.mjs';
import { bold, localBin, root, run, seconds } from './lib/test-shell.mjs';
import { prepareTools } from './lib/test-tools.mjs';
import { runVerify } from './lib/test-verify.mjs';

const isChild = process.env.BULWARK_TEST_CHILD === '1';
const firstE2ePort = 3910;
const portsPerBulwark = 5;

async function vitestStage(project, scratch) {
  const report = join(scratch, `${project}.json`);
  const args = ['run', '--project', project, '--passWithNoTests', '--reporter=default', '--reporter=json'];
  const { code } = await run(localBin('node'), [localBin('vitest'), ...args, `--outputFile.json=${report}`]);
  return vitestCounts(report, code);
}

// Loaded late: it needs node:fs of Node 22, and the parent may run on Node 20.
async function buildStage() {
  const { ensureBuilt } = await import('./lib/app-build.mjs');
  await step('Building the console and the processes', ensureBuilt, { announce: true });
  return { ...noCounts(), passed: 1 };
}

async function e2eStage(scratch) {
  const report = join(scratch, 'e2e.json');
  const env = {
    ...process.env,
    CHROMIUM_PATH: await prepareChromium(),
    E2E_PORT_BASE: String(await freePorts(firstE2ePort, portsPerBulwark)),
    E2E_DATA_DIR: join(scratch, 'e2e-data'),
    PLAYWRIGHT_JSON_OUTPUT_NAME: report,
  };
  const { code } = await run(localBin('node'), [localBin('playwright'), 'test', '--reporter=list,json'], {
    env,
  });
  return playwrightCounts(report, code);
}

const stages = [
  {
    name: 'verify',
    title: 'Style, types, import rules, guards, unit tests',
    run: (dir) => runVerify(join(dir, 'unit.json')),
  },
  { name: 'dom', title: 'Component tests', run: (dir) => vitestStage('dom', dir) },
  { name: 'db', title: 'Tests on Postgres', run: (dir) => vitestStage('db', dir) },
  { name: 'build', title: 'Production build', run: buildStage },
  { name: 'e2e', title: 'Browser tests', needs: 'build', run: e2eStage },
  {
    name: 'chaos',
    title: 'Dependencies killed, paused and filled (docs/failures.md)',
    needs: 'build',
    run: (dir) => vitestStage('chaos', dir),
    onRequest: true,
  },
];

async function runStage(stage, scratch) {
  console.log(`\n${bold(stage.title)}`);
  const startedAt = performance.now();
  let counts = { ...noCounts(), failed: 1 };
  try {
    counts = await stage.run(scratch);
  } catch (error) {
    reportFailure(error);
  }
  console.log(`${stage.title}: ${countsLine(counts)} in ${seconds(performance.now() - startedAt)}`);
  return counts;
}

async function runStages(names) {
  const scratch = mkdtempSync(join(tmpdir(), 'bulwark-test-'));
  // Passable, so that the account that runs Postgres reaches its data below and nothing is left elsewhere.
  chmodSync(scratch, 0o711);
  const results = new Map();
  try {
    for (const stage of stages) {
      if (names.length > 0 ? !names.includes(stage.name) : stage.onRequest) continue;
      const isBlocked = results.get(stage.needs)?.failed > 0;
      if (isBlocked) console.log(`\n${bold(stage.title)}\nNot run, because the ${stage.needs} stage failed.`);
      results.set(stage.name, isBlocked ? { ...noCounts(), failed: 1 } : await runStage(stage, scratch));
    }
    return addCounts([...results.values()]);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The parent runs on whatever Node the machine has: it installs, then starts itself again on the project's Node. */
async function parent() {
  console.log(bold('Packages and tools'));
  refuseOldNode();
  await ensureDependencies(step);
  await prepareChromium();
  await prepareTools();
  const path = `${join(root, 'node_modules/.bin')}:${process.env.PATH ?? ''}`;
  const env = cleanEnvironment({ BULWARK_TEST_CHILD: '1', PATH: path });
  const { code } = await run(localBin('node'), ['bin/test.mjs', ...process.argv.slice(2)], { env });
  return code;
}

async function child() {
  const names = process.argv.slice(2).filter((name) => !name.startsWith('-'));
  const unknown = names.filter((name) => stages.every((stage) => stage.name !== name));
  if (unknown.length > 0) {
    const known = stages.map((stage) => stage.name).join(', ');
    throw new StartError(`There is no stage ${unknown.join(', ')}.`, `Stages: ${known}.`);
  }
  const startedAt = performance.now();
  const counts = await runStages(names);
  console.log(`\nAll stages took ${seconds(performance.now() - startedAt)}.`);
  console.log(countsLine(counts));
  return counts.failed > 0 ? 1 : 0;
}

try {
  process.exitCode = await (isChild && runsOnRuntime() ? child() : parent());
} catch (error) {
  reportFailure(error);
  console.log('0 passed, 1 failed');
  process.exitCode = 1;
}
