import {
  COLUMN,
  isoOfMicroseconds,
  readMicroseconds,
  type SealableRows,
} from '@/lib/platform/audit/sealable-rows';
import type { SealedEvent } from '../leaf/sealed-event';

/** A row as the event that lib/platform/sealing/leaf encodes: for the few rows that a person looks at. */
export function eventOfRow(tenantId: string, rows: SealableRows, row: number): SealedEvent {
  const text = (column: number) => rows.text(row, column);
  const uuid = (column: number) => rows.uuid(row, column);
  const time = (column: number) => isoOfMicroseconds(readMicroseconds(rows.bytes, rows.start(row, column)));
  const integer = (column: number, read: 'readInt16BE' | 'readInt32BE') => {
    const start = rows.start(row, column);
    return start < 0 ? null : rows.bytes[read](start);
  };
  return {
    tenantId,
    at: time(COLUMN.at),
    id: uuid(COLUMN.id) ?? '',
    recordedAt: time(COLUMN.recordedAt),
    category: text(COLUMN.category) ?? '',
    action: text(COLUMN.action) ?? '',
    outcome: text(COLUMN.outcome) ?? '',
    code: text(COLUMN.code),
    actorType: text(COLUMN.actorType) ?? '',
    actorId: uuid(COLUMN.actorId),
    actorLabel: text(COLUMN.actorLabel),
    sessionId: uuid(COLUMN.sessionId),
    keyId: uuid(COLUMN.keyId),
    keyVersionId: uuid(COLUMN.keyVersionId),
    ip: text(COLUMN.ip),
    userAgent: text(COLUMN.userAgent),
    method: text(COLUMN.method),
    host: text(COLUMN.host),
    path: text(COLUMN.path),
    status: integer(COLUMN.status, 'readInt16BE'),
    durationUs: integer(COLUMN.durationUs, 'readInt32BE'),
    targetType: text(COLUMN.targetType),
    targetId: text(COLUMN.targetId),
    targetLabel: text(COLUMN.targetLabel),
    reason: text(COLUMN.reason),
    requestId: text(COLUMN.requestId) ?? '',
    details: text(COLUMN.details)?.slice(1) ?? null,
    schemaVersion: integer(COLUMN.schemaVersion, 'readInt16BE') ?? 0,
  };
}
