import { mkdir, readdir, readFile, rename, rm, rmdir, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { newId } from '@/lib/platform/core/ids';

const LOCK = 'lock';
const BEAT_MS = 5_000;
/** After so long without a beat the gate that held a folder is gone. */
const STALE_MS = 30_000;

/** Folders that gates of this very process hold. */
const held = new Set<string>();

interface Lock {
  pid: number;
  host: string;
}

/**
 * A folder of this gate alone below `dir`, with a lock that beats. It appears with its lock in it, so that nobody takes
 * it for an orphan.
 * @returns the folder, and what ends the hold; files in it stay for the next gate
 */
export async function holdFolder(dir: string): Promise<{ folder: string; release: () => Promise<void> }> {
  const id = newId();
  const hidden = join(dir, `.${id}`);
  const folder = join(dir, id);
  await mkdir(hidden, { mode: 0o700 });
  await writeFile(join(hidden, LOCK), JSON.stringify({ pid: process.pid, host: hostname() } satisfies Lock), {
    mode: 0o600,
  });
  await rename(hidden, folder);
  held.add(folder);
  const lock = join(folder, LOCK);
  const beat = setInterval(() => {
    const now = new Date();
    utimes(lock, now, now).catch(() => undefined);
  }, BEAT_MS).unref();
  const release = async () => {
    clearInterval(beat);
    held.delete(folder);
    await rm(lock, { force: true });
    await rmdir(folder).catch(() => undefined);
  };
  return { folder, release };
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** A process of this host is asked for; another host's gate must beat. Our own pid in another's lock is an earlier life's. */
async function isOrphan(folder: string): Promise<boolean> {
  const path = join(folder, LOCK);
  if (held.has(folder)) return false;
  const beaten = await stat(path).catch(() => null);
  if (!beaten) return true;
  if (Date.now() - beaten.mtimeMs > STALE_MS) return true;
  const lock: Partial<Lock> = await readFile(path, 'utf8').then(JSON.parse, () => ({}));
  if (lock.host !== hostname() || typeof lock.pid !== 'number') return false;
  return lock.pid === process.pid || !isRunning(lock.pid);
}

/**
 * Moves what gates that are gone left behind into our folder. Renaming a file succeeds for one taker only.
 * @returns how many files were taken
 */
export async function adoptOrphans(dir: string, own: string): Promise<number> {
  let taken = 0;
  for (const found of await readdir(dir, { withFileTypes: true })) {
    const folder = join(dir, found.name);
    if (!found.isDirectory() || found.name.startsWith('.') || folder === own || !(await isOrphan(folder)))
      continue;
    const names = await readdir(folder).catch(() => []);
    for (const name of names) {
      if (name === LOCK || name.startsWith('.')) continue;
      const target = name.endsWith('.spill') ? name : `${found.name}-${name}`;
      taken += await rename(join(folder, name), join(own, target)).then(
        () => 1,
        () => 0,
      );
    }
    await rm(join(folder, LOCK), { force: true });
    await rmdir(folder).catch(() => undefined);
  }
  return taken;
}
