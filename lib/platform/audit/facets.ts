import { type SQL, sql } from 'drizzle-orm';
import { type ReadTx, readTenant } from '@/db/scope';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { eventsAt } from './columns';
import {
  AUDIT_ACTIONS,
  AUDIT_CATEGORIES,
  AUDIT_FACETS,
  AUDIT_OUTCOMES,
  type AuditFacet,
  type AuditFacetsDto,
  type AuditFilterInput,
  auditFilterInput,
} from './contract';
import { type AuditPlan, isNarrowedBy, matchesOf, planOf, scopeOf } from './filters';
import { EXACT_ROWS_MAX } from './histogram';
import { isoTime, type ScanBudget, scan } from './scan';

/** Rows looked at where there are too many to count them all; fewer where each lies on a page of its own, or is searched. */
const EXAMINED_ROWS_MAX = { all: 5000, lookup: 5000, signal: 2500, refused: 2500 };
const EXAMINED_ROWS_SEARCHED_MAX = 4000;
/** Of a facet that may have any number of values the commonest; of actions and codes, which are closed lists, all. */
const VALUES_MAX: Readonly<Record<AuditFacet, number>> = {
  category: 100,
  action: 500,
  outcome: 100,
  code: 200,
  actor: 12,
  ip: 12,
};
/** What a reader may always choose, whether it was met or not. */
const ALWAYS: Partial<Record<AuditFacet, readonly string[]>> = {
  category: AUDIT_CATEGORIES,
  outcome: AUDIT_OUTCOMES,
};
const HITS_MAX = 400;
const FOUND_BUDGET: ScanBudget = { walkRows: 10_000, dearRows: 3000, probeRows: 1000, lookUpHits: 30 };

const counted = (column: SQL, rows: SQL) =>
  sql`select ${column} as value, ${column} as label, count(*)::integer as count from ${rows} group by 1`;

/** Each value with its words and how many rows a filter by it would show, from `rows`; null is no value. */
const FACET_VALUES: Record<AuditFacet, (rows: SQL) => SQL> = {
  category: (rows) => counted(sql`category`, rows),
  action: (rows) => counted(sql`action`, rows),
  outcome: (rows) => counted(sql`outcome`, rows),
  code: (rows) => counted(sql`code`, rows),
  // Filtered by id where it has one; a name finds whoever bears it, in letters of any case.
  actor: (rows) => sql`
    select actor_id::text as value, coalesce(max(actor_label), actor_id::text) as label, count(*)::integer as count
    from ${rows} where actor_id is not null group by actor_id
    union all
    select min(actor_label) filter (where actor_id is null), min(actor_label) filter (where actor_id is null), count(*)::integer
    from ${rows} group by lower(actor_label) having bool_or(actor_id is null)`,
  ip: (rows) => counted(sql`host(ip)`, rows),
};

interface FacetRow extends Record<string, unknown> {
  facet: AuditFacet;
  value: string;
  label: string;
  count: number;
}

function labelOf(facet: AuditFacet, row: FacetRow): string {
  if (facet === 'action' && row.value in AUDIT_ACTIONS)
    return AUDIT_ACTIONS[row.value as keyof typeof AUDIT_ACTIONS].label;
  return row.label;
}

const FACTS = sql`category, action, outcome, code, actor_id, actor_label, ip`;

const ownHit = (facet: AuditFacet) => sql.identifier(`hit_of_${facet}`);

/** Top values of each facet among the rows of `examined`; a facet in `own` counts where its own column says so. */
function topValues(own: ReadonlySet<AuditFacet>): SQL {
  const selects = AUDIT_FACETS.map((facet) => {
    const rows = sql`(select ${FACTS} from examined where ${own.has(facet) ? ownHit(facet) : sql`hit`}) as hits`;
    return sql`(select ${facet}::text as facet, value, label, count from (${FACET_VALUES[facet](rows)}) as counted
      where value is not null order by count desc, value limit ${VALUES_MAX[facet]}::integer)`;
  });
  return sql.join(selects, sql` union all `);
}

interface Counted {
  rows: FacetRow[];
  searchedTo: string | null;
}

const newestRowsMax = (plan: AuditPlan) =>
  plan.conditions.has('q') ? EXAMINED_ROWS_SEARCHED_MAX : EXAMINED_ROWS_MAX[plan.path];

/** Whether the range holds so few rows that all are counted, as the histogram counts them; asked of the index alone. */
async function isCountable(tx: ReadTx, plan: AuditPlan): Promise<boolean> {
  const [tooMany] = await tx.execute(sql`select 1 from public.audit_event where ${scopeOf(plan)}
    order by at desc, id desc limit 1 offset ${EXACT_ROWS_MAX}::integer`);
  return tooMany === undefined;
}

/** Counts among the newest rows of the range. */
async function countNewest(tx: ReadTx, plan: AuditPlan, rowsMax = newestRowsMax(plan)): Promise<Counted> {
  const own = new Set(AUDIT_FACETS.filter((facet) => isNarrowedBy(plan, facet)));
  const ownHits = [...own].map(
    (facet) => sql`, coalesce(${matchesOf(plan, facet)}, false) as ${ownHit(facet)}`,
  );
  const result = await tx.execute<FacetRow & { examined: number; reached: string | null }>(sql`
    with examined as materialized (
      select at, ${FACTS}, coalesce(${matchesOf(plan)}, false) as hit ${sql.join(ownHits)}
      from public.audit_event where ${scopeOf(plan)} order by at desc, id desc limit ${rowsMax}::integer
    )
    select top.*, reach.examined, reach.reached
    from (select count(*)::integer as examined, ${isoTime(sql`min(at)`)} as reached from examined) as reach
    left join (${topValues(own)}) as top on true`);
  const [first] = result;
  const isComplete = (first?.examined ?? 0) < rowsMax;
  return {
    rows: result.filter((row) => row.facet !== null),
    searchedTo: isComplete ? null : (first?.reached ?? null),
  };
}

/** Counts among the rows that the plan's own index leads to, where it has one. */
async function countFound(tx: ReadTx, plan: AuditPlan): Promise<Counted | null> {
  if (plan.path === 'all') return null;
  if (plan.path !== 'lookup') return countNewest(tx, plan);
  const { found, searchedTo } = await scan(tx, plan, null, HITS_MAX, FOUND_BUDGET);
  if (found.length === 0) return { rows: [], searchedTo: searchedTo?.at ?? null };
  const rows = await tx.execute<FacetRow>(sql`
    with examined as materialized (select ${FACTS}, true as hit from ${eventsAt(plan.tenantId, found)})
    ${topValues(new Set())}`);
  return { rows: [...rows], searchedTo: searchedTo?.at ?? null };
}

/**
 * The commonest values of each facet under the filter: counted exactly as far as the histogram does, else among a bounded number
 * of the newest rows, which it says. Each number is of the rows that choosing its value would show: those of the other filters, and
 * accesses where choosing it would show them.
 */
export async function auditFacets(actor: Actor, given: AuditFilterInput): Promise<AuditFacetsDto> {
  requirePermission(actor, 'audit:read');
  const plan = planOf(actor, auditFilterInput.parse(given), Date.now());
  const { newest, found } = await readTenant(actor, async (tx) => {
    const all: AuditPlan = { ...plan, path: 'all' };
    const rowsMax = (await isCountable(tx, all)) ? EXACT_ROWS_MAX + 1 : newestRowsMax(all);
    const counted = await countNewest(tx, all, rowsMax);
    return { newest: counted, found: counted.searchedTo === null ? null : await countFound(tx, plan) };
  });
  const best = found ?? newest;
  const facets = {} as AuditFacetsDto['facets'];
  for (const facet of AUDIT_FACETS) {
    const source = isNarrowedBy(plan, facet) ? newest : best;
    const isCapped = source.searchedTo !== null;
    const met = source.rows.filter((row) => row.facet === facet);
    const unmet = (ALWAYS[facet] ?? []).filter((value) => met.every((row) => row.value !== value));
    facets[facet] = [
      ...met.map((row) => ({ value: row.value, label: labelOf(facet, row), count: row.count, isCapped })),
      ...unmet.map((value) => ({ value, label: value, count: 0, isCapped })),
    ];
  }
  return {
    isComplete: best.searchedTo === null,
    searchedTo: best.searchedTo ?? new Date(plan.fromMs).toISOString(),
    facets,
  };
}
