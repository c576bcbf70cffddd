import { fromBase64, parseDecimal, toBase64 } from './bytes';
import { HASH_BYTES, type TreeHead } from './merkle';

/** The text of checkpoints of c2sp.org/tlog-checkpoint. */
export interface Checkpoint extends TreeHead {
  origin: string;
  /** Not covered by ML-DSA-44 signatures; Bulwark writes none. */
  extensions: readonly string[];
}

export function formatCheckpoint({ origin, size, root }: Omit<Checkpoint, 'extensions'>): string {
  return `${origin}\n${size}\n${toBase64(root)}\n`;
}

/** @param text of a note, with its last line end @returns null where it is no checkpoint */
export function parseCheckpoint(text: string): Checkpoint | null {
  if (!text.endsWith('\n')) return null;
  const [origin = '', sizeText = '', rootText = '', ...extensions] = text.slice(0, -1).split('\n');
  const size = parseDecimal(sizeText);
  const root = fromBase64(rootText);
  if (origin === '' || size === null || root?.length !== HASH_BYTES || extensions.includes('')) return null;
  return { origin, size, root, extensions };
}
