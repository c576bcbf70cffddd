import { readFile } from 'node:fs/promises';
import { writeFileAtomic } from '@/lib/platform/core/atomic-file';
import { fromBase64, parseDecimal, toBase64 } from '../tlog/bytes';
import { HASH_BYTES, type TreeHead } from '../tlog/merkle';

/**
 * What is kept of the log outside the database: LOG_CHECKPOINT_FILE is the newest checkpoint of the installation, a signed
 * note; beside it `<file>.heads` has a line `<origin> <size> <root>` for each tree.
 */

export interface NamedHead extends TreeHead {
  origin: string;
}

const headsPath = (path: string) => `${path}.heads`;

async function readIfThere(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
}

function parseHead(line: string): NamedHead[] {
  const [origin = '', sizeText = '', rootText = ''] = line.split(' ');
  const size = parseDecimal(sizeText);
  const root = fromBase64(rootText);
  return size !== null && root?.length === HASH_BYTES ? [{ origin, size, root }] : [];
}

/** The heads by origin; empty where nothing was kept. */
export async function readHeads(path: string): Promise<Map<string, NamedHead>> {
  const heads = ((await readIfThere(headsPath(path))) ?? '').split('\n').flatMap(parseHead);
  return new Map(heads.map((head) => [head.origin, head]));
}

/** The signed note; null where there is no file. */
export const readKeptNote = (path: string): Promise<string | null> => readIfThere(path);

/** The heads first: they may be ahead of the note, never behind it. @param heads only those that have changed */
export async function writeCheckpointFile(
  path: string,
  note: string,
  heads: readonly NamedHead[],
): Promise<void> {
  if (heads.length > 0) {
    const known = await readHeads(path);
    for (const head of heads) known.set(head.origin, head);
    const lines = [...known.values()].map(
      ({ origin, size, root }) => `${origin} ${size} ${toBase64(root)}\n`,
    );
    await writeFileAtomic(headsPath(path), lines.join(''), 0o644);
  }
  await writeFileAtomic(path, note, 0o644);
}
