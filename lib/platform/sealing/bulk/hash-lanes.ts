import { hash } from 'node:crypto';
import { BLOCK_BYTES, type HashFour, KERNEL_BYTES, openKernel } from './sha256-kernel';

const PAGE_BYTES = 65_536;
const LANES = 4;
/** Longer messages are cheaper in OpenSSL, which uses the processor's own instructions. */
const BLOCKS_MAX = 7;
const LENGTH_BYTES = 8;

const blocksOf = (length: number) => Math.ceil((length + 1 + LENGTH_BYTES) / BLOCK_BYTES);

/**
 * Hashes many small messages at once. A caller writes each message at {@link at} into {@link bytes}, calls `end`, and after
 * `flush` finds the hashes where it asked for them.
 */
export class HashLanes {
  readonly bytes: Uint8Array;
  /** Where the next message is written. */
  at = KERNEL_BYTES;
  private readonly view: DataView;
  private readonly hashFour: HashFour;
  /** Per number of blocks: message and output of each job that waits. */
  private readonly waiting: number[][] = Array.from({ length: BLOCKS_MAX + 1 }, () => []);
  private readonly outputEnd: number;
  private outputs: number;

  /** @param capacity bytes for messages and hashes between two calls of `flush` */
  constructor(capacity: number) {
    const pages = Math.ceil((KERNEL_BYTES + capacity) / PAGE_BYTES);
    const memory = new WebAssembly.Memory({ initial: pages });
    this.bytes = new Uint8Array(memory.buffer);
    this.view = new DataView(memory.buffer);
    this.hashFour = openKernel(memory);
    this.outputEnd = this.bytes.length;
    this.outputs = this.outputEnd;
  }

  /** Whether a message of that many bytes and its hash still fit. */
  hasRoom(length: number): boolean {
    return this.at + length + 2 * BLOCK_BYTES + 64 < this.outputs;
  }

  /** 32 bytes that stay until `clear`. */
  reserve(): number {
    this.outputs -= 32;
    return this.outputs;
  }

  /** Ends the message of `length` bytes at {@link at}. @param output where its hash goes */
  end(length: number, output: number): void {
    this.queue(this.hold(length), length, output);
  }

  /** Keeps room for a message of `length` bytes, which is written later. */
  hold(length: number): number {
    const message = this.at;
    this.at += blocksOf(length) * BLOCK_BYTES;
    return message;
  }

  /** Queues the message at `message`, for which there is room. */
  queue(message: number, length: number, output: number): void {
    const { bytes, view } = this;
    const blocks = blocksOf(length);
    if (blocks > BLOCKS_MAX) {
      const digest = hash('sha256', bytes.subarray(message, message + length), 'binary');
      for (let i = 0; i < 32; i++) bytes[output + i] = digest.charCodeAt(i);
      return;
    }
    const end = message + blocks * BLOCK_BYTES;
    bytes[message + length] = 0x80;
    for (let i = message + length + 1; i < end - 4; i++) bytes[i] = 0;
    view.setUint32(end - 4, length * 8);
    this.waiting[blocks]?.push(message, output);
  }

  /** Hashes what waits. */
  flush(): void {
    for (const [blocks, jobs] of this.waiting.entries()) {
      for (let i = 0; i < jobs.length; i += 2 * LANES) this.hashJobs(blocks, jobs, i);
      jobs.length = 0;
    }
  }

  /** Forgets messages and hashes. */
  clear(): void {
    this.at = KERNEL_BYTES;
    this.outputs = this.outputEnd;
  }

  /** Four jobs, each a message and its output; lanes without one do the last job once more. */
  private hashJobs(blocks: number, jobs: readonly number[], a: number): void {
    const last = jobs.length - 2;
    const b = Math.min(a + 2, last);
    const c = Math.min(a + 4, last);
    const d = Math.min(a + 6, last);
    const at = (i: number) => jobs[i] ?? 0;
    this.hashFour(at(a), at(b), at(c), at(d), at(a + 1), at(b + 1), at(c + 1), at(d + 1), blocks);
  }
}
