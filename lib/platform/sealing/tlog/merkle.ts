import { concat, equalBytes } from './bytes';
import { sha256 } from './primitives';

/**
 * Merkle trees of RFC 6962 section 2.1 (the same as RFC 9162), over SHA-256. Sizes and indexes are integers up to 2^53 - 1, so
 * halving is arithmetic here: bit operations would cut them to 32 bits.
 */

export const HASH_BYTES = 32;
const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

export const EMPTY_ROOT = sha256(new Uint8Array(0));

export const leafHash = (entry: Uint8Array): Uint8Array => sha256(concat(LEAF, entry));

export const nodeHash = (left: Uint8Array, right: Uint8Array): Uint8Array =>
  sha256(concat(NODE, left, right));

const isOdd = (value: number) => value % 2 === 1;
const half = (value: number) => Math.floor(value / 2);

/** The largest power of two below `size`, which is at least 2: where RFC 6962 splits a tree. */
function splitOf(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}

/** A perfect subtree: the leaves `[index * 2^level, (index + 1) * 2^level)`. */
export interface NodeId {
  level: number;
  index: number;
}

/** The leaves `[begin, end)`. */
export interface LeafRange {
  begin: number;
  end: number;
}

/** The fewest perfect subtrees that cover a range, left to right. */
export function nodesOf({ begin, end }: LeafRange): NodeId[] {
  const nodes: NodeId[] = [];
  for (let at = begin; at < end; ) {
    let level = 0;
    let width = 1;
    while (at % (width * 2) === 0 && at + width * 2 <= end) {
      width *= 2;
      level += 1;
    }
    nodes.push({ level, index: at / width });
    at += width;
  }
  return nodes;
}

/** The root over hashes of perfect subtrees that shrink from left to right. */
export function foldRight(hashes: readonly Uint8Array[]): Uint8Array {
  return hashes.reduceRight((right, left) => nodeHash(left, right));
}

export type HashOf = (node: NodeId) => Uint8Array;

/** The hash over a range that is a subtree of RFC 6962, from the hashes of its perfect subtrees. */
export function rangeHash(range: LeafRange, hashOf: HashOf): Uint8Array {
  return foldRight(nodesOf(range).map(hashOf));
}

/** The subtrees whose hashes are the inclusion proof of a leaf, from the leaf's sibling to the root's child. */
export function inclusionRanges(index: number, size: number): LeafRange[] {
  if (index < 0 || index >= size) throw new RangeError(`Leaf ${index} is not in a tree of ${size} leaves.`);
  const ranges: LeafRange[] = [];
  for (let begin = 0, end = size; end - begin > 1; ) {
    const middle = begin + splitOf(end - begin);
    if (index < middle) {
      ranges.unshift({ begin: middle, end });
      end = middle;
    } else {
      ranges.unshift({ begin, end: middle });
      begin = middle;
    }
  }
  return ranges;
}

/** The subtrees whose hashes are the consistency proof from `old` to `size` leaves (RFC 6962 2.1.2); none for equal sizes. */
export function consistencyRanges(old: number, size: number): LeafRange[] {
  if (old < 1 || old > size)
    throw new RangeError(`No consistency proof leads from ${old} to ${size} leaves.`);
  const ranges: LeafRange[] = [];
  let begin = 0;
  let end = size;
  let isKnown = true;
  while (end !== old) {
    const middle = begin + splitOf(end - begin);
    if (old <= middle) {
      ranges.unshift({ begin: middle, end });
      end = middle;
    } else {
      ranges.unshift({ begin, end: middle });
      begin = middle;
      isKnown = false;
    }
  }
  if (!isKnown) ranges.unshift({ begin, end });
  return ranges;
}

const isHash = (bytes: Uint8Array) => bytes.length === HASH_BYTES;
const isSize = (value: number) => Number.isSafeInteger(value) && value >= 0;

/** Whether the proof leads from the leaf at `index` to the root of the tree of `size` leaves (RFC 9162 2.1.3.2). */
export function verifyInclusion(
  index: number,
  size: number,
  leaf: Uint8Array,
  proof: readonly Uint8Array[],
  root: Uint8Array,
): boolean {
  if (!isSize(index) || !isSize(size) || index >= size) return false;
  if (![leaf, root, ...proof].every(isHash)) return false;
  let at = index;
  let last = size - 1;
  let hash = leaf;
  for (const sibling of proof) {
    if (last === 0) return false;
    if (isOdd(at) || at === last) {
      hash = nodeHash(sibling, hash);
      while (!isOdd(at) && at !== 0) {
        at = half(at);
        last = half(last);
      }
    } else {
      hash = nodeHash(hash, sibling);
    }
    at = half(at);
    last = half(last);
  }
  return last === 0 && equalBytes(hash, root);
}

export interface TreeHead {
  size: number;
  root: Uint8Array;
}

/**
 * Whether the proof shows that the newer tree begins with the older one (RFC 9162 2.1.4.2). From the empty tree there is no
 * proof: nothing is compared, so `false`.
 */
export function verifyConsistency(older: TreeHead, newer: TreeHead, proof: readonly Uint8Array[]): boolean {
  if (!isSize(older.size) || !isSize(newer.size) || older.size < 1 || older.size > newer.size) return false;
  if (older.size === newer.size) return proof.length === 0 && equalBytes(older.root, newer.root);
  if (![older.root, newer.root, ...proof].every(isHash)) return false;
  let at = older.size - 1;
  let last = newer.size - 1;
  while (isOdd(at)) {
    at = half(at);
    last = half(last);
  }
  const [first, ...rest] = at === 0 ? [older.root, ...proof] : proof;
  if (!first) return false;
  let olderHash = first;
  let newerHash = first;
  for (const hash of rest) {
    if (last === 0) return false;
    if (isOdd(at) || at === last) {
      olderHash = nodeHash(hash, olderHash);
      newerHash = nodeHash(hash, newerHash);
      while (!isOdd(at) && at !== 0) {
        at = half(at);
        last = half(last);
      }
    } else {
      newerHash = nodeHash(newerHash, hash);
    }
    at = half(at);
    last = half(last);
  }
  return last === 0 && equalBytes(olderHash, older.root) && equalBytes(newerHash, newer.root);
}

/** Hears of each perfect subtree that an append completes, the appended one first. */
export type NodeVisitor = (node: NodeId, hash: Uint8Array) => void;

/**
 * A tree as the hashes of the perfect subtrees that cover it, left to right: enough to append to it and to know its root, in
 * at most 53 hashes.
 */
export class CompactRange {
  private constructor(
    private leaves: number,
    private readonly hashes: Uint8Array[],
  ) {}

  static empty(): CompactRange {
    return new CompactRange(0, []);
  }

  /** @param hashes as {@link parts} gave them for this size */
  static of(size: number, hashes: readonly Uint8Array[]): CompactRange {
    const wanted = nodesOf({ begin: 0, end: size }).length;
    if (hashes.length !== wanted || !hashes.every(isHash)) {
      throw new RangeError(`A tree of ${size} leaves has ${wanted} parts of ${HASH_BYTES} bytes.`);
    }
    return new CompactRange(size, [...hashes]);
  }

  get size(): number {
    return this.leaves;
  }

  get parts(): readonly Uint8Array[] {
    return this.hashes;
  }

  /** Appends a leaf, or a perfect subtree of 2^level leaves where the size so far is a multiple of that. */
  append(hash: Uint8Array, level = 0, visit?: NodeVisitor): void {
    const width = 2 ** level;
    if (this.leaves % width !== 0) throw new RangeError(`No subtree of ${width} leaves fits here.`);
    let node: NodeId = { level, index: this.leaves / width };
    let merged = hash;
    visit?.(node, merged);
    while (isOdd(node.index)) {
      const left = this.hashes.pop();
      if (!left) throw new RangeError('The tree lacks a part.');
      merged = nodeHash(left, merged);
      node = { level: node.level + 1, index: half(node.index) };
      visit?.(node, merged);
    }
    this.hashes.push(merged);
    this.leaves += width;
  }

  root(): Uint8Array {
    return this.hashes.length === 0 ? EMPTY_ROOT : foldRight(this.hashes);
  }

  clone(): CompactRange {
    return new CompactRange(this.leaves, [...this.hashes]);
  }
}
