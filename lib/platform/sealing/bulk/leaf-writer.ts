import { COLUMN, readMicroseconds, type SealableRows } from '@/lib/platform/audit/sealable-rows';

/** Writes a value of a row as JSON, byte for byte what lib/platform/sealing/leaf/leaf-v1.ts makes of it. */

const ascii = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const HEX = ascii('0123456789abcdef');
const BASE64 = ascii('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const DASH = 0x2d;
const ZERO = 0x30;
/** With its quotes. */
const TIME_BYTES = 29;
const DAY_US = 86_400_000_000;
const EPOCH_MS = Date.UTC(2000, 0, 1);

type Kind = 'uuid' | 'time' | 'text' | 'int16' | 'int32';

/** The members of a leaf in the order of their names. */
const MEMBERS: readonly (readonly [string, number, Kind])[] = [
  ['action', COLUMN.action, 'text'],
  ['actorId', COLUMN.actorId, 'uuid'],
  ['actorType', COLUMN.actorType, 'text'],
  ['at', COLUMN.at, 'time'],
  ['category', COLUMN.category, 'text'],
  ['code', COLUMN.code, 'text'],
  ['durationUs', COLUMN.durationUs, 'int32'],
  ['id', COLUMN.id, 'uuid'],
  ['keyId', COLUMN.keyId, 'uuid'],
  ['keyVersionId', COLUMN.keyVersionId, 'uuid'],
  ['method', COLUMN.method, 'text'],
  ['outcome', COLUMN.outcome, 'text'],
];
const AFTER_PERSONAL: readonly (readonly [string, number, Kind])[] = [
  ['recordedAt', COLUMN.recordedAt, 'time'],
  ['requestId', COLUMN.requestId, 'text'],
  ['sessionId', COLUMN.sessionId, 'uuid'],
  ['status', COLUMN.status, 'int16'],
  ['targetType', COLUMN.targetType, 'text'],
];

const named = (members: typeof MEMBERS) =>
  members.map(([name, column, kind]) => ({ name: ascii(`"${name}":`), column, kind }));
const FIRST = named(MEMBERS);
const SECOND = named(AFTER_PERSONAL);
const PERSONAL = ascii('"personal":"');

/** Leaves of one tenant, written into memory that the caller owns. */
export class LeafWriter {
  private at = 0;
  private readonly tail: Uint8Array;
  private readonly dayText = new Uint8Array(11);
  private day = Number.NaN;
  private lastTime = Number.NaN;
  private readonly lastText = new Uint8Array(TIME_BYTES);

  constructor(
    private readonly bytes: Uint8Array,
    tenantId: string,
  ) {
    this.tail = ascii(`"tenantId":"${tenantId}","v":`);
  }

  /**
   * The message whose hash is the leaf's: a zero byte, then the leaf (RFC 6962 2.1).
   * @param personal where the hash over the personal fields lies; -1 without any @returns the message's length
   */
  write(at: number, rows: SealableRows, row: number, personal: number, version: number): number {
    this.at = at;
    this.bytes[this.at++] = 0;
    this.bytes[this.at++] = 0x7b;
    for (const { name, column, kind } of FIRST) this.member(name, rows, row, column, kind);
    if (personal >= 0) {
      this.put(PERSONAL);
      this.base64(personal);
      this.bytes[this.at++] = QUOTE;
      this.bytes[this.at++] = 0x2c;
    }
    for (const { name, column, kind } of SECOND) this.member(name, rows, row, column, kind);
    this.put(this.tail);
    this.integer(version);
    this.bytes[this.at++] = 0x7d;
    return this.at - at;
  }

  private put(piece: Uint8Array): void {
    for (let i = 0; i < piece.length; i++) this.bytes[this.at + i] = piece[i] ?? 0;
    this.at += piece.length;
  }

  private member(name: Uint8Array, rows: SealableRows, row: number, column: number, kind: Kind): void {
    const start = rows.start(row, column);
    if (start < 0) return;
    const source = rows.bytes;
    this.put(name);
    if (kind === 'text') this.text(source, start, rows.end(row, column));
    else if (kind === 'uuid') this.uuid(source, start);
    else if (kind === 'time') this.time(readMicroseconds(source, start));
    else if (kind === 'int16') this.integer(source.readInt16BE(start));
    else this.integer(source.readInt32BE(start));
    this.bytes[this.at++] = 0x2c;
  }

  /** RFC 8785 3.2.2.2: the escapes of ECMAScript's JSON.stringify, which leaves everything else as it is. */
  private text(source: Buffer, start: number, end: number): void {
    const { bytes } = this;
    let at = this.at;
    bytes[at++] = QUOTE;
    for (let i = start; i < end; i++) {
      const byte = source[i] ?? 0;
      if (byte < 0x20 || byte === QUOTE || byte === BACKSLASH) {
        const escaped = JSON.stringify(String.fromCharCode(byte));
        for (let j = 1; j < escaped.length - 1; j++) bytes[at++] = escaped.charCodeAt(j);
      } else bytes[at++] = byte;
    }
    bytes[at++] = QUOTE;
    this.at = at;
  }

  private uuid(source: Buffer, start: number): void {
    const { bytes } = this;
    let at = this.at;
    bytes[at++] = QUOTE;
    for (let i = 0; i < 16; i++) {
      if (i === 4 || i === 6 || i === 8 || i === 10) bytes[at++] = DASH;
      const byte = source[start + i] ?? 0;
      bytes[at++] = HEX[byte >> 4] ?? 0;
      bytes[at++] = HEX[byte & 15] ?? 0;
    }
    bytes[at++] = QUOTE;
    this.at = at;
  }

  private integer(value: number): void {
    const text = String(value);
    for (let i = 0; i < text.length; i++) this.bytes[this.at++] = text.charCodeAt(i);
  }

  private digits(value: number, count: number): void {
    let rest = value;
    for (let i = count - 1; i >= 0; i--) {
      const next = Math.floor(rest / 10);
      this.bytes[this.at + i] = ZERO + rest - next * 10;
      rest = next;
    }
    this.at += count;
  }

  /** Events that were stored together share a time, and those that follow each other a day: both texts are kept. */
  private time(microseconds: number): void {
    if (microseconds === this.lastTime) this.put(this.lastText);
    else {
      const start = this.at;
      this.writeTime(microseconds);
      this.lastTime = microseconds;
      for (let i = 0; i < TIME_BYTES; i++) this.lastText[i] = this.bytes[start + i] ?? 0;
    }
  }

  private writeTime(microseconds: number): void {
    const day = Math.floor(microseconds / DAY_US);
    if (day !== this.day) {
      this.day = day;
      const text = new Date(EPOCH_MS + day * (DAY_US / 1000)).toISOString();
      for (let i = 0; i < 11; i++) this.dayText[i] = text.charCodeAt(i);
    }
    const inDay = microseconds - day * DAY_US;
    const seconds = Math.floor(inDay / 1_000_000);
    const minutes = Math.floor(seconds / 60);
    const hours = Math.floor(minutes / 60);
    this.bytes[this.at++] = QUOTE;
    this.put(this.dayText);
    this.digits(hours, 2);
    this.bytes[this.at++] = 0x3a;
    this.digits(minutes - hours * 60, 2);
    this.bytes[this.at++] = 0x3a;
    this.digits(seconds - minutes * 60, 2);
    this.bytes[this.at++] = 0x2e;
    this.digits(inDay - seconds * 1_000_000, 6);
    this.bytes[this.at++] = 0x5a;
    this.bytes[this.at++] = QUOTE;
  }

  /** 32 bytes in base64: 43 letters and one "=". */
  private base64(start: number): void {
    const { bytes } = this;
    let at = this.at;
    for (let i = 0; i < 30; i += 3) {
      const three =
        ((bytes[start + i] ?? 0) << 16) | ((bytes[start + i + 1] ?? 0) << 8) | (bytes[start + i + 2] ?? 0);
      bytes[at++] = BASE64[three >> 18] ?? 0;
      bytes[at++] = BASE64[(three >> 12) & 63] ?? 0;
      bytes[at++] = BASE64[(three >> 6) & 63] ?? 0;
      bytes[at++] = BASE64[three & 63] ?? 0;
    }
    const two = ((bytes[start + 30] ?? 0) << 10) | ((bytes[start + 31] ?? 0) << 2);
    bytes[at++] = BASE64[two >> 12] ?? 0;
    bytes[at++] = BASE64[(two >> 6) & 63] ?? 0;
    bytes[at++] = BASE64[two & 63] ?? 0;
    bytes[at++] = 0x3d;
    this.at = at;
  }
}
