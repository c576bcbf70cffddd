import { type SQL, sql } from 'drizzle-orm';
import type { ReadTx } from '@/db/scope';
import { ID_MIN, type Position, positionTime } from './cursor';
import { type AuditPlan, matchesOf, scopeOf } from './filters';

/** How much one reading may cost, in rows: about 20 ms on one core of 2024 where the pages lie in memory,
 * twice that where they do not. It ends there and says how far it came. */
export interface ScanBudget {
  /** Rows looked at one by one. */
  walkRows: number;
  /** The same where a row costs four times as much: its texts are searched, or it is fetched from a page of its own. */
  dearRows: number;
  /** Rows looked at before a rare value is looked up in the summaries. */
  probeRows: number;
  /** Matches after which a look-up ends: each costs the reading of one summarised range. */
  lookUpHits: number;
}

export const PAGE_BUDGET: ScanBudget = { walkRows: 15_000, dearRows: 5000, probeRows: 2000, lookUpHits: 40 };

export interface ScanResult {
  found: Position[];
  /** Everything newer than this was looked at; null: everything in the range was. */
  searchedTo: Position | null;
}

/** With more matches among the probed rows, a walk fills the page sooner than the summaries do. */
const RARE_HITS_MAX = 1;
/** Each look-up reaches so many times as far back as the one before, while it finds next to nothing. */
const LOOK_UP_GROWTH = 16;
const LOOK_UPS_MAX = 8;
const SPAN_MS_MIN = 1000;

export const isoTime = (column: SQL) =>
  sql`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** Looks at the next `rows` rows of the plan's index, newest first. The last of them comes back as the place reached. */
async function walk(
  tx: ReadTx,
  plan: AuditPlan,
  after: Position | null,
  rows: number,
  want: number,
): Promise<ScanResult> {
  const result = await tx.execute<{ at: string; id: string; hit: boolean; n: number }>(sql`
    select ${isoTime(sql`at`)} as at, id, hit, n::integer from (
      select at, id, hit, row_number() over () as n from (
        select at, id, coalesce(${matchesOf(plan)}, false) as hit from public.audit_event
        where ${scopeOf(plan, { after })}
        order by at desc, id desc limit ${rows}::integer
      ) as examined
    ) as numbered where hit or n = ${rows}::integer limit ${want + 1}::integer`);
  const found = result.filter((row) => row.hit).slice(0, want);
  const last = result.at(-1);
  const isFull = found.length === want;
  const reached = isFull ? found.at(-1) : last && last.n === rows ? last : undefined;
  return {
    found: found.map(({ at, id }) => ({ at, id })),
    searchedTo: reached ? { at: reached.at, id: reached.id } : null,
  };
}

/** Looks a rare value up in the bloom summaries, within `[fromMs, after)`. */
async function lookUp(
  tx: ReadTx,
  plan: AuditPlan,
  after: Position,
  fromMs: number,
  want: number,
): Promise<ScanResult> {
  const isLast = fromMs <= plan.fromMs;
  const from = positionTime(Math.max(fromMs, plan.fromMs));
  // Materialized: with an order and a limit in sight, and one month left, Postgres 18 walks the key in spite of
  // enable_indexscan, a million rows for a value that does not occur (docs/bench.md).
  const found = await tx.execute<{ at: string; id: string }>(sql`
    with hit as materialized (
      select at, id from public.audit_event where ${scopeOf(plan, { fromMs, after })} and ${matchesOf(plan)}
    )
    select ${isoTime(sql`hit.at`)} as at, id from hit order by hit.at desc, id desc limit ${want}::integer`);
  const full = found.length === want ? found.at(-1) : undefined;
  return {
    found: found.map(({ at, id }) => ({ at, id })),
    searchedTo: full ? { at: full.at, id: full.id } : isLast ? null : { at: from, id: ID_MIN },
  };
}

/**
 * The planner's estimates for one value are up to eight times off (reference/performance.md 4), so that it may walk a
 * million rows for a value that does not occur. Here it is known to be rare: only the summaries are left to it.
 */
async function preferSummaries(tx: ReadTx, prefer: boolean): Promise<void> {
  const walks = prefer ? 'off' : 'on';
  await tx.execute(sql`select set_config('enable_indexscan', ${walks}, true),
    set_config('enable_indexonlyscan', ${walks}, true), set_config('enable_seqscan', ${walks}, true)`);
}

async function lookUpRare(
  tx: ReadTx,
  plan: AuditPlan,
  probe: ScanResult & { spanMs: number },
  want: number,
  budget: ScanBudget,
): Promise<ScanResult> {
  const found = probe.found;
  const most = Math.min(want, found.length + budget.lookUpHits);
  let reached = probe.searchedTo;
  let spanMs = Math.max(SPAN_MS_MIN, probe.spanMs);
  await preferSummaries(tx, true);
  for (let i = 0; i < LOOK_UPS_MAX && reached && found.length < most; i++) {
    spanMs *= LOOK_UP_GROWTH;
    const step = await lookUp(
      tx,
      plan,
      reached,
      Math.floor(Date.parse(reached.at) - spanMs),
      want - found.length,
    );
    found.push(...step.found);
    reached = step.searchedTo;
    if (step.found.length > 0) spanMs *= Math.min(1, budget.lookUpHits / LOOK_UP_GROWTH / step.found.length);
  }
  await preferSummaries(tx, false);
  return { found, searchedTo: reached };
}

/**
 * The newest `want` matches of a plan older than `after`, as far as the budget reaches. Pages put together are the same
 * rows in the same order, whatever the budget.
 */
export async function scan(
  tx: ReadTx,
  plan: AuditPlan,
  after: Position | null,
  want: number,
  budget: ScanBudget = PAGE_BUDGET,
): Promise<ScanResult> {
  const isDear = plan.conditions.has('q') || plan.path === 'signal' || plan.path === 'refused';
  const rows = isDear ? budget.dearRows : budget.walkRows;
  if (plan.path !== 'lookup') return walk(tx, plan, after, rows, want);
  const probe = await walk(tx, plan, after, budget.probeRows, want);
  if (probe.searchedTo === null || probe.found.length === want) return probe;
  if (probe.found.length <= RARE_HITS_MAX) {
    const newestMs = after ? Date.parse(after.at) : Math.min(plan.toMs, Date.now());
    const spanMs = newestMs - Date.parse(probe.searchedTo.at);
    return lookUpRare(tx, plan, { ...probe, spanMs }, want, budget);
  }
  const rest = await walk(tx, plan, probe.searchedTo, rows, want - probe.found.length);
  return { found: [...probe.found, ...rest.found], searchedTo: rest.searchedTo };
}
