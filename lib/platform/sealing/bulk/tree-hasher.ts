import { HASH_BYTES } from '../tlog/merkle';
import { HashLanes } from './hash-lanes';

const NODE = 1;
const CAPACITY = 128 * 1024;

/** Roots of perfect subtrees of up to 256 leaves, four nodes at a time. */
export class TreeHasher {
  private readonly lanes = new HashLanes(CAPACITY);

  /** @param hashes of 2^n leaves, up to 256, one behind the other */
  root(hashes: Uint8Array, first: number, leaves: number): Uint8Array {
    const { lanes } = this;
    lanes.clear();
    let level: number[] = [];
    for (let i = 0; i < leaves; i++) {
      const slot = lanes.reserve();
      lanes.bytes.set(hashes.subarray((first + i) * HASH_BYTES, (first + i + 1) * HASH_BYTES), slot);
      level.push(slot);
    }
    while (level.length > 1) {
      const parents: number[] = [];
      for (let i = 0; i + 1 < level.length; i += 2)
        parents.push(this.parent(level[i] ?? 0, level[i + 1] ?? 0));
      lanes.flush();
      level = parents;
    }
    return lanes.bytes.slice(level[0] ?? 0, (level[0] ?? 0) + HASH_BYTES);
  }

  private parent(left: number, right: number): number {
    const { lanes } = this;
    const { at, bytes } = lanes;
    bytes[at] = NODE;
    bytes.copyWithin(at + 1, left, left + HASH_BYTES);
    bytes.copyWithin(at + 1 + HASH_BYTES, right, right + HASH_BYTES);
    const output = lanes.reserve();
    lanes.end(1 + 2 * HASH_BYTES, output);
    return output;
  }
}
