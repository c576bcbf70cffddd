import { fromBase64, parseDecimal, toBase64 } from './bytes';
import { HASH_BYTES } from './merkle';

/** Proofs of c2sp.org/tlog-proof: that an entry stands at an index of a tree, with the tree's checkpoint. */
export interface TlogProof {
  /** Not authenticated by anything. */
  extra: Uint8Array | null;
  index: number;
  /** From the leaf's sibling to the root's child. */
  hashes: readonly Uint8Array[];
  /** A signed note, verbatim. */
  checkpoint: string;
}

const HEADER = 'c2sp.org/tlog-proof@v1';
const HASHES_MAX = 63;

export function formatProof({ extra, index, hashes, checkpoint }: TlogProof): string {
  const lines = [
    HEADER,
    ...(extra ? [`extra ${toBase64(extra)}`] : []),
    `index ${index}`,
    ...hashes.map(toBase64),
  ];
  return `${lines.join('\n')}\n\n${checkpoint}`;
}

/** Hashes in base64, one in each line. @returns null where a line is none, or there are too many */
export function parseHashes(lines: readonly string[]): Uint8Array[] | null {
  const hashes = lines.map(fromBase64).filter((hash) => hash?.length === HASH_BYTES) as Uint8Array[];
  return hashes.length === lines.length && hashes.length <= HASHES_MAX ? hashes : null;
}

/** @returns null where the text is not of the form */
export function parseProof(text: string): TlogProof | null {
  const border = text.indexOf('\n\n');
  const [header, ...lines] = text.slice(0, Math.max(0, border)).split('\n');
  const extraText = lines[0]?.startsWith('extra ') ? lines.shift()?.slice('extra '.length) : undefined;
  const extra = extraText === undefined ? null : fromBase64(extraText);
  const indexLine = lines.shift() ?? '';
  const index = indexLine.startsWith('index ') ? parseDecimal(indexLine.slice('index '.length)) : null;
  const hashes = parseHashes(lines);
  const isExtraBroken = extraText !== undefined && extra === null;
  if (header !== HEADER || isExtraBroken || index === null || !hashes) return null;
  return { extra, index, hashes, checkpoint: text.slice(border + 2) };
}
