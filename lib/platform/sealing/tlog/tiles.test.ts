import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, toHex, utf8 } from './bytes';
import { parseCheckpoint } from './checkpoint';
import { CompactRange, leafHash } from './merkle';
import { parseNote, parseVkey } from './note';
import { verifySignatures } from './signature';
import {
  decodeEntries,
  encodeEntries,
  parseTilePath,
  tileOfNode,
  tilePath,
  tilesOf,
  tileWidth,
} from './tiles';

const LOG = join(process.cwd(), '../shared/vectors/merkle/tessera-testdata-log');

describe('tiles of c2sp.org/tlog-tiles', () => {
  it('writes and reads paths as the specification spells them', () => {
    const tile = { level: 0, index: 1_234_067, width: 256 };
    expect(tilePath(tile)).toBe('tile/0/x001/x234/067');
    expect(tilePath({ ...tile, index: 67, width: 112 })).toBe('tile/0/067.p/112');
    expect(tilePath({ level: 'entries', index: 0, width: 1 })).toBe('tile/entries/000.p/1');
    for (const path of [
      'tile/0/67',
      'tile/00/067',
      'tile/64/067',
      'tile/0/x000/067',
      'tile/0/001/234',
      'tile/0/x001/x234',
      'tile/0/067.p/0',
      'tile/0/067.p/256',
      'tile/0/067.p/01',
      'tile/-1/067',
      'tile/data/067',
      'tile/0/067/',
      'TILE/0/067',
    ]) {
      expect(parseTilePath(path), path).toBeNull();
    }
  });

  it('reads back every path that it writes', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.nat(63), fc.constant('entries' as const)),
        fc.nat({ max: 2 ** 31 - 1 }),
        fc.integer({ min: 1, max: 256 }),
        (level, index, width) => {
          const tile = { level, index, width };
          expect(parseTilePath(tilePath(tile))).toEqual(tile);
        },
      ),
    );
  });

  it('cuts 70,000 leaves and 256 leaves as the specification does', () => {
    const count = (size: number) => {
      const tiles = [...tilesOf(size)];
      return tiles
        .map(({ level, width }) => `${level}:${width}`)
        .reduce<Record<string, number>>((all, key) => {
          all[key] = (all[key] ?? 0) + 1;
          return all;
        }, {});
    };
    expect(count(70_000)).toEqual({ '0:256': 273, '0:112': 1, '1:256': 1, '1:17': 1, '2:1': 1 });
    expect(count(256)).toEqual({ '0:256': 1, '1:1': 1 });
    expect(count(255)).toEqual({ '0:255': 1 });
    expect(count(0)).toEqual({});
    expect(tileWidth(0, 1, 256)).toBe(0);
  });

  it('finds the tile and the hashes below any node', () => {
    expect(tileOfNode({ level: 0, index: 300 })).toEqual({ level: 0, index: 1, begin: 44, end: 45 });
    expect(tileOfNode({ level: 7, index: 3 })).toEqual({ level: 0, index: 1, begin: 128, end: 256 });
    expect(tileOfNode({ level: 8, index: 3 })).toEqual({ level: 1, index: 0, begin: 3, end: 4 });
    expect(tileOfNode({ level: 10, index: 2 })).toEqual({ level: 1, index: 0, begin: 8, end: 12 });
  });

  it('bundles entries, up to 65,535 bytes each', () => {
    const entries = [utf8('one'), new Uint8Array(), new Uint8Array(65_535).fill(7)];
    const bundle = encodeEntries(entries);
    expect(decodeEntries(bundle)?.map(toHex)).toEqual(entries.map(toHex));
    expect(decodeEntries(bundle.subarray(0, -1))).toBeNull();
    expect(decodeEntries(Uint8Array.of(0))).toBeNull();
    expect(() => encodeEntries([new Uint8Array(65_536)])).toThrow(RangeError);
  });
});

const shared = existsSync(LOG) ? describe : describe.skip;
const TESSERA_KEY = 'example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx';

shared('the log of ../shared/vectors/merkle (skipped where the folder is absent)', () => {
  const file = (path: string) => new Uint8Array(readFileSync(join(LOG, path)));

  it('is served byte for byte: every entry bundle, tile and checkpoint', () => {
    const entries = decodeEntries(file('tile/entries/000.p/15')) ?? [];
    expect(entries).toHaveLength(15);
    const range = CompactRange.empty();
    const leaves: Uint8Array[] = [];
    for (const entry of entries) {
      const hash = leafHash(entry);
      leaves.push(hash);
      range.append(hash);
      const { size } = range;
      for (const { level, index, width } of tilesOf(size)) {
        expect(level).toBe(0);
        expect(toHex(concat(...leaves))).toBe(toHex(file(tilePath({ level, index, width }))));
        const path = tilePath({ level: 'entries', index, width });
        expect(toHex(encodeEntries(entries.slice(0, size)))).toBe(toHex(file(path)));
      }
      const note = parseNote(file(`checkpoint.${size}`));
      expect(verifySignatures(note, [parseVkey(TESSERA_KEY)])).toHaveLength(1);
      expect(parseCheckpoint(note.text)).toEqual({
        origin: 'example.com/log/testdata',
        size,
        root: new Uint8Array(range.root()),
        extensions: [],
      });
    }
  });
});
