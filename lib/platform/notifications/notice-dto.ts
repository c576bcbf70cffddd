import { type AnyColumn, type SQL, sql } from 'drizzle-orm';
import type { InboxItemDto } from './contract';
import type { Severity } from './notice-contract';
import { type Told, wordsOf } from './words';

/** A column's time with microseconds, as a cursor holds it. */
export const placeOf = (column: AnyColumn): SQL<string> =>
  sql<string>`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

interface NoticeRow extends Told {
  id: string;
  severity: Severity;
  createdAt: Date;
}

export function noticeDtoOf(row: NoticeRow, timeZone: string): Omit<InboxItemDto, 'readAt'> {
  const { id, type, severity, createdAt } = row;
  return { id, type, severity, ...wordsOf(row, timeZone), createdAt: createdAt.toISOString() };
}
