import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** The variable by which every process of a run is found again, wherever it moved. */
export const MARKER = 'BULWARK_SCAN_RUN';
/** Which process of Bulwark started it, as `<pid>:<start time>`. */
export const OWNER = 'BULWARK_SCAN_OWNER';
const PAGE_BYTES = 4_096;

export interface ProcessFacts {
  pid: number;
  parent: number;
  group: number;
  /** In clock ticks since boot; with the pid it names one process for good. */
  startedAt: string;
  threads: number;
  rssBytes: number;
  isZombie: boolean;
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return null;
  }
}

export function factsOf(pid: number): ProcessFacts | null {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === null) return null;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return {
    pid,
    isZombie: fields[0] === 'Z' || fields[0] === 'X',
    parent: Number(fields[1]),
    group: Number(fields[2]),
    threads: Number(fields[17]),
    startedAt: fields[19] ?? '',
    rssBytes: Number(fields[21]) * PAGE_BYTES,
  };
}

function everyPid(): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

function variable(pid: number, name: string): string | null {
  const text = read(`/proc/${pid}/environ`);
  const entry = text?.split('\0').find((one) => one.startsWith(`${name}=`));
  return entry === undefined ? null : entry.slice(name.length + 1);
}

function ownerUid(pid: number): number | null {
  const found = /^Uid:\s+(\d+)/m.exec(read(`/proc/${pid}/status`) ?? '');
  return found ? Number(found[1]) : null;
}

export const thisProcess = (): string => `${process.pid}:${factsOf(process.pid)?.startedAt ?? ''}`;

function isAlive(owner: string): boolean {
  const [pid, startedAt] = owner.split(':');
  return factsOf(Number(pid))?.startedAt === startedAt;
}

/** Threads of this user, for a limit that counts them. */
export function threadsOfUser(): number {
  const uid = process.getuid?.();
  return everyPid().reduce(
    (sum, pid) => (ownerUid(pid) === uid ? sum + (factsOf(pid)?.threads ?? 1) : sum),
    0,
  );
}

/** Follows the processes of one run: by its marker, its own user, its group, and as descendants once seen. */
export class RunProcesses {
  private readonly known = new Map<number, string>();

  constructor(
    private readonly runId: string,
    private readonly uid: number | null,
  ) {}

  /** Those that live, and are not this process. */
  living(root: number | null): ProcessFacts[] {
    const found: ProcessFacts[] = [];
    const all = everyPid().flatMap((pid) => factsOf(pid) ?? []);
    const taken = new Set<number>(root === null ? [] : [root]);
    for (const [pid, startedAt] of this.known) if (factsOf(pid)?.startedAt === startedAt) taken.add(pid);
    for (let size = -1; size !== taken.size; ) {
      size = taken.size;
      for (const one of all) {
        if (taken.has(one.parent) || (root !== null && one.group === root)) taken.add(one.pid);
      }
    }
    for (const one of all) {
      if (one.pid === process.pid || one.isZombie) continue;
      const isOurs =
        taken.has(one.pid) ||
        (this.uid !== null && ownerUid(one.pid) === this.uid) ||
        variable(one.pid, MARKER) === this.runId;
      if (!isOurs) continue;
      this.known.set(one.pid, one.startedAt);
      found.push(one);
    }
    return found;
  }

  /** Kills until nothing is left. @returns whether nothing is */
  async killAll(root: number | null): Promise<boolean> {
    for (let turn = 0; turn < 100; turn++) {
      const left = this.living(root);
      if (left.length === 0) return true;
      for (const { pid } of left) kill(pid);
      await sleep(20 + turn);
    }
    return false;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/** Kills what workers that are gone left running. @returns how many */
export function killOrphans(): number {
  let killed = 0;
  for (const pid of everyPid()) {
    if (pid === process.pid) continue;
    const owner = variable(pid, OWNER);
    if (owner === null || isAlive(owner)) continue;
    kill(pid);
    killed += 1;
  }
  return killed;
}

function placeOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
}

/**
 * Kills what still works in a directory, or runs as its user: what forgot its marker and its parents.
 * @param uid null where other runs, or Bulwark, may have the same user
 */
export function killThoseIn(folder: string, uid: number | null): void {
  for (const pid of everyPid()) {
    if (pid === process.pid) continue;
    const place = placeOf(pid);
    const isInside = place === folder || place.startsWith(`${folder}/`);
    if (isInside || (uid !== null && ownerUid(pid) === uid)) kill(pid);
  }
}

/** Whether the process that owns a scratch directory is gone; its name ends with the owner. */
export const isOwnerGone = (owner: string): boolean => !isAlive(owner);
