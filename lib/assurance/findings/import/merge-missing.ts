import { sql } from 'drizzle-orm';
import type { WriteTx } from '@/db/scope';
import { missed } from '@/lib/assurance/findings/rules';
import { BATCH, last, type MergeContext } from './merge-findings';
import { type Known, lockFindings, type MovedRow, updateFindings } from './merge-rows';

/** Marks the findings that a held run lacks, for who confirms it later. */
export async function holdMissing(
  tx: WriteTx,
  context: MergeContext,
  missing: readonly Known[],
): Promise<void> {
  await tx.execute(sql`
    update sighting s set held_scan_id = ${context.scanId}::uuid,
      last_seen_at = coalesce(s.last_seen_at, (select last_complete_at from scan_stream t
        where t.tenant_id = s.tenant_id and t.id = s.stream_id))
    where s.tenant_id = ${context.actor.tenantId}::uuid and s.stream_id = ${context.streamId}::uuid
      and s.finding_id in (select jsonb_array_elements_text(${JSON.stringify(missing.map(({ id }) => id))}::jsonb)::uuid)`);
}

/** Ends sightings that were missed often enough. @returns ids of findings that no stream sees any more */
async function endSightings(
  tx: WriteTx,
  context: MergeContext,
  ids: readonly string[],
  confirmAbsent: number,
) {
  const rows = await tx.execute<{ id: string; at: string; scan_id: string }>(sql`
    with ended as (
      update sighting s set missed_runs = s.missed_runs + 1, missed_at = coalesce(s.missed_at, ${context.at}::timestamptz),
        missed_scan_id = coalesce(s.missed_scan_id, ${context.scanId}::uuid), held_scan_id = null,
        gone_at = case when s.missed_runs + 1 >= ${confirmAbsent}::integer then ${context.at}::timestamptz end,
        last_seen_at = coalesce(s.last_seen_at, (select last_complete_at from scan_stream t
          where t.tenant_id = s.tenant_id and t.id = s.stream_id))
      where s.tenant_id = ${context.actor.tenantId}::uuid and s.stream_id = ${context.streamId}::uuid and s.gone_at is null
        and s.finding_id in (select jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb)::uuid)
      returning s.finding_id, s.gone_at, s.missed_at, s.missed_scan_id)
    select e.finding_id as id, to_char(e.missed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at,
      e.missed_scan_id as scan_id
    from ended e
    where e.gone_at is not null and not exists (select 1 from sighting o
      where o.tenant_id = ${context.actor.tenantId}::uuid and o.finding_id = e.finding_id and o.gone_at is null
        and o.stream_id <> ${context.streamId}::uuid)`);
  return [...rows];
}

/**
 * Takes findings as absent from a complete run that may be believed. Fixed is what no stream sees any more, at the
 * first run that lacked it.
 * @returns how many findings were fixed
 */
export async function writeMissing(
  tx: WriteTx,
  context: MergeContext,
  ids: readonly string[],
  confirmAbsent: number,
): Promise<number> {
  let fixed = 0;
  for (let from = 0; from < ids.length; from += BATCH) {
    const ended = await endSightings(tx, context, ids.slice(from, from + BATCH), confirmAbsent);
    const stored = await lockFindings(
      tx,
      context.actor.tenantId,
      ended.map(({ id }) => id),
    );
    const rows = ended.flatMap(({ id, at, scan_id }): MovedRow[] => {
      const row = stored.get(id);
      if (!row) return [];
      const transitions = missed(row.state, at, scan_id);
      return [{ id, events: row.events, state: last(row.state, transitions), transitions, attributes: null }];
    });
    fixed += rows.filter(({ transitions }) => transitions.length > 0).length;
    await updateFindings(tx, context, rows);
  }
  return fixed;
}
