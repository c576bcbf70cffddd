import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** True while a process with this id exists; a zombie that waits for its parent does not count. */
export function isAlive(pid) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
  return processState(pid) !== 'Z';
}

function processState(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
  } catch {
    return null;
  }
}

/** The command line of a process, '' when it cannot be known. */
export function commandLineOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    try {
      const options = { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] };
      return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], options).trim();
    } catch {
      return '';
    }
  }
}

/** Tells a process from a later one with the same id: when it began. '' when it cannot be known. */
export function birthOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    try {
      const options = { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] };
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], options).trim();
    } catch {
      return '';
    }
  }
}

/** True while some process works in `folder`, as far as this user may know it. */
export function isWorkedIn(folder) {
  try {
    return readdirSync('/proc').some((name) => {
      try {
        return /^\d+$/.test(name) && readlinkSync(`/proc/${name}/cwd`) === folder;
      } catch {
        return false;
      }
    });
  } catch {
    return false;
  }
}

/** Waits until the process is gone; false when it is still there after `ms`. */
export async function waitForExit(pid, ms) {
  for (const deadline = Date.now() + ms; Date.now() < deadline; ) {
    if (!isAlive(pid)) return true;
    await sleep(50);
  }
  return !isAlive(pid);
}

export function signal(pid, name) {
  try {
    process.kill(pid, name);
  } catch {
    // Already gone: what the caller wanted.
  }
}

/** Ends a process that we started: asks first, then kills. */
export async function endProcess(pid, { ask = 'SIGTERM', patienceMs = 8_000 } = {}) {
  signal(pid, ask);
  if (await waitForExit(pid, patienceMs)) return;
  signal(pid, 'SIGKILL');
  await waitForExit(pid, 5_000);
}

const LISTENING = '0A';

function listeningSocketInodes(port) {
  const inodes = new Set();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    let text;
    try {
      text = readFileSync(table, 'utf8');
    } catch {
      continue;
    }
    for (const line of text.split('\n').slice(1)) {
      const fields = line.trim().split(/\s+/);
      const localPort = Number.parseInt(fields[1]?.split(':')[1] ?? '', 16);
      if (localPort === port && fields[3] === LISTENING && fields[9]) inodes.add(`socket:[${fields[9]}]`);
    }
  }
  return inodes;
}

function holdsOneOf(pid, inodes) {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => {
      try {
        return inodes.has(readlinkSync(`/proc/${pid}/fd/${fd}`));
      } catch {
        return false;
      }
    });
  } catch {
    return false;
  }
}

function pidByLsof(port) {
  try {
    const options = { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] };
    const pid = Number.parseInt(
      execFileSync('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-t'], options),
      10,
    );
    return Number.isNaN(pid) ? null : pid;
  } catch {
    return null;
  }
}

/** The process that listens on `port`, as far as this user may know it. */
export function listenerOn(port) {
  const inodes = listeningSocketInodes(port);
  if (inodes.size === 0) return process.platform === 'linux' ? null : pidByLsof(port);
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const pid = pids.find((candidate) => holdsOneOf(candidate, inodes));
  return pid ? Number(pid) : null;
}
