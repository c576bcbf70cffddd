import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from '@/lib/platform/core/atomic-file';
import { fromBase64, toBase64 } from '../tlog/bytes';
import type { TreeHead } from '../tlog/merkle';
import { SEED_BYTES } from '../tlog/signer';

const stateFile = z.object({
  v: z.literal(1),
  logs: z.record(z.string(), z.object({ size: z.number().int().min(0), root: z.string(), note: z.string() })),
});

/** What the witness cosigned last of one log, with the note that it served. */
export interface Witnessed extends TreeHead {
  note: string;
}

/** The folder cannot be used; `message` says why. */
export class WitnessStoreError extends Error {
  override readonly name = 'WitnessStoreError';
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

async function readIfThere(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
}

/** Two witnesses over one store could both cosign: the second one does not start. */
async function lockFolder(path: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      const file = await open(path, 'wx', 0o600);
      await file.writeFile(`${process.pid}\n`);
      await file.close();
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const pid = Number((await readIfThere(path)) ?? '');
    if (attempt > 0 || (pid > 0 && pid !== process.pid && isAlive(pid))) {
      throw new WitnessStoreError(
        `Another witness uses this folder (process ${pid}). If there is none, delete ${path}.`,
      );
    }
    await unlink(path).catch(() => undefined);
  }
}

/** A file whose loss or damage must never look like "nothing seen yet": that would cosign a second history. */
function parseState(text: string, path: string): Map<string, Witnessed> {
  try {
    const { logs } = stateFile.parse(JSON.parse(text));
    return new Map(
      Object.entries(logs).map(([origin, { size, root, note }]) => {
        const bytes = fromBase64(root);
        if (bytes?.length !== 32) throw new Error('A root is damaged.');
        return [origin, { size, root: bytes, note }];
      }),
    );
  } catch {
    throw new WitnessStoreError(`${path} is damaged. Restore it from a copy; do not delete it.`);
  }
}

/** All that a witness remembers: its key and, in one file, the newest tree head of each log. */
export class WitnessStore {
  private constructor(
    private readonly folder: string,
    readonly seed: Uint8Array,
    private readonly heads: Map<string, Witnessed>,
  ) {}

  /** @throws WitnessStoreError */
  static async open(folder: string): Promise<WitnessStore> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await lockFolder(join(folder, 'lock'));
    const keyPath = join(folder, 'key');
    const statePath = join(folder, 'state.json');
    const [key, state] = [await readIfThere(keyPath), await readIfThere(statePath)];
    if (state !== null && key === null) {
      throw new WitnessStoreError(
        `${keyPath} is missing, though this witness has cosigned before. Restore it from a copy.`,
      );
    }
    const seed = key === null ? new Uint8Array(randomBytes(SEED_BYTES)) : fromBase64(key.trim());
    if (seed?.length !== SEED_BYTES)
      throw new WitnessStoreError(`${keyPath} is damaged. Restore it from a copy.`);
    if (key === null) await writeFileAtomic(keyPath, `${toBase64(seed)}\n`);
    return new WitnessStore(folder, seed, state === null ? new Map() : parseState(state, statePath));
  }

  /** The logs that it has cosigned. */
  origins(): string[] {
    return [...this.heads.keys()];
  }

  get(origin: string): Witnessed | null {
    return this.heads.get(origin) ?? null;
  }

  /** Written through to the disk before it counts. The caller compares and keeps in one turn. */
  async keep(origin: string, head: Witnessed): Promise<void> {
    const next = new Map(this.heads).set(origin, head);
    const logs = Object.fromEntries(
      [...next].map(([name, { size, root, note }]) => [name, { size, root: toBase64(root), note }]),
    );
    await writeFileAtomic(join(this.folder, 'state.json'), `${JSON.stringify({ v: 1, logs }, null, 2)}\n`);
    this.heads.set(origin, head);
  }

  async close(): Promise<void> {
    await unlink(join(this.folder, 'lock')).catch(() => undefined);
  }
}
