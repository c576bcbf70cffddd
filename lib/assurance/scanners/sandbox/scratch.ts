import { chmod, chown, lstat, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isOwnerGone, killThoseIn, thisProcess } from './processes';

const PREFIX = 'bulwark-scan-';

const OWN_USERS_FROM = 61_000;
const OWN_USERS = 4_000;

/** A user for a run, that no other run has, as far as root can choose one. */
export const runUser = (runId: string): number =>
  OWN_USERS_FROM + (Number.parseInt(runId.replaceAll('-', '').slice(-8), 16) % OWN_USERS);

const isRunUser = (uid: number): boolean => uid >= OWN_USERS_FROM && uid < OWN_USERS_FROM + OWN_USERS;

/** A directory for one run, named after its owner so that another worker can tell whether it was left behind. */
export async function makeScratch(uid: number | null): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), `${PREFIX}${thisProcess().replace(':', '.')}-`));
  await chmod(path, 0o700);
  for (const name of ['tree', 'config', 'home']) await mkdir(join(path, name), { mode: 0o700 });
  if (uid !== null) await giveTo(path, uid);
  return path;
}

/** Hands a directory and all below it to the user of a run. */
export async function giveTo(path: string, uid: number): Promise<void> {
  const facts = await lstat(path);
  if (facts.isSymbolicLink()) return;
  await chown(path, uid, uid);
  if (!facts.isDirectory()) return;
  for (const name of await readdir(path)) await giveTo(join(path, name), uid);
}

export const removeScratch = (path: string): Promise<void> =>
  rm(path, { recursive: true, force: true, maxRetries: 5 });

/** The scratch directories of this machine, with their user and whether their worker is gone. */
async function everyScratch() {
  const found: { path: string; uid: number; isLeft: boolean }[] = [];
  for (const name of await readdir(tmpdir())) {
    const [, pid, startedAt] = /^bulwark-scan-(\d+)\.(\d*)-/.exec(name) ?? [];
    const path = join(tmpdir(), name);
    const facts = pid ? await lstat(path).catch(() => null) : null;
    if (facts?.isDirectory())
      found.push({ path, uid: facts.uid, isLeft: isOwnerGone(`${pid}:${startedAt}`) });
  }
  return found;
}

/** Removes what workers that are gone left on this machine, and kills what works in it. @returns how many */
export async function removeOldScratch(): Promise<number> {
  const all = await everyScratch();
  const left = all.filter(({ isLeft }) => isLeft);
  const taken = new Set(all.filter(({ isLeft }) => !isLeft).map(({ uid }) => uid));
  for (const { path, uid } of left) {
    killThoseIn(path, isRunUser(uid) && !taken.has(uid) ? uid : null);
    await removeScratch(path);
  }
  return left.length;
}
