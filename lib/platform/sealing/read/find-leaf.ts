import { type RawTx, rawTenant } from '@/db/raw-scope';
import { COLUMN, isoOfMicroseconds, microsecondsOf, SealableRows } from '@/lib/platform/audit/sealable-rows';
import { eventOfRow } from '../bulk/row-event';
import { encodeLeaf } from '../leaf/encode-leaf';
import { type FieldOpenings, SALT_BYTES, type SealedEvent } from '../leaf/sealed-event';
import { decodePlaces } from '../seal/places';
import { equalBytes } from '../tlog/bytes';
import { HASH_BYTES, leafHash } from '../tlog/merkle';
import { readTimes } from '../verify/slice-rows';

/** `intact`: the event is what was sealed. `erased`: as far as its fields were not erased. */
export type LeafState = 'intact' | 'erased' | 'changed';

export interface FoundLeaf {
  incarnation: number;
  index: number;
  hash: Uint8Array;
  salt: Uint8Array;
  sealedMs: number;
  state: LeafState;
  event: SealedEvent;
  /** What still opens an event of which fields were erased. */
  fields: FieldOpenings | null;
  /** The bytes that the hash is of; null where the event was changed. */
  entry: Uint8Array | null;
}

type Place = Pick<FoundLeaf, 'incarnation' | 'index' | 'hash' | 'salt' | 'sealedMs'>;

async function findPlace(tx: RawTx, tenantId: string, time: number, tag: number): Promise<Place | null> {
  const at = isoOfMicroseconds(time);
  const batches = await tx<
    {
      incarnation: number;
      firstIndex: number;
      leaves: number;
      firstAt: string;
      sealedMs: number;
      places: Buffer;
    }[]
  >`
    select incarnation, first_index::float8 as "firstIndex", leaves, places,
      to_char(first_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "firstAt",
      (extract(epoch from sealed_at) * 1000)::float8 as "sealedMs"
    from public.audit_batch where tenant_id = ${tenantId}::uuid and last_at >= ${at}::timestamptz and first_at <= ${at}::timestamptz
    order by incarnation desc, first_index`;
  for (const { incarnation, firstIndex, leaves, firstAt, sealedMs, places } of batches) {
    const decoded = decodePlaces(places, microsecondsOf(firstAt), leaves);
    const n = decoded.times.findIndex((each, i) => each === time && decoded.tags[i] === tag);
    if (n < 0) continue;
    const [bytes] = await tx<{ hash: Buffer; salt: Buffer }[]>`
      select substring(hashes from ${n * HASH_BYTES + 1}::integer for ${HASH_BYTES}::integer) as hash,
        substring(salts from ${n * SALT_BYTES + 1}::integer for ${SALT_BYTES}::integer) as salt
      from public.audit_batch where tenant_id = ${tenantId}::uuid and incarnation = ${incarnation}::smallint
        and first_index = ${firstIndex}::bigint`;
    if (!bytes) return null;
    return {
      incarnation,
      index: firstIndex + n,
      hash: new Uint8Array(bytes.hash),
      salt: new Uint8Array(bytes.salt),
      sealedMs,
    };
  }
  return null;
}

async function readOpening(tx: RawTx, tenantId: string, id: string): Promise<FieldOpenings | null> {
  const [row] = await tx<{ opening: FieldOpenings }[]>`
    select opening from public.audit_erasure where tenant_id = ${tenantId}::uuid and event_id = ${id}::uuid limit 1`;
  return row?.opening ?? null;
}

/** Compares the event with its leaf anew: what the batch says of it counts for nothing by itself. */
function judge(
  event: SealedEvent,
  { hash, salt }: Place,
  opening: FieldOpenings | null,
): Pick<FoundLeaf, 'state' | 'entry'> {
  const whole = encodeLeaf(event, { salt });
  if (equalBytes(leafHash(whole), hash)) return { state: 'intact', entry: whole };
  const rest = opening ? encodeLeaf(event, { fields: opening }) : null;
  if (rest && equalBytes(leafHash(rest), hash)) return { state: 'erased', entry: rest };
  return { state: 'changed', entry: null };
}

/**
 * The leaf of an event.
 * @param at the event's time, to the microsecond @returns null where it is not sealed yet
 */
export function findLeaf(
  tenantId: string,
  { at, id }: { at: string; id: string },
): Promise<FoundLeaf | null> {
  return rawTenant({ role: 'app_ro', tenantId }, async (tx) => {
    const rows = new SealableRows();
    await readTimes(tx, tenantId, [microsecondsOf(at)], rows);
    const row = Array.from({ length: rows.length }, (_, n) => n).find((n) => rows.uuid(n, COLUMN.id) === id);
    if (row === undefined) return null;
    const place = await findPlace(tx, tenantId, rows.time(row), rows.tag(row));
    if (!place) return null;
    const event = eventOfRow(tenantId, rows, row);
    const fields = await readOpening(tx, tenantId, id);
    return { ...place, event, fields, ...judge(event, place, fields) };
  });
}
