/** Object ids of the types that the gate sends (pg_type). */
export const OID = {
  uuid: 2950,
  uuidArray: 2951,
  int2: 21,
  int4: 23,
  bool: 16,
  bytea: 17,
  int8: 20,
  int8Array: 1016,
  text: 25,
  timestamptz: 1184,
  /** Left to Postgres to infer from a cast. */
  unspecified: 0,
} as const;

const INITIAL_BYTES = 64 * 1024;
/** A buffer that one huge batch made larger than this is not kept. */
const KEPT_BYTES = 4 * 1024 * 1024;
/** Below this length a loop is faster than a call into native code. */
const SHORT_TEXT = 24;
const UUID_BYTES = 16;
/** The longest field but a text: type, length and a UUID. */
const FIXED_FIELD_BYTES = 8 + UUID_BYTES;
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
    this.reserve(17);
    this.int16(0);
    this.buffer.writeInt32BE(this.length - 1, 1);
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

  uuids(values: readonly string[]): void {
    const start = this.beginArray(OID.uuid, values.length);
    for (const value of values) {
      this.reserve(4 + UUID_BYTES);
      this.uuidValue(value);
    }
    this.end(start);
  }

  int8s(values: readonly number[]): void {
    const start = this.beginArray(OID.int8, values.length);
    for (const value of values) {
      this.reserve(12);
      this.int32(8);
      this.int64(value);
    }
    this.end(start);
  }

  /**
   * An array of a composite type.
   * @param oid of the composite type itself
   * @param writeFields writes each of the `fields` of a record, in order, by one call of `…Field`
   */
  records<T>(oid: number, fields: number, items: readonly T[], writeFields: (item: T) => void): void {
    const array = this.beginArray(oid, items.length);
    for (const item of items) {
      this.reserve(8);
      const record = this.length;
      this.length += 4;
      this.int32(fields);
      writeFields(item);
      this.end(record);
    }
    this.end(array);
  }

  uuidField(value: string | null): void {
    this.reserve(FIXED_FIELD_BYTES);
    this.int32(OID.uuid);
    if (value === null) this.int32(-1);
    else this.uuidValue(value);
  }

  timestampField(ms: number): void {
    this.reserve(FIXED_FIELD_BYTES);
    this.int32(OID.timestamptz);
    this.int32(8);
    this.timestampBytes(ms);
  }

  int2Field(value: number): void {
    this.reserve(FIXED_FIELD_BYTES);
    this.int32(OID.int2);
    this.int32(2);
    this.int16(value);
  }

  int4Field(value: number): void {
    this.reserve(FIXED_FIELD_BYTES);
    this.int32(OID.int4);
    this.int32(4);
    this.int32(value);
  }

  boolField(value: boolean): void {
    this.reserve(FIXED_FIELD_BYTES);
    this.int32(OID.bool);
    this.int32(1);
    this.byte(value ? 1 : 0);
  }

  bytesField(value: Uint8Array): void {
    this.reserve(8 + value.length);
    this.int32(OID.bytea);
    this.int32(value.length);
    this.buffer.set(value, this.length);
    this.length += value.length;
  }

  textField(value: string | null): void {
    this.reserve(8 + (value === null ? 0 : value.length * 3));
    this.int32(OID.text);
    if (value === null) this.int32(-1);
    else this.textValue(value);
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

  /** Fills in the length of what began at `start`. */
  private end(start: number): void {
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

  private uuidValue(uuid: string): void {
    this.int32(UUID_BYTES);
    const { buffer } = this;
    let at = this.length;
    for (let i = 0; i < 36; i += 2) {
      if (i === 8 || i === 13 || i === 18 || i === 23) i += 1;
      buffer[at++] = ((HEX_VALUE[uuid.charCodeAt(i)] ?? 0) << 4) | (HEX_VALUE[uuid.charCodeAt(i + 1)] ?? 0);
    }
    this.length = at;
  }

  private textValue(text: string): void {
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
