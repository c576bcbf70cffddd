import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { StartError } from './start-error.mjs';
import { localBin, root, run } from './test-shell.mjs';

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

/** The path of a Chromium, installed when the machine has none. @throws StartError that says what to do */
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
  throw new StartError(
    'The browser tests need Chromium, and it could not be installed.',
    'Install it (Debian, Ubuntu: sudo apt-get install chromium; elsewhere: npx playwright install --with-deps chromium) or set CHROMIUM_PATH, then run npm test again.',
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
  throw new StartError(
    `No ${count} neighbouring ports are free above ${from}.`,
    'Stop what uses them and run npm test again.',
  );
}

const inherited =
  /^(DATABASE_|REDIS_|GITHUB_CLIENT|GOOGLE_CLIENT|OIDC_|AUTH_|NEXTAUTH_|KEY_PEPPER|ENCRYPTION_|LOG_SIGNING_KEY|LOG_WITNESS_|LOG_CHECKPOINT_|SMTP_URL|MAIL_FROM|OUTBOUND_|BULWARK_|LOCAL_IDP_|(GATE_|WORKER_)?PORT$|NODE_ENV$|NODE_OPTIONS$|TZ$)/;

/** The environment without any setting of a Bulwark that the developer runs, so that no test meets its data. */
export function cleanEnvironment(more) {
  const kept = Object.entries(process.env).filter(([name]) => !inherited.test(name));
  return { ...Object.fromEntries(kept), ...more };
}
