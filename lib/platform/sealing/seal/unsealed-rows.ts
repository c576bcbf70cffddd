import { copyOut, type RawTx } from '@/db/raw-scope';
import {
  COLUMN_COUNT,
  isoOfMicroseconds,
  microsecondsOf,
  SEALABLE_COLUMNS,
  SEALABLE_EVENTS,
  SealableRows,
} from '@/lib/platform/audit/sealable-rows';
import { isId } from '@/lib/platform/core/ids';
import { EVENT_YEARS } from '../rules';
import { decodePlaces } from './places';

/** What a pass of the sequencer looks at, in the order of (at, id). */
export interface RowWindow {
  tenantId: string;
  /** Not before; null from the beginning. */
  fromMs: number | null;
  /** The last event of the chunk before. */
  after: { at: string; id: string } | null;
  /** What this snapshot shows is sealed; null: nothing is known to be. */
  prior: string | null;
  /** Of a pass in several chunks, the snapshot of the first: what committed later is the next pass's. */
  sweep: string | null;
  limit: number;
  /** This event alone. */
  eventId?: string;
}

const SNAPSHOT = /^\d+:\d+:[\d,]*$/;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3,6}Z$/;

/** Everything in the statement is a number, an id, a time or a snapshot of ours. */
function literal(text: string, isFine: boolean): string {
  if (!isFine) throw new Error(`"${text}" cannot stand in a statement.`);
  return `'${text}'`;
}
const uuid = (text: string) => `${literal(text, isId(text))}::uuid`;
const time = (text: string) => `${literal(text, TIME.test(text))}::timestamptz`;
const snapshot = (text: string) => `${literal(text, SNAPSHOT.test(text))}::pg_snapshot`;

/** True of a row whose transaction this server has not seen commit, though it is there: it was restored from a dump. */
const IS_FOREIGN = 'not pg_visible_in_snapshot(xact, pg_current_snapshot())';

function statementOf({ tenantId, fromMs, after, prior, sweep, limit, eventId }: RowWindow): string {
  const conditions = [
    `tenant_id = ${uuid(tenantId)}`,
    `at >= ${time(fromMs === null ? `${EVENT_YEARS.from.slice(0, -1)}.000Z` : new Date(fromMs).toISOString())}`,
    `at < '${EVENT_YEARS.to}'`,
    ...(eventId === undefined ? [] : [`id = ${uuid(eventId)}`]),
    ...(after ? [`at >= ${time(after.at)} and (at, id) > (${time(after.at)}, ${uuid(after.id)})`] : []),
    ...(prior === null ? [] : [`not pg_visible_in_snapshot(xact, ${snapshot(prior)})`]),
    ...(sweep === null ? [] : [`(pg_visible_in_snapshot(xact, ${snapshot(sweep)}) or ${IS_FOREIGN})`]),
  ];
  return `copy (select ${SEALABLE_COLUMNS}, ${IS_FOREIGN} from ${SEALABLE_EVENTS} where ${conditions.join(' and ')}
    order by at, id limit ${Math.trunc(limit)}) to stdout with (format binary)`;
}

/** The planner does not see how few rows the window holds: nothing but the primary key leads to them in their order. */
async function walkTheKey(tx: RawTx): Promise<void> {
  await tx`select set_config('enable_sort', 'off', true), set_config('enable_bitmapscan', 'off', true),
    set_config('enable_seqscan', 'off', true)`;
}

const FOREIGN = COLUMN_COUNT;

export interface UnsealedRows {
  rows: SealableRows;
  /** Whether the window may hold more. */
  isFull: boolean;
  /** Some rows are of a transaction that this server never ran. */
  hasForeign: boolean;
}

/** The rows of a window, as they are in the snapshot of the transaction. */
export async function readUnsealedRows(tx: RawTx, window: RowWindow): Promise<UnsealedRows> {
  const rows = new SealableRows(COLUMN_COUNT + 1);
  await walkTheKey(tx);
  await copyOut(tx, statementOf(window), (message) => rows.add(message));
  let hasForeign = false;
  for (let row = 0; row < rows.length && !hasForeign; row++) {
    hasForeign = rows.bytes[rows.start(row, FOREIGN)] === 1;
  }
  return { rows, isFull: rows.length === window.limit, hasForeign };
}

/** The rows that no batch holds yet, by their numbers: what the snapshots cannot tell of a restored database. */
export async function withoutSealed(tx: RawTx, tenantId: string, rows: SealableRows): Promise<number[]> {
  const all = Array.from({ length: rows.length }, (_, row) => row);
  if (all.length === 0) return all;
  const sealed = new Set<string>();
  const batches = await tx<{ firstAt: string; leaves: number; places: Buffer }[]>`
    select to_char(first_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "firstAt", leaves, places
    from public.audit_batch where tenant_id = ${tenantId}::uuid
      and last_at >= ${isoOfMicroseconds(rows.time(0))}::timestamptz
      and first_at <= ${isoOfMicroseconds(rows.time(rows.length - 1))}::timestamptz`;
  for (const { firstAt, leaves, places } of batches) {
    const { times, tags } = decodePlaces(places, microsecondsOf(firstAt), leaves);
    for (let i = 0; i < leaves; i++) sealed.add(`${times[i]}:${tags[i]}`);
  }
  return all.filter((row) => !sealed.has(`${rows.time(row)}:${rows.tag(row)}`));
}
