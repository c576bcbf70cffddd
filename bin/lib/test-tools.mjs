import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { StartError } from './start-error.mjs';
import { run } from './test-shell.mjs';

/** Servers that the tests talk to for real. Without an optional one its tests skip and say so. */
const TOOLS = [
  { command: 'redis-server', debian: 'redis-server', brew: 'redis', isRequired: true },
  { command: 'nginx', debian: 'nginx-light', brew: 'nginx', isRequired: false },
  { command: 'haproxy', debian: 'haproxy', brew: 'haproxy', isRequired: false },
  { command: 'caddy', debian: 'caddy', brew: 'caddy', isRequired: false },
];
/** Debian keeps servers where an ordinary user's PATH does not lead. */
const FOLDERS = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];

const canAptGet = () => process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');

function isThere({ command }) {
  return FOLDERS.some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

async function install(tools) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  await run('apt-get', ['update', '--quiet'], { env });
  const packages = tools.map(({ debian }) => debian);
  await run('apt-get', ['install', '--quiet', '--yes', '--no-install-recommends', ...packages], { env });
}

/** Installs the servers that the tests need where that can be done. @throws StartError where a required one is missing */
export async function prepareTools() {
  const missing = TOOLS.filter((tool) => !isThere(tool));
  if (missing.length > 0 && canAptGet()) {
    console.log(`Installing ${missing.map(({ command }) => command).join(', ')} for the tests.`);
    await install(missing);
  }
  const still = TOOLS.filter((tool) => !isThere(tool));
  const needed = still.find(({ isRequired }) => isRequired);
  if (needed) {
    throw new StartError(
      `The tests need ${needed.command}.`,
      `Install it (Debian, Ubuntu: sudo apt-get install ${needed.debian}; macOS: brew install ${needed.brew}), then run npm test again.`,
    );
  }
  for (const { command, debian } of still)
    console.log(
      `${command} is not installed (Debian: ${debian}): the tests that talk to it will be skipped.`,
    );
}
