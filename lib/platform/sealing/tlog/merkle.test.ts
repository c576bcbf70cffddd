import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex, utf8 } from './bytes';
import {
  CompactRange,
  consistencyRanges,
  EMPTY_ROOT,
  type HashOf,
  inclusionRanges,
  leafHash,
  nodeHash,
  rangeHash,
  verifyConsistency,
  verifyInclusion,
} from './merkle';
import { sha256 } from './primitives';

const VECTORS = join(process.cwd(), '../shared/vectors/merkle');
const hasVectors = existsSync(VECTORS);
const bytes = (base64: string) => new Uint8Array(Buffer.from(base64, 'base64'));

/** The definition of RFC 6962 2.1, word for word: slow, and not what is tested. */
function definedRoot(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return sha256(new Uint8Array());
  const [only] = leaves;
  if (only && leaves.length === 1) return leafHash(only);
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return nodeHash(definedRoot(leaves.slice(0, split)), definedRoot(leaves.slice(split)));
}

const entry = (n: number) => utf8(`entry ${n}`);
const entries = (count: number) => Array.from({ length: count }, (_, n) => entry(n));
const hashOf: HashOf = ({ level, index }) =>
  definedRoot(Array.from({ length: 2 ** level }, (_, n) => entry(index * 2 ** level + n)));

describe('Merkle tree of RFC 6962', () => {
  it('hashes the empty tree and the empty leaf as the RFC says', () => {
    expect(toHex(EMPTY_ROOT)).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(toHex(CompactRange.empty().root())).toBe(toHex(EMPTY_ROOT));
    expect(toHex(leafHash(new Uint8Array()))).toBe(
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    );
  });

  it('knows the root of every size, and each node that an append completes', () => {
    const range = CompactRange.empty();
    for (let size = 1; size <= 70; size++) {
      range.append(leafHash(entry(size - 1)), 0, (node, hash) =>
        expect(toHex(hash)).toBe(toHex(hashOf(node))),
      );
      expect(toHex(range.root())).toBe(toHex(definedRoot(entries(size))));
      expect(toHex(CompactRange.of(size, range.parts).root())).toBe(toHex(range.root()));
      expect(toHex(rangeHash({ begin: 0, end: size }, hashOf))).toBe(toHex(range.root()));
    }
  });

  it('appends whole subtrees where they fit, and nowhere else', () => {
    const range = CompactRange.empty();
    range.append(hashOf({ level: 3, index: 0 }), 3);
    range.append(hashOf({ level: 1, index: 4 }), 1);
    expect(toHex(range.root())).toBe(toHex(definedRoot(entries(10))));
    expect(() => range.append(hashOf({ level: 2, index: 3 }), 2)).toThrow(RangeError);
    expect(() => CompactRange.of(10, [EMPTY_ROOT])).toThrow(RangeError);
  });

  it('proves each leaf of each tree, and refuses any other leaf, index, size and root', () => {
    for (let size = 1; size <= 33; size++) {
      const root = definedRoot(entries(size));
      for (let index = 0; index < size; index++) {
        const proof = inclusionRanges(index, size).map((range) => rangeHash(range, hashOf));
        const leaf = leafHash(entry(index));
        expect(verifyInclusion(index, size, leaf, proof, root)).toBe(true);
        expect(verifyInclusion(index, size, leafHash(entry(index + 1)), proof, root)).toBe(false);
        expect(verifyInclusion((index + 1) % (size + 1), size, leaf, proof, root)).toBe(false);
        expect(verifyInclusion(index, size, leaf, [...proof, root], root)).toBe(false);
        expect(verifyInclusion(index, size, leaf, proof, EMPTY_ROOT)).toBe(false);
        expect(verifyInclusion(index, size, leaf.subarray(1), proof, root)).toBe(false);
      }
    }
  });

  it('proves that a tree begins with each smaller one, and refuses other roots', () => {
    for (let size = 1; size <= 33; size++) {
      const newer = { size, root: definedRoot(entries(size)) };
      for (let old = 1; old <= size; old++) {
        const older = { size: old, root: definedRoot(entries(old)) };
        const proof = consistencyRanges(old, size).map((range) => rangeHash(range, hashOf));
        expect(verifyConsistency(older, newer, proof)).toBe(true);
        expect(verifyConsistency({ ...older, root: EMPTY_ROOT }, newer, proof)).toBe(false);
        expect(verifyConsistency(older, { ...newer, root: EMPTY_ROOT }, proof)).toBe(false);
        expect(verifyConsistency(older, newer, [...proof, EMPTY_ROOT])).toBe(false);
        if (old < size) expect(verifyConsistency(newer, older, proof)).toBe(false);
      }
      expect(verifyConsistency({ size: 0, root: EMPTY_ROOT }, newer, [])).toBe(false);
    }
  });

  it('refuses a proof with any bit flipped', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 40 }), fc.nat(), fc.nat(), fc.nat(255), (size, a, b, bit) => {
        const index = a % size;
        const proof = inclusionRanges(index, size).map((range) => rangeHash(range, hashOf).slice());
        const flipped = proof[b % proof.length];
        if (flipped) flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        return !verifyInclusion(index, size, leafHash(entry(index)), proof, definedRoot(entries(size)));
      }),
    );
  });

  it('counts leaves beyond 32 bits', () => {
    const size = 2 ** 40 + 5;
    const last = leafHash(entry(1));
    const range = CompactRange.of(2 ** 40 + 4, [leafHash(entry(2)), leafHash(entry(3))]);
    const proof = range.parts.slice().reverse();
    range.append(last);
    expect(range.size).toBe(size);
    expect(verifyInclusion(size - 1, size, last, proof, range.root())).toBe(true);
    expect(inclusionRanges(size - 1, size)).toEqual([
      { begin: 2 ** 40, end: 2 ** 40 + 4 },
      { begin: 0, end: 2 ** 40 },
    ]);
  });
});

const shared = hasVectors ? describe : describe.skip;
interface InclusionVector {
  leafIdx: number;
  treeSize: number;
  root: string;
  leafHash: string;
  proof: string[] | null;
  wantErr: boolean;
}
interface ConsistencyVector {
  size1: number;
  size2: number;
  root1: string;
  root2: string;
  proof: string[] | null;
  wantErr: boolean;
}
const vectorsOf = (kind: string) =>
  globSync(join(VECTORS, `transparency-dev-merkle/testdata/${kind}/**/*.json`)).map((path) => ({
    path,
    text: readFileSync(path, 'utf8'),
  }));

shared('the vectors of ../shared/vectors/merkle (skipped where the folder is absent)', () => {
  it('agrees with all 98 inclusion proofs', () => {
    const vectors = vectorsOf('inclusion');
    expect(vectors).toHaveLength(98);
    for (const { path, text } of vectors) {
      const vector: InclusionVector = JSON.parse(text);
      const proof = (vector.proof ?? []).map(bytes);
      const leaf = bytes(vector.leafHash ?? '');
      const isValid = verifyInclusion(vector.leafIdx, vector.treeSize, leaf, proof, bytes(vector.root ?? ''));
      expect(isValid, path).toBe(!vector.wantErr);
    }
  });

  it('agrees with all 98 consistency proofs', () => {
    const vectors = vectorsOf('consistency');
    expect(vectors).toHaveLength(98);
    for (const { path, text } of vectors) {
      const { size1, size2, root1, root2, proof, wantErr }: ConsistencyVector = JSON.parse(text);
      const older = { size: size1, root: bytes(root1 ?? '') };
      const newer = { size: size2, root: bytes(root2 ?? '') };
      expect(verifyConsistency(older, newer, (proof ?? []).map(bytes)), path).toBe(!wantErr);
    }
  });

  it('makes the golden nodes and roots of sizes 0 to 8', () => {
    const golden: {
      leafInputsHex: string[];
      nodeHashesHexByLevel: string[][];
      rootHashesHexByTreeSize: string[];
    } = JSON.parse(readFileSync(join(VECTORS, 'rfc6962-golden.json'), 'utf8'));
    const range = CompactRange.empty();
    expect(toHex(range.root())).toBe(golden.rootHashesHexByTreeSize[0]);
    for (const input of golden.leafInputsHex) {
      range.append(leafHash(new Uint8Array(Buffer.from(input, 'hex'))), 0, ({ level, index }, hash) =>
        expect(toHex(hash)).toBe(golden.nodeHashesHexByLevel[level]?.[index]),
      );
      expect(toHex(range.root())).toBe(golden.rootHashesHexByTreeSize[range.size]);
    }
  });
});
