import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { type ReadTx, readTenant } from '@/db/scope';
import type { Actor } from '@/lib/auth/contract';
import { requirePermission } from '@/lib/auth/require';
import { decodeCursor, encodeCursor } from '@/lib/core/cursor';
import {
  type MetricFindingDto,
  type MetricFindingPageDto,
  type MetricFindingsInput,
  metricFindingsInput,
} from './contract';
import { COHORT_DAYS, type Episode, type EpisodeEvent, episodesOf, firstOf } from './rules';

const CANDIDATES_PER_STEP = 200;
const STEPS_MAX = 10;
const FIRST = '00000000-0000-0000-0000-000000000000';

type Asked = z.output<typeof metricFindingsInput>;

interface Candidate extends Record<string, unknown>, Omit<MetricFindingDto, 'at' | 'severity'> {
  kind: string;
  events: EpisodeEvent[];
}

interface Bounds extends Record<string, unknown> {
  from: string;
  to: string;
}

/** The month, and from when its episodes may have begun: those of the time to patch began up to a year before its last day. */
async function boundsOf(tx: ReadTx, tenantId: string, { month, series }: Asked): Promise<Bounds> {
  const first = firstOf(month);
  const [row] = await tx.execute<Bounds>(sql`
    select to_json((case when ${series} = 'watched' then m.last_day - ${COHORT_DAYS - 1}::integer else ${first}::date end)::timestamp
        at time zone t.time_zone) #>> '{}' as "from",
      to_json(least((${first}::timestamp + interval '1 month') at time zone t.time_zone, now())) #>> '{}' as "to"
    from identity.tenant t cross join lateral (select least((${first}::date + interval '1 month')::date - 1,
      (now() at time zone t.time_zone)::date) as last_day) m
    where t.id = ${tenantId}::uuid`);
  if (!row) throw new Error('The tenant is gone.');
  return row;
}

/** The next findings with an event that may matter, with all their events: what an event meant shows in replay. */
async function candidates(
  tx: ReadTx,
  tenantId: string,
  { from, to }: Bounds,
  series: Asked['series'],
  after: string,
): Promise<Candidate[]> {
  const within = series === 'open' ? sql`at < ${to}::timestamptz` : sql`at >= ${from}::timestamptz`;
  return tx.execute<Candidate>(sql`
    with touched as (
      select distinct finding_id from finding_event
      where tenant_id = ${tenantId}::uuid and ${within} and finding_id > ${after}::uuid
        and type in ('opened', 'reopened', 'fixed', 'decided')
      order by finding_id limit ${CANDIDATES_PER_STEP}
    )
    select f.id as "findingId", f.kind, f.title, f.rule_id as "ruleId", f.status, a.name as asset,
      (select json_agg(json_build_object('at', e.at, 'changes', e.changes) order by e.number) from finding_event e
        where e.tenant_id = f.tenant_id and e.finding_id = f.id) as events
    from touched t join finding f on f.tenant_id = ${tenantId}::uuid and f.id = t.finding_id
      join asset a on a.tenant_id = f.tenant_id and a.id = f.asset_id
    order by f.id`);
}

/** When the episode did what is asked about, within the month. */
function momentOf(episode: Episode, { series }: Asked, fromMs: number, toMs: number): string | null {
  const openedMs = Date.parse(episode.openedAt);
  const endedMs = episode.endedAt === null ? Number.POSITIVE_INFINITY : Date.parse(episode.endedAt);
  const isWithin = (ms: number) => ms >= fromMs && ms < toMs;
  switch (series) {
    case 'found':
    case 'watched':
      return isWithin(openedMs) ? episode.openedAt : null;
    case 'reopened':
      return episode.isReopened && isWithin(openedMs) ? episode.openedAt : null;
    case 'fixed':
      return episode.ending === 'fixed' && isWithin(endedMs) ? episode.endedAt : null;
    case 'open':
      return openedMs < toMs && endedMs >= toMs ? episode.openedAt : null;
  }
}

function itemsOf(candidate: Candidate, asked: Asked, { from, to }: Bounds): MetricFindingDto[] {
  const { findingId, title, ruleId, asset, status } = candidate;
  const [fromMs, toMs] = [Date.parse(from), Date.parse(to)];
  return episodesOf(candidate.kind, candidate.events).flatMap((episode) => {
    const { severity } = episode;
    const at = momentOf(episode, asked, fromMs, toMs);
    if (at === null || (asked.severity !== undefined && severity !== asked.severity)) return [];
    return [{ findingId, title, ruleId, asset, status, severity, at: new Date(at).toISOString() }];
  });
}

/** The findings behind a number of a month, exactly those that it counts; a page may be short and still go on. */
export async function listMetricFindings(
  actor: Actor,
  input: MetricFindingsInput,
): Promise<MetricFindingPageDto> {
  requirePermission(actor, 'metrics:read');
  requirePermission(actor, 'findings:read');
  const asked = metricFindingsInput.parse(input);
  return readTenant(actor, async (tx) => {
    const bounds = await boundsOf(tx, actor.tenantId, asked);
    const items: MetricFindingDto[] = [];
    let after = asked.cursor === undefined ? FIRST : decodeCursor(asked.cursor, z.uuid());
    for (let step = 0; step < STEPS_MAX; step++) {
      const found = await candidates(tx, actor.tenantId, bounds, asked.series, after);
      for (const candidate of found) {
        items.push(...itemsOf(candidate, asked, bounds));
        after = candidate.findingId;
        if (items.length >= asked.limit) return { items, nextCursor: encodeCursor(after) };
      }
      if (found.length < CANDIDATES_PER_STEP) return { items, nextCursor: null };
    }
    return { items, nextCursor: encodeCursor(after) };
  });
}
