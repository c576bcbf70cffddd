import { COLUMN, type SealableRows } from '@/lib/platform/audit/sealable-rows';
import { encodeLeaf } from '../leaf/encode-leaf';
import { detailsHash } from '../leaf/leaf-v1';
import { SALT_BYTES } from '../leaf/sealed-event';
import { leafHash } from '../tlog/merkle';
import { HashLanes } from './hash-lanes';
import { LeafWriter } from './leaf-writer';
import { eventOfRow } from './row-event';

const HASH_BYTES = 32;
const CAPACITY = 4 * 1024 * 1024;
/** A leaf without its texts. */
const LEAF_BYTES = 1024;

/** Columns of the personal fields, in the order of lib/platform/sealing/leaf/sealed-event.ts. */
const PERSONAL_COLUMNS = [
  COLUMN.actorLabel,
  COLUMN.ip,
  COLUMN.userAgent,
  COLUMN.path,
  COLUMN.targetLabel,
  COLUMN.targetId,
  COLUMN.host,
  COLUMN.reason,
  COLUMN.details,
];
const DETAILS = PERSONAL_COLUMNS.length - 1;
const PAIRS = Math.ceil(PERSONAL_COLUMNS.length / 2);
const CLEAR_TEXTS = [
  COLUMN.action,
  COLUMN.actorType,
  COLUMN.category,
  COLUMN.code,
  COLUMN.method,
  COLUMN.outcome,
  COLUMN.requestId,
  COLUMN.targetType,
];
const NONE = -1;

/**
 * Leaf hashes of one tenant's rows by the thousand: the same as `leafHash(encodeLeaf(event, { salt }))`, in four passes over
 * as many rows as fit: salts of fields, hashes of values, one hash over those, the leaf.
 */
export class LeafHasher {
  private readonly lanes = new HashLanes(CAPACITY);
  private readonly writer: LeafWriter;

  constructor(private readonly tenantId: string) {
    this.writer = new LeafWriter(this.lanes.bytes, tenantId);
  }

  /**
   * @param salts 16 bytes for each row @param output 32 bytes for each row
   */
  hash(rows: SealableRows, salts: Uint8Array, output: Uint8Array, from = 0, to = rows.length): void {
    for (let row = from; row < to; ) {
      const end = this.groupEnd(rows, row, to);
      if (end > row) this.hashGroup(rows, row, end, salts, output);
      else this.hashLarge(rows, row, salts, output);
      row = Math.max(end, row + 1);
    }
  }

  /** Texts of megabytes, which nobody but the owner of the table can write. */
  private hashLarge(rows: SealableRows, row: number, salts: Uint8Array, output: Uint8Array): void {
    const salt = salts.subarray(row * SALT_BYTES, (row + 1) * SALT_BYTES);
    const leaf = encodeLeaf(eventOfRow(this.tenantId, rows, row), { salt });
    output.set(leafHash(leaf), row * HASH_BYTES);
  }

  /** How many rows fit into the memory at once. Details are not copied into it. */
  private groupEnd(rows: SealableRows, from: number, to: number): number {
    let bytes = 0;
    let row = from;
    for (; row < to; row++) {
      bytes += this.bytesOf(rows, row);
      if (bytes > CAPACITY) break;
    }
    return row;
  }

  /** At most so many bytes does a row take: each escaped letter six. */
  private bytesOf(rows: SealableRows, row: number): number {
    let bytes = LEAF_BYTES + 12 * 128;
    for (const column of PERSONAL_COLUMNS) {
      if (column !== COLUMN.details) bytes += Math.max(0, rows.end(row, column) - rows.start(row, column));
    }
    for (const column of CLEAR_TEXTS)
      bytes += 6 * Math.max(0, rows.end(row, column) - rows.start(row, column));
    return bytes;
  }

  private hashGroup(
    rows: SealableRows,
    from: number,
    to: number,
    salts: Uint8Array,
    output: Uint8Array,
  ): void {
    const { lanes } = this;
    const count = to - from;
    const pairs = new Int32Array(count * PAIRS).fill(NONE);
    const personal = new Int32Array(count).fill(NONE);
    const lengths = new Int32Array(count);
    lanes.clear();
    for (let i = 0; i < count; i++) lengths[i] = this.deriveSalts(rows, from + i, salts, pairs, i * PAIRS);
    lanes.flush();
    for (let i = 0; i < count; i++) {
      if (lengths[i] === 0) continue;
      personal[i] = lanes.hold(lengths[i] ?? 0);
      this.hashValues(rows, from + i, pairs, i * PAIRS, personal[i] ?? 0);
    }
    lanes.flush();
    for (let i = 0; i < count; i++) {
      if (lengths[i] === 0) continue;
      const message = personal[i] ?? 0;
      personal[i] = lanes.reserve();
      lanes.queue(message, lengths[i] ?? 0, personal[i] ?? 0);
    }
    lanes.flush();
    this.hashLeaves(rows, from, personal, output);
  }

  private hashLeaves(rows: SealableRows, from: number, personal: Int32Array, output: Uint8Array): void {
    const { lanes } = this;
    const leaves = new Int32Array(personal.length);
    for (let i = 0; i < personal.length; i++) {
      const leaf = lanes.reserve();
      leaves[i] = leaf;
      const version = rows.bytes.readInt16BE(rows.start(from + i, COLUMN.schemaVersion));
      lanes.end(this.writer.write(lanes.at, rows, from + i, personal[i] ?? NONE, version), leaf);
    }
    lanes.flush();
    for (let i = 0; i < leaves.length; i++) {
      const leaf = leaves[i] ?? 0;
      for (let j = 0; j < HASH_BYTES; j++) output[(from + i) * HASH_BYTES + j] = lanes.bytes[leaf + j] ?? 0;
    }
  }

  /** @returns how long the message over the row's personal fields will be: each hash behind the number of its field */
  private deriveSalts(
    rows: SealableRows,
    row: number,
    salts: Uint8Array,
    pairs: Int32Array,
    first: number,
  ): number {
    const { lanes } = this;
    let length = 0;
    for (let field = 0; field < PERSONAL_COLUMNS.length; field++) {
      if (rows.start(row, PERSONAL_COLUMNS[field] ?? 0) < 0) continue;
      length += 1 + HASH_BYTES;
      const pair = first + (field >> 1);
      if (pairs[pair] !== NONE) continue;
      for (let i = 0; i < SALT_BYTES; i++) lanes.bytes[lanes.at + i] = salts[row * SALT_BYTES + i] ?? 0;
      lanes.bytes[lanes.at + SALT_BYTES] = field >> 1;
      const output = lanes.reserve();
      pairs[pair] = output;
      lanes.end(SALT_BYTES + 1, output);
    }
    return length;
  }

  /** @param message where the numbers and the hashes of the fields go */
  private hashValues(
    rows: SealableRows,
    row: number,
    pairs: Int32Array,
    firstPair: number,
    message: number,
  ): void {
    const { lanes } = this;
    const source = rows.bytes;
    let place = message;
    for (let field = 0; field < PERSONAL_COLUMNS.length; field++) {
      const column = PERSONAL_COLUMNS[field] ?? 0;
      const start = rows.start(row, column);
      if (start < 0) continue;
      const salt = (pairs[firstPair + (field >> 1)] ?? 0) + (field & 1) * SALT_BYTES;
      lanes.bytes[place] = field;
      if (field === DETAILS) this.hashDetails(rows, row, start + 1, salt, place + 1);
      else {
        const end = rows.end(row, column);
        let at = lanes.at;
        for (let i = 0; i < SALT_BYTES; i++) lanes.bytes[at++] = lanes.bytes[salt + i] ?? 0;
        for (let i = start; i < end; i++) lanes.bytes[at++] = source[i] ?? 0;
        lanes.end(at - lanes.at, place + 1);
      }
      place += 1 + HASH_BYTES;
    }
  }

  /** Few events have details; behind the version of the wire format, one byte, they are text. */
  private hashDetails(rows: SealableRows, row: number, start: number, salt: number, output: number): void {
    const text = rows.bytes.toString('utf8', start, rows.end(row, COLUMN.details));
    const { bytes } = this.lanes;
    bytes.set(detailsHash(bytes.subarray(salt, salt + SALT_BYTES), text), output);
  }
}
