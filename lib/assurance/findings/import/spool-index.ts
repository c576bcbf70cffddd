/** One finding of the report: where its text lies in the spool, and what it is compared by. */
export interface Entry {
  /** SHA-256 in hexadecimal. */
  key: string;
  /** Keys under the other names of the same vulnerability. */
  otherKeys: readonly string[] | null;
  /** The first 12 bytes of a SHA-256 over what the report says, in hexadecimal. */
  digest: string;
  /** Of members of a group; undefined for what is one finding however often it is listed. */
  line: number | null | undefined;
  offset: number;
  length: number;
}

const KEY_BYTES = 32;
const DIGEST_BYTES = 12;
/** The part of a key that fits into a number exactly. */
const PREFIX_BYTES = 6;
const NO_MEMBER = -2;
const NO_LINE = -1;
const FIRST_CAPACITY = 1_024;

interface Columns {
  keys: Buffer;
  digests: Buffer;
  offsets: Float64Array;
  lengths: Uint32Array;
  lines: Int32Array;
}

function columnsFor(capacity: number, from?: Columns): Columns {
  const columns = {
    keys: Buffer.alloc(capacity * KEY_BYTES),
    digests: Buffer.alloc(capacity * DIGEST_BYTES),
    offsets: new Float64Array(capacity),
    lengths: new Uint32Array(capacity),
    lines: new Int32Array(capacity),
  };
  if (from) {
    columns.keys.set(from.keys);
    columns.digests.set(from.digests);
    columns.offsets.set(from.offsets);
    columns.lengths.set(from.lengths);
    columns.lines.set(from.lines);
  }
  return columns;
}

/** Entries in columns, 70 bytes each; as objects a hundred thousand of them cost the collector 20 MB. */
export class SpoolIndex {
  private columns = columnsFor(FIRST_CAPACITY);
  private capacity = FIRST_CAPACITY;
  private readonly otherKeys = new Map<number, readonly string[]>();
  private order = new Uint32Array(0);
  length = 0;

  add(entry: Entry): void {
    if (this.length === this.capacity) {
      this.capacity *= 2;
      this.columns = columnsFor(this.capacity, this.columns);
    }
    const { keys, digests, offsets, lengths, lines } = this.columns;
    const i = this.length;
    keys.write(entry.key, i * KEY_BYTES, 'hex');
    digests.write(entry.digest, i * DIGEST_BYTES, 'hex');
    offsets[i] = entry.offset;
    lengths[i] = entry.length;
    lines[i] = entry.line === undefined ? NO_MEMBER : (entry.line ?? NO_LINE);
    if (entry.otherKeys) this.otherKeys.set(i, entry.otherKeys);
    this.length += 1;
  }

  private compare(a: number, b: number, bytes: Buffer, size: number): number {
    return bytes.compare(bytes, b * size, (b + 1) * size, a * size, (a + 1) * size);
  }

  /** Puts the entries into the order of their keys, then of their digests. */
  sort(): void {
    const { keys, digests } = this.columns;
    const prefixes = new Float64Array(this.length);
    for (let i = 0; i < this.length; i++) prefixes[i] = keys.readUIntBE(i * KEY_BYTES, PREFIX_BYTES);
    this.order = new Uint32Array(this.length).map((_, i) => i);
    this.order.sort(
      (a, b) =>
        (prefixes[a] ?? 0) - (prefixes[b] ?? 0) ||
        this.compare(a, b, keys, KEY_BYTES) ||
        this.compare(a, b, digests, DIGEST_BYTES),
    );
  }

  /** The entry at a place of the order. */
  at(place: number): Entry {
    const i = this.order[place] ?? 0;
    const { keys, digests, offsets, lengths, lines } = this.columns;
    const line = lines[i] ?? NO_LINE;
    return {
      key: keys.toString('hex', i * KEY_BYTES, (i + 1) * KEY_BYTES),
      otherKeys: this.otherKeys.get(i) ?? null,
      digest: digests.toString('hex', i * DIGEST_BYTES, (i + 1) * DIGEST_BYTES),
      line: line === NO_MEMBER ? undefined : line === NO_LINE ? null : line,
      offset: offsets[i] ?? 0,
      length: lengths[i] ?? 0,
    };
  }

  /** The first place after `place` whose key is another one. */
  endOfKey(place: number): number {
    const { keys } = this.columns;
    let end = place + 1;
    while (
      end < this.length &&
      this.compare(this.order[place] ?? 0, this.order[end] ?? 0, keys, KEY_BYTES) === 0
    )
      end += 1;
    return end;
  }
}
