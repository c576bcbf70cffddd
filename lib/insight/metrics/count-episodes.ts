import { sql } from 'drizzle-orm';
import { inTenant, type WriteTx } from '@/db/scope';
import { findingEvents, findingsOf } from '@/lib/assurance/findings/facts';
import type { JobActor } from '@/lib/platform/auth/contract';
import { holdProgress, markDirty, type Progress } from './progress';
import { type Episode, type EpisodeEvent, episodesOf } from './rules';

const FINDINGS_PER_CHUNK = 5_000;
const CHUNKS_PER_RUN_MAX = 400;

interface EventRow extends Record<string, unknown> {
  findingId: string;
  kind: string;
  at: string;
  changes: Record<string, unknown>;
  isNew: boolean;
}

/** One row of metric_episode, with how many episodes it gains. */
interface Change {
  severity: string;
  openedAt: string;
  endedAt: string | null;
  ending: string;
  isReopened: boolean;
  inTime: boolean;
  change: number;
}

/** All events, up to the end of the pass, of the next findings that have an event in it. */
async function eventsOf(tx: WriteTx, tenantId: string, pass: Progress): Promise<EventRow[]> {
  return tx.execute<EventRow>(sql`
    with touched as (
      select distinct finding_id from ${findingEvents(tenantId)} e
      where recorded_xid >= ${pass.eventsBefore}::bigint
        and recorded_xid < ${pass.passUntil}::bigint
        and finding_id > coalesce(${pass.passAfter}::uuid, '00000000-0000-0000-0000-000000000000'::uuid)
      order by finding_id limit ${FINDINGS_PER_CHUNK}
    )
    select e.finding_id as "findingId", f.kind, to_json(e.at) #>> '{}' as at, e.changes,
      e.recorded_xid >= ${pass.eventsBefore}::bigint as "isNew"
    from touched t
      join ${findingEvents(tenantId)} e on e.finding_id = t.finding_id
      join ${findingsOf(tenantId)} f on f.id = t.finding_id
    where e.recorded_xid < ${pass.passUntil}::bigint
    order by e.finding_id, e.number`);
}

const rowKey = (e: Episode) =>
  [e.severity, e.openedAt, e.endedAt, e.ending, e.isReopened, e.inTime].join(' ');

/** What the new events changed in the episodes of each finding. */
export function changesOf(rows: readonly EventRow[]): Change[] {
  const changes = new Map<string, Change>();
  const add = (episode: Episode, change: number) => {
    const key = rowKey(episode);
    const known = changes.get(key);
    if (known) known.change += change;
    else changes.set(key, { ...episode, change });
  };
  for (const [, events] of Map.groupBy(rows, (row) => row.findingId)) {
    const kind = events[0]?.kind ?? '';
    const known: EpisodeEvent[] = events.filter((event) => !event.isNew);
    for (const episode of episodesOf(kind, known)) add(episode, -1);
    for (const episode of episodesOf(kind, events)) add(episode, 1);
  }
  return [...changes.values()].filter(({ change }) => change !== 0);
}

async function applyChanges(tx: WriteTx, tenantId: string, changes: readonly Change[]): Promise<void> {
  if (changes.length === 0) return;
  const [touched] = await tx.execute<{ month: string | null }>(sql`
    with change as (
      select r.severity, (r."openedAt" at time zone p.time_zone)::date as opened_on,
        coalesce((r."endedAt" at time zone p.time_zone)::date, 'infinity'::date) as ended_on, r.ending,
        r."isReopened" as is_reopened, r."inTime" as in_time, sum(r.change)::integer as count
      from json_to_recordset(${JSON.stringify(changes)}::json) as r(severity text, "openedAt" timestamptz,
        "endedAt" timestamptz, ending text, "isReopened" boolean, "inTime" boolean, change integer)
        join metric_progress p on p.tenant_id = ${tenantId}::uuid
      group by 1, 2, 3, 4, 5, 6
    ), applied as (
      insert into metric_episode as m (tenant_id, severity, opened_on, ended_on, ending, is_reopened, in_time, count)
      select ${tenantId}::uuid, c.* from change c where c.count <> 0
      on conflict (tenant_id, severity, opened_on, ended_on, ending, is_reopened, in_time)
        do update set count = m.count + excluded.count
    )
    select date_trunc('month', least(min(opened_on), min(ended_on)))::date::text as month from change where count <> 0`);
  if (touched?.month) await markDirty(tx, tenantId, touched.month);
}

/** A pass reads the events of all transactions that are over and were not at the last one. */
async function beginPass(tx: WriteTx, tenantId: string): Promise<boolean> {
  const [begun] = await tx.execute(sql`
    update metric_progress set pass_until = pg_snapshot_xmin(pg_current_snapshot())::text::bigint, pass_after = null
    where tenant_id = ${tenantId}::uuid and pass_until is null and exists (
      select from ${findingEvents(tenantId)} e where e.recorded_xid >= events_before
        and e.recorded_xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint)
    returning 1`);
  return begun !== undefined;
}

/** @returns whether the pass goes on */
async function countChunk(tx: WriteTx, tenantId: string): Promise<boolean> {
  const progress = await holdProgress(tx, tenantId);
  if (!progress) return false;
  if (progress.passUntil === null) return beginPass(tx, tenantId);
  const rows = await eventsOf(tx, tenantId, progress);
  await applyChanges(tx, tenantId, changesOf(rows));
  const last = rows.at(-1);
  if (last) {
    await tx.execute(
      sql`update metric_progress set pass_after = ${last.findingId}::uuid where tenant_id = ${tenantId}::uuid`,
    );
    return true;
  }
  await tx.execute(sql`delete from metric_episode where tenant_id = ${tenantId}::uuid and count = 0`);
  await tx.execute(sql`
    update metric_progress set events_before = pass_until, pass_until = null, pass_after = null
    where tenant_id = ${tenantId}::uuid`);
  return false;
}

/** Counts what the events of findings changed since the last run, each event exactly once. */
// guard: derived counters of events that hold their actor already
export async function countEpisodes(actor: JobActor): Promise<void> {
  for (let i = 0; i < CHUNKS_PER_RUN_MAX; i++) {
    if (!(await inTenant(actor, (tx) => countChunk(tx, actor.tenantId)))) return;
  }
}
