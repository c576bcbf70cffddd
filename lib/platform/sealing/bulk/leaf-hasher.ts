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
    const fields = PERSONAL_COLUMNS.length;
    const pairs = new Int32Array((to - from) * PAIRS).fill(NONE);
    const values = new Int32Array((to - from) * fields).fill(NONE);
    lanes.clear();
    for (let row = from; row < to; row++) this.deriveSalts(rows, row, salts, pairs, (row - from) * PAIRS);
    lanes.flush();
    for (let row = from; row < to; row++) {
      this.hashValues(rows, row, pairs, (row - from) * PAIRS, values, (row - from) * fields);
    }
    lanes.flush();
    const personal = new Int32Array(to - from).fill(NONE);
    for (let i = 0; i < personal.length; i++) personal[i] = this.hashPersonal(values, i * fields);
    lanes.flush();
    const leaves = new Int32Array(to - from);
    for (let row = from; row < to; row++) {
      const leaf = lanes.reserve();
      leaves[row - from] = leaf;
      const version = rows.bytes(row).readInt16BE(rows.start(row, COLUMN.schemaVersion));
      lanes.end(this.writer.write(lanes.at, rows, row, personal[row - from] ?? NONE, version), leaf);
    }
    lanes.flush();
    for (let i = 0; i < leaves.length; i++) {
      const leaf = leaves[i] ?? 0;
      for (let j = 0; j < HASH_BYTES; j++) output[(from + i) * HASH_BYTES + j] = lanes.bytes[leaf + j] ?? 0;
    }
  }

  private deriveSalts(
    rows: SealableRows,
    row: number,
    salts: Uint8Array,
    pairs: Int32Array,
    first: number,
  ): void {
    const { lanes } = this;
    for (let field = 0; field < PERSONAL_COLUMNS.length; field++) {
      const pair = first + (field >> 1);
      if (rows.start(row, PERSONAL_COLUMNS[field] ?? 0) < 0 || pairs[pair] !== NONE) continue;
      for (let i = 0; i < SALT_BYTES; i++) lanes.bytes[lanes.at + i] = salts[row * SALT_BYTES + i] ?? 0;
      lanes.bytes[lanes.at + SALT_BYTES] = field >> 1;
      const output = lanes.reserve();
      pairs[pair] = output;
      lanes.end(SALT_BYTES + 1, output);
    }
  }

  private hashValues(
    rows: SealableRows,
    row: number,
    pairs: Int32Array,
    firstPair: number,
    values: Int32Array,
    firstValue: number,
  ): void {
    const { lanes } = this;
    for (let field = 0; field < PERSONAL_COLUMNS.length; field++) {
      const column = PERSONAL_COLUMNS[field] ?? 0;
      const start = rows.start(row, column);
      if (start < 0) continue;
      const salt = (pairs[firstPair + (field >> 1)] ?? 0) + (field & 1) * SALT_BYTES;
      const output = lanes.reserve();
      values[firstValue + field] = output;
      if (field === DETAILS) {
        this.hashDetails(rows, row, start + 1, salt, output);
        continue;
      }
      const source = rows.bytes(row);
      const end = rows.end(row, column);
      let at = lanes.at;
      for (let i = 0; i < SALT_BYTES; i++) lanes.bytes[at++] = lanes.bytes[salt + i] ?? 0;
      for (let i = start; i < end; i++) lanes.bytes[at++] = source[i] ?? 0;
      lanes.end(at - lanes.at, output);
    }
  }

  /** Few events have details; behind the version of the wire format, one byte, they are text. */
  private hashDetails(rows: SealableRows, row: number, start: number, salt: number, output: number): void {
    const text = rows.bytes(row).toString('utf8', start, rows.end(row, COLUMN.details));
    const { bytes } = this.lanes;
    bytes.set(detailsHash(bytes.subarray(salt, salt + SALT_BYTES), text), output);
  }

  /** @returns where the hash lies, -1 for a row without personal fields */
  private hashPersonal(values: Int32Array, first: number): number {
    const { lanes } = this;
    let at = lanes.at;
    for (let field = 0; field < PERSONAL_COLUMNS.length; field++) {
      const value = values[first + field] ?? NONE;
      if (value === NONE) continue;
      lanes.bytes[at++] = field;
      for (let i = 0; i < HASH_BYTES; i++) lanes.bytes[at++] = lanes.bytes[value + i] ?? 0;
    }
    if (at === lanes.at) return NONE;
    const output = lanes.reserve();
    lanes.end(at - lanes.at, output);
    return output;
  }
}
