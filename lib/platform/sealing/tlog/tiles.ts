import { concat, parseDecimal } from './bytes';
import { HASH_BYTES, type NodeId } from './merkle';

/** Tiles of c2sp.org/tlog-tiles: 256 hashes of one level in eight, as a finite set of immutable resources. */

export const TILE_WIDTH = 256;
const TILE_HEIGHT = 8;
const LEVEL_MAX = 63;
export const ENTRY_BYTES_MAX = 0xffff;

/** `level` counts tiles: the hashes of level 1 are the roots of full tiles of level 0. `entries`: an entry bundle. */
export interface Tile {
  level: number | 'entries';
  index: number;
  /** 1 to 256; below 256 it is a partial tile. */
  width: number;
}

const pad3 = (part: number) => String(part).padStart(3, '0');

/** The path below the log's prefix, for example `tile/0/x001/x234/067.p/112`. */
export function tilePath({ level, index, width }: Tile): string {
  const parts = [pad3(index % 1000)];
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    parts.unshift(`x${pad3(rest % 1000)}`);
  }
  return `tile/${level}/${parts.join('/')}${width === TILE_WIDTH ? '' : `.p/${width}`}`;
}

const TILE_PATH = /^tile\/(entries|[0-9]+)\/((?:x[0-9]{3}\/)*[0-9]{3})(?:\.p\/([0-9]+))?$/;

/** @returns null for anything that {@link tilePath} does not write */
export function parseTilePath(path: string): Tile | null {
  const [, levelText = '', indexText = '', widthText] = TILE_PATH.exec(path) ?? [];
  const level: Tile['level'] | null = levelText === 'entries' ? levelText : parseDecimal(levelText);
  const index = Number(indexText.replaceAll(/[x/]/g, ''));
  const width = widthText === undefined ? TILE_WIDTH : parseDecimal(widthText);
  if (level === null || width === null || width < 1 || !Number.isSafeInteger(index)) return null;
  if (level !== 'entries' && level > LEVEL_MAX) return null;
  const tile = { level, index, width };
  return tilePath(tile) === path ? tile : null;
}

/** How wide a tile is in the tree of `size` leaves; 0 where there is none. */
export function tileWidth(level: number, index: number, size: number): number {
  const hashes = Math.floor(size / TILE_WIDTH ** level);
  return Math.max(0, Math.min(TILE_WIDTH, hashes - index * TILE_WIDTH));
}

/** Every tile of the tree of `size` leaves, by level; entry bundles are those of level 0. */
export function* tilesOf(size: number): Generator<Tile & { level: number }> {
  for (let level = 0; Math.floor(size / TILE_WIDTH ** level) > 0; level++) {
    for (let index = 0; ; index++) {
      const width = tileWidth(level, index, size);
      if (width === 0) break;
      yield { level, index, width };
    }
  }
}

/** The tile that holds a node, or the nodes that it is the root of, and which of its hashes these are. */
export function tileOfNode({ level, index }: NodeId): {
  level: number;
  index: number;
  begin: number;
  end: number;
} {
  const tileLevel = Math.floor(level / TILE_HEIGHT);
  const span = 2 ** (level % TILE_HEIGHT);
  const first = index * span;
  const begin = first % TILE_WIDTH;
  return { level: tileLevel, index: Math.floor(first / TILE_WIDTH), begin, end: begin + span };
}

/** The nth hash of a tile. */
export function tileHash(tile: Uint8Array, n: number): Uint8Array {
  return tile.subarray(n * HASH_BYTES, (n + 1) * HASH_BYTES);
}

/** An entry bundle: each entry behind its length, in two bytes. @throws RangeError for an entry that is too long */
export function encodeEntries(entries: readonly Uint8Array[]): Uint8Array {
  return concat(
    ...entries.flatMap((entry) => {
      if (entry.length > ENTRY_BYTES_MAX) throw new RangeError(`An entry has ${entry.length} bytes.`);
      return [Uint8Array.of(entry.length >> 8, entry.length & 0xff), entry];
    }),
  );
}

/** @returns null where the bytes end within an entry */
export function decodeEntries(bundle: Uint8Array): Uint8Array[] | null {
  const entries: Uint8Array[] = [];
  for (let at = 0; at < bundle.length; ) {
    const [high, low] = [bundle[at], bundle[at + 1]];
    if (high === undefined || low === undefined) return null;
    const end = at + 2 + high * 256 + low;
    if (end > bundle.length) return null;
    entries.push(bundle.subarray(at + 2, end));
    at = end;
  }
  return entries;
}
