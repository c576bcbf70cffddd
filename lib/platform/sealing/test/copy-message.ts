import { microsecondsOf } from '@/lib/platform/audit/sealable-rows';
import type { SealedEvent } from '../leaf/sealed-event';

const HEADER = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)]);

const field = (bytes: Buffer | null) => {
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes ? bytes.length : -1);
  return bytes ? Buffer.concat([length, bytes]) : length;
};
const text = (value: string | null) => (value === null ? null : Buffer.from(value));
const uuid = (value: string | null) =>
  value === null ? null : Buffer.from(value.replaceAll('-', ''), 'hex');
const time = (value: string) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(microsecondsOf(value)));
  return bytes;
};
const int16 = (value: number | null) => {
  if (value === null) return null;
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
};
const int32 = (value: number | null) => {
  if (value === null) return null;
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};

/** An event as Postgres sends it in a binary COPY; the first message of a stream carries the header. */
export function copyMessage(event: SealedEvent, isFirst: boolean): Buffer {
  const fields = [
    time(event.at),
    uuid(event.id),
    time(event.recordedAt),
    text(event.category),
    text(event.action),
    text(event.outcome),
    text(event.code),
    text(event.actorType),
    uuid(event.actorId),
    text(event.actorLabel),
    uuid(event.sessionId),
    uuid(event.keyId),
    uuid(event.keyVersionId),
    text(event.ip),
    text(event.userAgent),
    text(event.method),
    text(event.host),
    text(event.path),
    int16(event.status),
    int32(event.durationUs),
    text(event.targetType),
    text(event.targetId),
    text(event.targetLabel),
    text(event.reason),
    text(event.requestId),
    event.details === null ? null : Buffer.concat([Buffer.of(1), Buffer.from(event.details)]),
    int16(event.schemaVersion),
    Buffer.alloc(8),
  ];
  const count = Buffer.alloc(2);
  count.writeInt16BE(fields.length);
  return Buffer.concat([...(isFirst ? [HEADER] : []), count, ...fields.map(field)]);
}
