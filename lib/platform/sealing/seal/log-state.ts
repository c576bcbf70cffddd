import type { RawTx } from '@/db/raw-scope';
import { CompactRange, HASH_BYTES } from '../tlog/merkle';

/** A log's place, as the sequencer holds it: locked until its transaction ends. */
export interface LogState {
  incarnation: number;
  origin: string;
  size: number;
  parts: Uint8Array;
  /** What is sealed; null before the first pass. */
  snapshot: string | null;
  snapshotMs: number | null;
  horizonMs: number | null;
  sweep: string | null;
  sweepMs: number | null;
  sweepHorizonMs: number | null;
  sweptAt: string | null;
  sweptId: string | null;
  /** Of an incarnation that a restore began: the event that is its first leaf. */
  restoredEventId: string | null;
  /** The same of the installation's log: an entry of its own. */
  restoredEntry: string | null;
}

/** @returns null where another sequencer holds it */
export async function lockLog(tx: RawTx, tenantId: string): Promise<LogState | null> {
  const [found] = await tx<LogState[]>`
    select incarnation, origin, size::float8 as size, parts, snapshot::text as snapshot,
      (extract(epoch from snapshot_at) * 1000)::float8 as "snapshotMs",
      (extract(epoch from horizon_at) * 1000)::float8 as "horizonMs", sweep::text as sweep,
      (extract(epoch from sweep_at) * 1000)::float8 as "sweepMs",
      (extract(epoch from sweep_horizon_at) * 1000)::float8 as "sweepHorizonMs",
      to_char(swept_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "sweptAt", swept_id as "sweptId",
      (restored ->> 'eventId')::uuid as "restoredEventId", restored ->> 'entry' as "restoredEntry"
    from public.audit_log where tenant_id = ${tenantId}::uuid
    order by incarnation desc limit 1 for update skip locked`;
  return found ?? null;
}

/** The hashes of {@link CompactRange.parts}, one behind the other. */
export function rangeOf({ size, parts }: Pick<LogState, 'size' | 'parts'>): CompactRange {
  const hashes = Array.from({ length: parts.length / HASH_BYTES }, (_, n) =>
    Uint8Array.from(parts.subarray(n * HASH_BYTES, (n + 1) * HASH_BYTES)),
  );
  return CompactRange.of(size, hashes);
}

export const partsOf = (range: CompactRange): Buffer => Buffer.concat(range.parts);
