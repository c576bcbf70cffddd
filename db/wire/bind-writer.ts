/** Object ids of the types that the gate sends (pg_type). */
export const OID = {
  uuid: 2950,
  uuidArray: 2951,
  int2: 21,
  int2Array: 1005,
  int4: 23,
  int4Array: 1007,
  int8: 20,
  int8Array: 1016,
  text: 25,
  textArray: 1009,
  timestamptz: 1184,
  timestamptzArray: 1185,
} as const;

const INITIAL_BYTES = 64 * 1024;
/** A buffer that one huge batch made larger than this is not kept. */
const KEPT_BYTES = 4 * 1024 * 1024;
/** Below this length a loop is faster than a call into native code. */
const SHORT_TEXT = 24;
const UUID_BYTES = 16;
/** Microseconds from 1970 to 2000, where Postgres begins to count. */
const POSTGRES_EPOCH_US = 946_684_800_000_000;
const TWO_32 = 2 ** 32;
const INFINITE_MS = 8e15;

const HEX_VALUE = new Uint8Array(128);
for (let digit = 0; digit < 16; digit++) {
  const text = digit.toString(16);
  HEX_VALUE[text.charCodeAt(0)] = digit;
  HEX_VALUE[text.toUpperCase().charCodeAt(0)] = digit;
}

/**
 * Writes one Bind, Execute and Sync with binary parameters (protocol 3.0, message formats) into a buffer of its own,
 * which is used again by the next `begin`: the reply to the last one must have arrived by then.
 */
export class BindWriter {
  private buffer = Buffer.allocUnsafe(INITIAL_BYTES);
  private length = 0;

  /** Starts a message to the prepared statement; the parameters follow in order, each by one call. */
  begin(statement: string, parameters: number): void {
    if (this.buffer.length > KEPT_BYTES) this.buffer = Buffer.allocUnsafe(INITIAL_BYTES);
    this.buffer[0] = 0x42;
    this.length = 5;
    this.byte(0);
    this.length += this.buffer.write(statement, this.length, 'latin1');
    this.byte(0);
    this.int16(1);
    this.int16(1);
    this.int16(parameters);
  }

  /** Ends the message. @returns Bind, Execute and Sync as one piece, valid until the next `begin` */
  finish(): Buffer {
    this.int16(0);
    this.buffer.writeInt32BE(this.length - 1, 1);
    this.reserve(15);
    this.byte(0x45);
    this.int32(9);
    this.byte(0);
    this.int32(0);
    this.byte(0x53);
    this.int32(4);
    return this.buffer.subarray(0, this.length);
  }

  /** A moment in Unix milliseconds; beyond what a timestamp holds it is infinity. */
  timestamp(ms: number): void {
    this.reserve(12);
    this.int32(8);
    this.timestampBytes(ms);
  }

  timestamps<T>(items: readonly T[], msOf: (item: T) => number): void {
    const start = this.beginArray(OID.timestamptz, items.length);
    this.reserve(items.length * 12);
    for (const item of items) {
      this.int32(8);
      this.timestampBytes(msOf(item));
    }
    this.endArray(start);
  }

  uuids<T>(items: readonly T[], uuidOf: (item: T) => string | null): void {
    const start = this.beginArray(OID.uuid, items.length);
    this.reserve(items.length * (4 + UUID_BYTES));
    for (const item of items) {
      const uuid = uuidOf(item);
      if (uuid === null) {
        this.int32(-1);
        continue;
      }
      this.int32(UUID_BYTES);
      this.uuidBytes(uuid);
    }
    this.endArray(start);
  }

  texts<T>(items: readonly T[], textOf: (item: T) => string | null): void {
    const start = this.beginArray(OID.text, items.length);
    for (const item of items) {
      const text = textOf(item);
      if (text === null) {
        this.reserve(4);
        this.int32(-1);
      } else {
        this.text(text);
      }
    }
    this.endArray(start);
  }

  int2s<T>(items: readonly T[], numberOf: (item: T) => number): void {
    const start = this.beginArray(OID.int2, items.length);
    this.reserve(items.length * 6);
    for (const item of items) {
      this.int32(2);
      this.int16(numberOf(item));
    }
    this.endArray(start);
  }

  int4s<T>(items: readonly T[], numberOf: (item: T) => number): void {
    const start = this.beginArray(OID.int4, items.length);
    this.reserve(items.length * 8);
    for (const item of items) {
      this.int32(4);
      this.int32(numberOf(item));
    }
    this.endArray(start);
  }

  int8s(values: readonly number[]): void {
    const start = this.beginArray(OID.int8, values.length);
    this.reserve(values.length * 12);
    for (const value of values) {
      this.int32(8);
      this.int64(value);
    }
    this.endArray(start);
  }

  /** One dimension from 1, nulls possible. @returns where the parameter's length is to be written */
  private beginArray(elementOid: number, count: number): number {
    this.reserve(24);
    const start = this.length;
    this.length += 4;
    this.int32(1);
    this.int32(1);
    this.int32(elementOid);
    this.int32(count);
    this.int32(1);
    return start;
  }

  private endArray(start: number): void {
    this.buffer.writeInt32BE(this.length - start - 4, start);
  }

  private reserve(bytes: number): void {
    if (this.length + bytes <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.length + bytes));
    this.buffer.copy(larger, 0, 0, this.length);
    this.buffer = larger;
  }

  private byte(value: number): void {
    this.buffer[this.length++] = value;
  }

  private int16(value: number): void {
    const { buffer } = this;
    buffer[this.length++] = value >>> 8;
    buffer[this.length++] = value;
  }

  private int32(value: number): void {
    const { buffer } = this;
    buffer[this.length++] = value >>> 24;
    buffer[this.length++] = value >>> 16;
    buffer[this.length++] = value >>> 8;
    buffer[this.length++] = value;
  }

  /** A whole number of at most 53 bits. */
  private int64(value: number): void {
    const high = Math.floor(value / TWO_32);
    this.int32(high);
    this.int32(value - high * TWO_32);
  }

  private timestampBytes(ms: number): void {
    if (ms >= INFINITE_MS) {
      this.int32(0x7fffffff);
      this.int32(-1);
    } else {
      this.int64(Math.round(ms * 1000) - POSTGRES_EPOCH_US);
    }
  }

  private uuidBytes(uuid: string): void {
    const { buffer } = this;
    let at = this.length;
    for (let i = 0; i < 36; i += 2) {
      if (i === 8 || i === 13 || i === 18 || i === 23) i += 1;
      buffer[at++] = ((HEX_VALUE[uuid.charCodeAt(i)] ?? 0) << 4) | (HEX_VALUE[uuid.charCodeAt(i + 1)] ?? 0);
    }
    this.length = at;
  }

  private text(text: string): void {
    this.reserve(4 + text.length * 3);
    const { buffer } = this;
    const start = this.length + 4;
    let end = start;
    if (text.length <= SHORT_TEXT) {
      for (let i = 0; i < text.length; i++) {
        const code = text.charCodeAt(i);
        if (code > 0x7f) {
          end = start + buffer.write(text, start);
          break;
        }
        buffer[end++] = code;
      }
    } else {
      end = start + buffer.write(text, start);
    }
    this.int32(end - start);
    this.length = end;
  }
}
