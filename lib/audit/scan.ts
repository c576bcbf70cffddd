import { type SQL, sql } from 'drizzle-orm';
import type { ReadTx } from '@/db/scope';
import { ID_MIN, type Position, positionTime } from './cursor';
import { type AuditPlan, matchesOf, scopeOf } from './filters';

/** How much one reading may cost. A reading ends when its time is used up, and says how far it came. */
export interface ScanBudget {
  timeMs: number;
  rowsFirst: number;
  rowsMax: number;
}

export const PAGE_BUDGET: ScanBudget = { timeMs: 22, rowsFirst: 4000, rowsMax: 40_000 };

export interface ScanResult {
  found: Position[];
  /** Everything newer than this was looked at; null: everything in the range was. */
  searchedTo: Position | null;
}

/** More matches than this among the first rows: a walk finds the rest sooner than the bloom summaries do. */
const LOOKUP_HITS_MAX = 4;
const LOOKUP_GROWTH = 8;
const LOOKUP_QUICK_MS = 8;
const STEP_MS_MIN = 4;

export const isoTime = (column: SQL) => sql`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

export function olderThan(position: Position | null): SQL {
  if (position === null) return sql`true`;
  const at = sql`${position.at}::timestamptz`;
  return sql`at <= ${at} and (at, id) < (${at}, ${position.id}::uuid)`;
}

interface Step extends ScanResult {
  examinedRows: number;
}

/** Looks at the next `rows` rows of the plan's index, newest first. The last of them comes back as the place reached. */
async function walk(tx: ReadTx, plan: AuditPlan, after: Position | null, rows: number, want: number): Promise<Step> {
  const result = await tx.execute<{ at: string; id: string; hit: boolean; n: number }>(sql`
    select ${isoTime(sql`at`)} as at, id, hit, n::integer from (
      select at, id, hit, row_number() over () as n from (
        select at, id, coalesce(${matchesOf(plan)}, false) as hit from public.audit_event
        where ${scopeOf(plan)} and ${olderThan(after)}
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
    examinedRows: isFull ? (found.at(-1)?.n ?? 0) : rows,
  };
}

/** Looks a rare value up in the bloom summaries, within `[fromMs, after)`. */
async function lookUp(tx: ReadTx, plan: AuditPlan, after: Position, fromMs: number, want: number): Promise<ScanResult> {
  const isLast = fromMs <= plan.fromMs;
  const from = positionTime(Math.max(fromMs, plan.fromMs));
  const found = await tx.execute<{ at: string; id: string }>(sql`
    select ${isoTime(sql`at`)} as at, id from public.audit_event
    where ${scopeOf(plan)} and at >= ${from}::timestamptz and ${olderThan(after)} and ${matchesOf(plan)}
    order by audit_event.at desc, id desc limit ${want}::integer`);
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

interface Reading {
  tx: ReadTx;
  plan: AuditPlan;
  want: number;
  budget: ScanBudget;
  startedMs: number;
}

const remainingMs = ({ budget, startedMs }: Reading) => budget.timeMs - (performance.now() - startedMs);

async function continueByWalk(reading: Reading, first: Step, firstMs: number): Promise<ScanResult> {
  const { tx, plan, want, budget } = reading;
  const found = first.found;
  let reached = first.searchedTo;
  let rowsPerMs = first.examinedRows / Math.max(firstMs, 0.5);
  while (reached && found.length < want && remainingMs(reading) > STEP_MS_MIN) {
    const rows = Math.round(Math.min(budget.rowsMax, Math.max(budget.rowsFirst / 4, rowsPerMs * remainingMs(reading))));
    const stepMs = performance.now();
    const step = await walk(tx, plan, reached, rows, want - found.length);
    rowsPerMs = step.examinedRows / Math.max(performance.now() - stepMs, 0.5);
    found.push(...step.found);
    reached = step.searchedTo;
  }
  return { found, searchedTo: reached };
}

async function continueByLookUp(reading: Reading, first: Step, newestMs: number): Promise<ScanResult> {
  const { tx, plan, want } = reading;
  const found = first.found;
  let reached = first.searchedTo;
  let spanMs = reached ? Math.max(1000, newestMs - Date.parse(reached.at)) : 0;
  await preferSummaries(tx, true);
  while (reached && found.length < want && remainingMs(reading) > STEP_MS_MIN) {
    const stepMs = performance.now();
    spanMs *= LOOKUP_GROWTH;
    const step = await lookUp(tx, plan, reached, Math.floor(Date.parse(reached.at) - spanMs), want - found.length);
    found.push(...step.found);
    reached = step.searchedTo;
    if (performance.now() - stepMs > LOOKUP_QUICK_MS) spanMs /= LOOKUP_GROWTH;
  }
  await preferSummaries(tx, false);
  return { found, searchedTo: reached };
}

/**
 * The newest `want` matches of a plan older than `after`, as far as the budget reaches. Pages put together are always
 * the same rows in the same order, however the time was cut.
 */
export async function scan(
  tx: ReadTx,
  plan: AuditPlan,
  after: Position | null,
  want: number,
  budget: ScanBudget = PAGE_BUDGET,
): Promise<ScanResult> {
  const reading = { tx, plan, want, budget, startedMs: performance.now() };
  const first = await walk(tx, plan, after, budget.rowsFirst, want);
  if (first.searchedTo === null || first.found.length === want) return first;
  const isRare = plan.path === 'lookup' && first.found.length <= LOOKUP_HITS_MAX;
  if (!isRare) return continueByWalk(reading, first, performance.now() - reading.startedMs);
  const newestMs = after ? Date.parse(after.at) : Math.min(plan.toMs, Date.now());
  return continueByLookUp(reading, first, newestMs);
}
