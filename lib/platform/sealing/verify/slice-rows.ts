import { copyOut, type RawTx } from '@/db/raw-scope';
import {
  isoOfMicroseconds,
  readMicroseconds,
  SEALABLE_COLUMNS,
  SEALABLE_EVENTS,
  SealableRows,
} from '@/lib/platform/audit/sealable-rows';
import { isId } from '@/lib/platform/core/ids';
import { SALT_BYTES } from '../leaf/sealed-event';
import { decodePlaces, type Places } from '../seal/places';
import { HASH_BYTES } from '../tlog/merkle';
import type { Slice, TimeSpan } from './plan';

const COPY_HEADER_BYTES = 19;

/** Times that the server can compare: beyond these it has none. */
const timeOf = (microseconds: number) =>
  Number.isFinite(microseconds)
    ? `'${isoOfMicroseconds(microseconds)}'::timestamptz`
    : `'${microseconds > 0 ? 'infinity' : '-infinity'}'::timestamptz`;

/** Everything in the statement is ours: an id, and times. */
function statementOf(tenantId: string, condition: string, limit = ''): string {
  if (!isId(tenantId)) throw new Error('Not a tenant.');
  return `copy (select ${SEALABLE_COLUMNS} from ${SEALABLE_EVENTS}
    where tenant_id = '${tenantId}'::uuid and ${condition} order by at, id ${limit}) to stdout with (format binary)`;
}

async function preferTheKey(tx: RawTx): Promise<void> {
  await tx`select set_config('enable_sort', 'off', true), set_config('enable_bitmapscan', 'off', true),
    set_config('enable_seqscan', 'off', true)`;
}

/** @param rows receives the rows, instead of what it held */
export async function readSpan(
  tx: RawTx,
  tenantId: string,
  span: TimeSpan,
  rows: SealableRows,
): Promise<void> {
  rows.clear();
  await preferTheKey(tx);
  const condition = `at >= ${timeOf(span.from)} and at <= ${timeOf(span.to)}`;
  await copyOut(tx, statementOf(tenantId, condition), (message) => rows.add(message));
}

/** The oldest rows from a time on, and how many there are in all. */
export async function readTail(
  tx: RawTx,
  tenantId: string,
  from: number,
  limit: number,
): Promise<{ rows: SealableRows; count: number }> {
  const rows = new SealableRows();
  await preferTheKey(tx);
  const condition = `at >= ${timeOf(from)}`;
  await copyOut(tx, statementOf(tenantId, condition, `limit ${limit}`), (message) => rows.add(message));
  if (rows.length < limit) return { rows, count: rows.length };
  const [all] = await tx<{ count: number }[]>`
    select count(*)::float8 as count from ${tx.unsafe(SEALABLE_EVENTS)}
    where tenant_id = ${tenantId}::uuid and at >= ${tx.unsafe(timeOf(from))}`;
  return { rows, count: all?.count ?? 0 };
}

/** The rows of exactly these times. @param rows receives them, instead of what it held */
export async function readTimes(
  tx: RawTx,
  tenantId: string,
  times: Iterable<number>,
  rows: SealableRows,
): Promise<void> {
  rows.clear();
  const list = [...new Set(times)].map(timeOf).join(', ');
  if (list === '') return;
  await preferTheKey(tx);
  await copyOut(tx, statementOf(tenantId, `at in (${list})`), (message) => rows.add(message));
}

export interface SliceLeaves extends Places {
  hashes: Uint8Array;
  salts: Uint8Array;
  /** When each leaf was sealed, in microseconds since 2000. */
  sealedTimes: Float64Array;
}

const microseconds = (tx: RawTx, column: string) =>
  tx.unsafe(`((extract(epoch from ${column}) - 946684800) * 1000000)::float8`);

/** The fields of one row of a binary COPY; the first message begins with the header. */
function fieldsOf(message: Buffer, isFirst: boolean): Buffer[] {
  let at = isFirst ? COPY_HEADER_BYTES : 0;
  const fields: Buffer[] = [];
  const count = at < message.length ? message.readInt16BE(at) : 0;
  at += 2;
  for (let i = 0; i < count; i++) {
    const end = at + 4 + message.readInt32BE(at);
    fields.push(message.subarray(at + 4, end));
    at = end;
  }
  return fields;
}

/** The leaves of a slice, cut out of the batches that hold them. Through COPY: as text, a byte would be two letters. */
export async function readLeaves(tx: RawTx, tenantId: string, slice: Slice): Promise<SliceLeaves> {
  const { incarnation, begin, end } = slice;
  const count = end - begin;
  const leaves: SliceLeaves = {
    times: new Float64Array(count),
    tags: new Uint32Array(count),
    sealedTimes: new Float64Array(count),
    hashes: new Uint8Array(count * HASH_BYTES),
    salts: new Uint8Array(count * SALT_BYTES),
  };
  if (!isId(tenantId)) throw new Error('Not a tenant.');
  const statement = `copy (select first_index, leaves, first_at, sealed_at, places, hashes, salts from public.audit_batch
    where tenant_id = '${tenantId}'::uuid and incarnation = ${Math.trunc(incarnation)}
      and first_index < ${Math.trunc(end)} and first_index + leaves > ${Math.trunc(begin)}
    order by first_index) to stdout with (format binary)`;
  let isFirst = true;
  await copyOut(tx, statement, (message) => {
    const [first, size, firstAt, sealedAt, places, hashes, salts] = fieldsOf(message, isFirst);
    isFirst = false;
    if (!first || !size || !firstAt || !sealedAt || !places || !hashes || !salts) return;
    const firstIndex = Number(first.readBigInt64BE());
    const from = Math.max(0, begin - firstIndex);
    const to = Math.min(size.readInt32BE(), end - firstIndex);
    const at = firstIndex + from - begin;
    const { times, tags } = decodePlaces(places, readMicroseconds(firstAt, 0), size.readInt32BE());
    leaves.times.set(times.subarray(from, to), at);
    leaves.tags.set(tags.subarray(from, to), at);
    leaves.sealedTimes.fill(readMicroseconds(sealedAt, 0), at, at + to - from);
    leaves.hashes.set(hashes.subarray(from * HASH_BYTES, to * HASH_BYTES), at * HASH_BYTES);
    leaves.salts.set(salts.subarray(from * SALT_BYTES, to * SALT_BYTES), at * SALT_BYTES);
  });
  return leaves;
}

/** Places of leaves outside the slice that lie in its spans of time, as `time:tag`. */
export async function readOtherPlaces(
  tx: RawTx,
  tenantId: string,
  slice: Slice,
  span: TimeSpan,
): Promise<Set<string>> {
  const found = new Set<string>();
  const batches = await tx<{ leaves: number; firstTime: number; places: Buffer }[]>`
    select leaves, ${microseconds(tx, 'first_at')} as "firstTime", places from public.audit_batch
    where tenant_id = ${tenantId}::uuid and last_at >= ${tx.unsafe(timeOf(span.from))}
      and first_at <= ${tx.unsafe(timeOf(span.to))}
      and (incarnation <> ${slice.incarnation}::smallint or first_index < ${slice.begin}::bigint
        or first_index + leaves > ${slice.end}::bigint)`;
  for (const { leaves, firstTime, places } of batches) {
    const { times, tags } = decodePlaces(places, firstTime, leaves);
    for (let i = 0; i < leaves; i++) found.add(`${times[i]}:${tags[i]}`);
  }
  return found;
}
