/**
 * Rows of the log as the sequencer and the verifier read them: COPY in binary, by the thousand, so that no value passes
 * through a JavaScript `Date` or number on the way. The order of the columns is that of {@link COLUMN}.
 */
export const SEALABLE_COLUMNS = `at, id, recorded_at, category, action, outcome, code, actor_type, actor_id, actor_label,
  session_id, key_id, key_version_id, abbrev(ip), user_agent, method, host, path, status, duration_us, target_type, target_id,
  target_label, reason, request_id, details, schema_version, xact`;

/** FROM item: every event of every tenant, for the room that seals them. */
export const SEALABLE_EVENTS = 'public.audit_event';

/** Column numbers of {@link SEALABLE_COLUMNS}. */
export const COLUMN = {
  at: 0,
  id: 1,
  recordedAt: 2,
  category: 3,
  action: 4,
  outcome: 5,
  code: 6,
  actorType: 7,
  actorId: 8,
  actorLabel: 9,
  sessionId: 10,
  keyId: 11,
  keyVersionId: 12,
  ip: 13,
  userAgent: 14,
  method: 15,
  host: 16,
  path: 17,
  status: 18,
  durationUs: 19,
  targetType: 20,
  targetId: 21,
  targetLabel: 22,
  reason: 23,
  requestId: 24,
  details: 25,
  schemaVersion: 26,
  xact: 27,
} as const;
export const COLUMN_COUNT = 28;

/** `PGCOPY\n\377\r\n\0`, flags, length of an extension that no server sends (PostgreSQL documentation, COPY, binary). */
const HEADER_BYTES = 19;
const NULL = -1;
const MICROSECONDS_MAX = 2 ** 53;

/**
 * Rows of a binary COPY, one behind the other in one buffer: where each field begins and ends is all that is worked out. A
 * buffer for each row would cost the collector more than copying them does.
 */
export class SealableRows {
  /** What `start` and `end` count in; replaced when it becomes too small. */
  bytes: Buffer = Buffer.allocUnsafe(64 * 1024);
  private used = 0;
  private count = 0;
  private places = new Int32Array(4096);
  private isOpen = false;

  /** @param fields columns of the statement, at least {@link COLUMN_COUNT} */
  constructor(private readonly fields = COLUMN_COUNT) {}

  get length(): number {
    return this.count;
  }

  /** Takes a CopyData message. @throws Error where it is not a row of the statement */
  add(message: Buffer): void {
    let at = this.isOpen ? 0 : HEADER_BYTES;
    this.isOpen = true;
    if (at === message.length) return;
    const fields = message.readInt16BE(at);
    if (fields === NULL) return;
    if (fields !== this.fields) throw new Error(`A row of the log came with ${fields} fields.`);
    at += 2;
    this.makeRoom(message.length);
    const base = this.used - at;
    let place = this.count * this.fields * 2;
    for (let field = 0; field < fields; field++) {
      const length = message.readInt32BE(at);
      at += 4;
      this.places[place] = length === NULL ? NULL : base + at;
      this.places[place + 1] = length === NULL ? NULL : base + at + length;
      if (length !== NULL) at += length;
      place += 2;
    }
    message.copy(this.bytes, this.used, this.used - base);
    this.used += message.length - (this.used - base);
    this.count += 1;
  }

  /** Forgets the rows and keeps the memory for the next ones. */
  clear(): void {
    this.used = 0;
    this.count = 0;
    this.isOpen = false;
  }

  /** Some of the rows, by their numbers. */
  only(rows: readonly number[]): SealableRows {
    const some = new SealableRows(this.fields);
    some.isOpen = true;
    some.bytes = this.bytes;
    some.used = this.used;
    some.count = rows.length;
    some.places = new Int32Array(rows.length * this.fields * 2);
    for (const [i, row] of rows.entries()) {
      const first = row * this.fields * 2;
      some.places.set(this.places.subarray(first, first + this.fields * 2), i * this.fields * 2);
    }
    return some;
  }

  private makeRoom(bytes: number): void {
    if (this.used + bytes > this.bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.used + bytes));
      this.bytes.copy(larger, 0, 0, this.used);
      this.bytes = larger;
    }
    if ((this.count + 1) * this.fields * 2 > this.places.length) {
      const larger = new Int32Array(this.places.length * 2);
      larger.set(this.places);
      this.places = larger;
    }
  }

  /** Where a field begins, -1 where it is null. */
  start(row: number, field: number): number {
    return this.places[(row * this.fields + field) * 2] ?? NULL;
  }

  end(row: number, field: number): number {
    return this.places[(row * this.fields + field) * 2 + 1] ?? NULL;
  }

  /** The event's time in microseconds since 2000, UTC. */
  time(row: number): number {
    return readMicroseconds(this.bytes, this.start(row, COLUMN.at));
  }

  /** The last four bytes of the event's id, which are random: with the time they name the event within its tenant. */
  tag(row: number): number {
    return this.bytes.readUInt32BE(this.end(row, COLUMN.id) - 4);
  }

  text(row: number, field: number): string | null {
    const start = this.start(row, field);
    return start === NULL ? null : this.bytes.toString('utf8', start, this.end(row, field));
  }

  uuid(row: number, field: number): string | null {
    const start = this.start(row, field);
    if (start === NULL) return null;
    const hex = this.bytes.toString('hex', start, start + 16);
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  }
}

/** A timestamp of the wire: microseconds since 2000 in 64 bits. Beyond the year 2285 it is not exact, and no event is. */
export function readMicroseconds(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4);
}

const EPOCH_MS = Date.UTC(2000, 0, 1);

/** Microseconds since 2000 as ISO 8601 UTC with six digits of fraction. */
export function isoOfMicroseconds(microseconds: number): string {
  if (Math.abs(microseconds) >= MICROSECONDS_MAX) return microseconds > 0 ? 'infinity' : '-infinity';
  const ms = Math.floor(microseconds / 1000);
  const rest = String(microseconds - ms * 1000).padStart(3, '0');
  return `${new Date(EPOCH_MS + ms).toISOString().slice(0, -1)}${rest}Z`;
}

/** @param text as {@link isoOfMicroseconds} writes it */
export function microsecondsOf(text: string): number {
  return (Date.parse(`${text.slice(0, 23)}Z`) - EPOCH_MS) * 1000 + Number(text.slice(23, 26));
}
