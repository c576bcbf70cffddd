import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { canReach, isRoot, postgresAccount, runnableBinaries } from './postgres-binaries.mjs';
import { commandLineOf, endProcess, isAlive, isWorkedIn, signal, waitForExit } from './process-facts.mjs';
import { explainFileError, StartError } from './start-error.mjs';

export const SUPERUSER = 'postgres';

/** Between the name of a data folder and the random end of one that is still being made. */
const DRAFT = '.draft-';
const BACKENDS_LEAVE_MS = 15_000;

const COMMON_SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  password_encryption: 'scram-sha-256',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  lc_messages: 'C',
};

/**
 * Settings for data that matters: nothing acknowledged is lost when the machine stops. The log keeps up to 1 GB of
 * segments that were filled once: a new one must be written with zeros first, and every commit waits for that.
 */
export const DURABLE = {
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  shared_buffers: '256MB',
  max_connections: '100',
  wal_compression: 'on',
  min_wal_size: '1GB',
  max_wal_size: '2GB',
};

/** Settings for a throw-away test cluster. */
export const THROW_AWAY = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  shared_buffers: '128MB',
  max_connections: '200',
  max_wal_size: '4GB',
};

/** The account a data folder belongs to: root always runs Postgres as the owner of the data. */
function accountFor(dataDir) {
  if (!isRoot()) return null;
  if (existsSync(dataDir)) {
    const { uid, gid } = statSync(dataDir);
    if (uid !== 0) return { user: `uid ${uid}`, uid, gid };
  }
  return postgresAccount();
}

const idsOf = (account) => (account ? { uid: account.uid, gid: account.gid } : {});

/**
 * Creates a cluster in `dataDir` unless there is one. It is built under another name and moved into
 * place when complete, so that a start that was killed leaves nothing half-made behind.
 * @param {{ dataDir: string, password: string, durable?: boolean }} options
 * @returns {boolean} true when it was created now
 */
export function ensureCluster({ dataDir, password, durable = true }) {
  if (existsSync(join(dataDir, 'PG_VERSION'))) return false;
  const account = accountFor(dataDir);
  const native = runnableBinaries(account);
  const parent = dirname(dataDir);
  const draft = `${dataDir}${DRAFT}${randomBytes(6).toString('hex')}`;
  const passwordFile = `${draft}.password`;
  try {
    mkdirSync(parent, { recursive: true });
    removeDrafts(dataDir);
    mkdirSync(draft, { mode: 0o700 });
    writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
    if (account) for (const path of [draft, passwordFile]) chownSync(path, account.uid, account.gid);
    requireReach(parent, account);
    runInitdb({ native, account, draft, passwordFile, durable });
    renameSync(draft, dataDir);
    return true;
  } catch (error) {
    throw explainFileError(error, dataDir);
  } finally {
    rmSync(passwordFile, { force: true });
    rmSync(draft, { recursive: true, force: true });
  }
}

/** What killed starts left; an initdb that still writes there is no reason to wait. */
function removeDrafts(dataDir) {
  const parent = dirname(dataDir);
  for (const name of readdirSync(parent).filter((entry) =>
    entry.startsWith(`${basename(dataDir)}${DRAFT}`),
  )) {
    try {
      rmSync(join(parent, name), { recursive: true, force: true });
    } catch {
      // The next start tries again.
    }
  }
}

function requireReach(folder, account) {
  if (canReach(folder, account)) return;
  throw new StartError(
    `The account "${account.user}", as which Postgres runs, cannot reach ${folder}.`,
    'Set BULWARK_DATA_DIR to a folder that other users can enter, or start as an ordinary user.',
  );
}

function runInitdb({ native, account, draft, passwordFile, durable }) {
  const flags = [
    `--pgdata=${draft}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
    ...(durable ? [] : ['--no-sync']),
  ];
  const result = spawnSync(join(native, 'bin', 'initdb'), flags, {
    ...idsOf(account),
    cwd: draft,
    env: { PATH: process.env.PATH ?? '', LC_ALL: 'C', TZ: 'UTC' },
    encoding: 'utf8',
  });
  if (result.status === 0) return;
  const details = result.error?.message ?? result.stderr;
  refuseFullDisk(details);
  throw new StartError('The built-in Postgres could not create its database.', 'The lines below say why.', {
    details,
  });
}

function refuseFullDisk(details) {
  if (!/No space left/i.test(details)) return;
  const remedy = 'Free some space and start again.';
  throw new StartError('The disk is full: the database cannot write its files.', remedy, { details });
}

function readPidFile(dataDir) {
  try {
    return readFileSync(join(dataDir, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return [];
  }
}

/**
 * Ends what an earlier, killed start left behind in `dataDir`: a running postmaster, or a
 * postmaster.pid whose number now belongs to somebody else. A file whose process is gone is left for
 * Postgres: with it, it makes sure that no backend of the dead postmaster still writes.
 * @returns {Promise<'none' | 'stopped' | 'stale'>}
 */
export async function clearLeftovers(dataDir) {
  const pid = Number.parseInt(readPidFile(dataDir)[0] ?? '', 10);
  if (Number.isNaN(pid) || !isAlive(pid)) return 'none';
  if (commandLineOf(pid).includes(dataDir)) {
    await stopPostmaster(pid);
    return 'stopped';
  }
  for (const deadline = Date.now() + BACKENDS_LEAVE_MS; isWorkedIn(dataDir); ) {
    if (Date.now() > deadline) {
      throw new StartError(
        `Processes of an earlier Postgres still work in ${dataDir}.`,
        'End them and start again.',
      );
    }
    await sleep(100);
  }
  rmSync(join(dataDir, 'postmaster.pid'), { force: true });
  return 'stale';
}

async function stopPostmaster(pid) {
  signal(pid, 'SIGINT');
  if (await waitForExit(pid, 20_000)) return;
  await endProcess(pid, { ask: 'SIGQUIT' });
}

async function waitUntilReady(child, dataDir, logFile) {
  for (const deadline = Date.now() + 120_000; Date.now() < deadline; ) {
    const lines = readPidFile(dataDir);
    if (Number(lines[0]) === child.pid && lines[7]?.trim() === 'ready') return;
    if (child.exitCode !== null || child.signalCode !== null) {
      refuseFullDisk(tail(logFile));
      throw new StartError(
        'The built-in Postgres stopped while starting.',
        `The lines below are the end of ${logFile}.`,
        {
          details: tail(logFile),
        },
      );
    }
    await sleep(15);
  }
  throw new StartError('The built-in Postgres was not ready after two minutes.', `See ${logFile}.`, {
    details: tail(logFile),
  });
}

function tail(file, lines = 15) {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } catch {
    return '';
  }
}

/**
 * Starts Postgres on 127.0.0.1:`port` and waits until it accepts connections. Its output goes to
 * `logFile`, and it does not share our terminal's signals, so it is always the last to stop.
 * @param {{ dataDir: string, port: number, logFile: string, settings: Record<string, string> }} options
 * @returns {Promise<{ pid: number, exited: Promise<void>, stop(): Promise<void> }>}
 */
export async function startCluster({ dataDir, port, logFile, settings }) {
  const account = accountFor(dataDir);
  const native = runnableBinaries(account);
  requireReach(dataDir, account);
  const all = { ...COMMON_SETTINGS, ...settings, port: String(port) };
  const flags = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const log = openSync(logFile, 'a', 0o600);
  const child = spawn(join(native, 'bin', 'postgres'), ['-D', dataDir, ...flags], {
    ...idsOf(account),
    cwd: dataDir,
    detached: true,
    env: { PATH: process.env.PATH ?? '', LC_ALL: 'C', TZ: 'UTC' },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const exited = new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  await waitUntilReady(child, dataDir, logFile);
  return { pid: child.pid, exited, stop: () => stopPostmaster(child.pid) };
}

/** Lets the account that runs Postgres pass through a folder of ours without listing it. */
export function openPassage(folder) {
  if (isRoot()) chmodSync(folder, 0o711);
}
