import { chmod, chown, lstat, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isOwnerGone, thisProcess } from './processes';

const PREFIX = 'bulwark-scan-';

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

/** Removes what workers that are gone left on this machine. @returns how many */
export async function removeOldScratch(): Promise<number> {
  let removed = 0;
  for (const name of await readdir(tmpdir())) {
    const [, pid, startedAt] = /^bulwark-scan-(\d+)\.(\d*)-/.exec(name) ?? [];
    if (!pid || !isOwnerGone(`${pid}:${startedAt}`)) continue;
    await removeScratch(join(tmpdir(), name));
    removed += 1;
  }
  return removed;
}
