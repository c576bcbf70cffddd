import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { type ReadTx, readTenant } from '@/db/scope';
import { findingEvents, namedFindings } from '@/lib/assurance/findings/facts';
import type { Actor } from '@/lib/platform/auth/contract';
import { decodeCursor, encodeCursor } from '@/lib/platform/core/http/cursor';
import type {
  EpisodeSeries,
  FindingMark,
  MetricFindingDto,
  MetricFindingPageDto,
  metricFindingsInput,
} from './rows-contract';
import { COHORT_DAYS, type Episode, type EpisodeEvent, episodesOf, firstOf } from './rules';

const CANDIDATES_PER_STEP = 200;
const STEPS_MAX = 10;
const FIRST = '00000000-0000-0000-0000-000000000000';

export type EpisodesAsked = z.output<typeof metricFindingsInput> & { series: EpisodeSeries };

interface Candidate extends Record<string, unknown>, Omit<MetricFindingDto, 'at' | 'severity' | 'mark'> {
  kind: string;
  events: EpisodeEvent[];
}

interface Bounds extends Record<string, unknown> {
  from: string;
  to: string;
}

/** The month, and from when its episodes may have begun: those of the time to patch began up to a year before its last day. */
async function boundsOf(tx: ReadTx, tenantId: string, { month, series }: EpisodesAsked): Promise<Bounds> {
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
  series: EpisodeSeries,
  after: string,
): Promise<Candidate[]> {
  const within = series === 'open' ? sql`at < ${to}::timestamptz` : sql`at >= ${from}::timestamptz`;
  return tx.execute<Candidate>(sql`
    with touched as (
      select distinct finding_id from ${findingEvents(tenantId)} e
      where ${within} and finding_id > ${after}::uuid
        and type in ('opened', 'reopened', 'fixed', 'decided')
      order by finding_id limit ${CANDIDATES_PER_STEP}
    )
    select f.id as "findingId", f.kind, f.title, f.rule_id as "ruleId", f.status, f.asset,
      (select json_agg(json_build_object('at', e.at, 'changes', e.changes) order by e.number)
        from ${findingEvents(tenantId)} e where e.finding_id = f.id) as events
    from touched t join ${namedFindings(tenantId)} f on f.id = t.finding_id
    order by f.id`);
}

interface Counted {
  at: string;
  mark: FindingMark | null;
}

/** What the episode counts as in the month, and when it did so. */
function countedOf(episode: Episode, series: EpisodeSeries, { from, to }: Bounds): Counted[] {
  const { openedAt, endedAt, isReopened } = episode;
  const isWithin = (at: string | null) =>
    at !== null && Date.parse(at) >= Date.parse(from) && Date.parse(at) < Date.parse(to);
  const isOver = endedAt !== null && Date.parse(endedAt) < Date.parse(to);
  const isFixed = episode.ending === 'fixed' && isOver;
  const begun = (mark: FindingMark | null): Counted[] => (isWithin(openedAt) ? [{ at: openedAt, mark }] : []);
  const fixed = (mark: FindingMark): Counted[] =>
    isFixed && isWithin(endedAt) ? [{ at: endedAt, mark }] : [];
  switch (series) {
    case 'found':
      return begun(isReopened ? 'come_back' : null);
    case 'reopened':
      return isReopened ? begun(null) : [];
    case 'fixed':
      return fixed(episode.inTime ? 'in_time' : 'not_in_time');
    case 'net':
      return [...begun('found'), ...fixed('fixed')];
    case 'watched':
      return begun(isFixed ? 'patched' : 'not_patched');
    case 'open':
      return Date.parse(openedAt) < Date.parse(to) && !isOver ? [{ at: openedAt, mark: null }] : [];
  }
}

function itemsOf(candidate: Candidate, asked: EpisodesAsked, bounds: Bounds): MetricFindingDto[] {
  const { findingId, title, ruleId, asset, status } = candidate;
  return episodesOf(candidate.kind, candidate.events).flatMap((episode) => {
    const { severity } = episode;
    if (asked.severity !== undefined && severity !== asked.severity) return [];
    return countedOf(episode, asked.series, bounds).map(({ at, mark }) => ({
      ...{ findingId, title, ruleId, asset, status, severity, mark },
      at: new Date(at).toISOString(),
    }));
  });
}

/** The findings whose episodes a number of a month counts; a page may be short and still go on. */
export async function listEpisodeFindings(actor: Actor, asked: EpisodesAsked): Promise<MetricFindingPageDto> {
  return readTenant(actor, async (tx) => {
    const bounds = await boundsOf(tx, actor.tenantId, asked);
    const items: MetricFindingDto[] = [];
    const pageOf = (nextCursor: string | null) => ({ items, nextCursor, notKept: 0 });
    let after = asked.cursor === undefined ? FIRST : decodeCursor(asked.cursor, z.uuid());
    for (let step = 0; step < STEPS_MAX; step++) {
      const found = await candidates(tx, actor.tenantId, bounds, asked.series, after);
      for (const candidate of found) {
        items.push(...itemsOf(candidate, asked, bounds));
        after = candidate.findingId;
        if (items.length >= asked.limit) return pageOf(encodeCursor(after));
      }
      if (found.length < CANDIDATES_PER_STEP) return pageOf(null);
    }
    return pageOf(encodeCursor(after));
  });
}
