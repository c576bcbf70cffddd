import { type SQL, sql } from 'drizzle-orm';
import { type ReadTx, readTenant } from '@/db/scope';
import {
  AGES,
  FINDING_STATUSES,
  type FindingFilterInput,
  findingFilterInput,
  SEVERITIES,
  SLAS,
} from '@/lib/assurance/findings/contract';
import {
  FINDING_FACETS,
  type FindingFacet,
  type FindingFacetsDto,
} from '@/lib/assurance/findings/views-contract';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import {
  allOf,
  type Condition,
  conditionsOf,
  type FilterConditions,
  type FindingFilter,
  slaOfRow,
  wordsCondition,
} from './finding-filter';
import {
  isTallied,
  type Narrowed,
  narrowAssets,
  narrowBranches,
  orderOf,
  rowsToWalk,
  TALLIED,
} from './narrow-filter';

const VALUES_MAX = 12;
/** Rows looked at for what the tally does not know; their counts are lower bounds where there are more. */
const EXAMINED_MAX = 3_000;
/** All rows are looked at where they are known to be no more than these. */
const EXAMINED_WHOLE_MAX = 10_000;
/** The same where each row's branch must be looked up. */
const EXAMINED_ON_BRANCH_MAX = 1_000;
/** Finding the branches of a row costs more than the rest of it. */
const BRANCHES_EXAMINED_MAX = 500;

/** What only the rows themselves tell. */
const UNTALLIED = ['sla', 'age', 'package', 'rule'] as const satisfies FindingFacet[];

/** The value of each facet in a row of `finding` or of the tally; null is no value. */
const VALUES: Readonly<Record<Exclude<FindingFacet, 'branch'>, SQL>> = {
  severity: sql`severity`,
  status: sql`status`,
  kev: sql`case when is_kev then 'true' end`,
  asset: sql`asset_id::text`,
  tool: sql`tool`,
  kind: sql`kind`,
  owner: sql`owner_user_id::text`,
  package: sql`package`,
  rule: sql`rule_id`,
  sla: slaOfRow,
  age: sql`case when opened_at > statement_timestamp() - interval '7 days' then 'week'
    when opened_at > statement_timestamp() - interval '30 days' then 'month'
    when opened_at > statement_timestamp() - interval '90 days' then 'quarter' else 'older' end`,
};

interface FacetRow extends Record<string, unknown> {
  facet: FindingFacet;
  value: string;
  count: number;
}

/** What the facets, their own conditions and words look at: a row is wide, and thousands are kept for counting. */
const EXAMINED_COLUMNS = sql`tenant_id, severity, severity_rank, status, is_kev, asset_id, tool, kind, owner_user_id,
  package, rule_id, aliases, title, path, due_at, opened_at`;

const topOf = (facet: FindingFacet, value: SQL, from: SQL, count: SQL) =>
  sql`(select ${facet}::text as facet, value, count::integer as count from (
    select ${value} as value, ${count} as count ${from} group by 1) counted
    where value is not null and count > 0 order by count desc, value limit ${VALUES_MAX}::integer)`;

/** Exact counts under filters that the tally knows all of. */
async function countTallied(tx: ReadTx, tenantId: string, conditions: FilterConditions): Promise<FacetRow[]> {
  const selects = TALLIED.map((facet) =>
    topOf(
      facet,
      VALUES[facet],
      sql`from tally where ${allOf(tenantId, conditions, new Set([facet]))}`,
      sql`sum(count)`,
    ),
  );
  return tx.execute<FacetRow>(sql`
    with tally as materialized (
      select tenant_id, asset_id, tool, kind, severity, severity_rank, status, is_kev, owner_user_id, sum(change) as count
      from finding_tally where tenant_id = ${tenantId}::uuid group by 1, 2, 3, 4, 5, 6, 7, 8, 9)
    ${sql.join(selects, sql` union all `)}`);
}

async function countAll(tx: ReadTx, tenantId: string, conditions: FilterConditions): Promise<number> {
  const [all] = await tx.execute<{ findings: number }>(sql`
    select coalesce(sum(change), 0)::integer as findings from finding_tally where ${allOf(tenantId, conditions)}`);
  return all?.findings ?? 0;
}

const ownHit = (facet: FindingFacet) => sql.identifier(`hit_of_${facet}`);

interface Asked {
  filter: FindingFilter;
  narrowed: Narrowed;
  /** No more findings than can all be looked at. */
  isFew: boolean;
}

function statusOnly(tenantId: string, conditions: FilterConditions, own: ReadonlySet<Condition>): SQL {
  const status = conditions.get('status');
  return allOf(tenantId, new Map(status ? [['status', status]] : []), own);
}

interface Examined {
  rows: FacetRow[];
  isCapped: boolean;
}

/**
 * Counts among the first rows that fulfil the filters, but for those of the facets that are counted: each of these counts
 * where the other filters hold, so that its other values show too.
 */
async function countExamined(
  tx: ReadTx,
  tenantId: string,
  { filter, narrowed, isFew }: Asked,
  facets: readonly Exclude<FindingFacet, 'branch'>[],
): Promise<Examined> {
  const { conditions } = narrowed;
  const isNarrow = filter.package !== undefined || filter.rule !== undefined;
  const own = facets.filter(
    (facet) => conditions.has(facet) && isTallied(facet) && (isNarrow || facet !== 'status'),
  );
  const ownSet = new Set<Condition>(own);
  // Whatever is not counted with its own values holds for every row that is looked at.
  const ownConditions = new Map([...conditions].filter(([facet]) => ownSet.has(facet)));
  const hits = own.map(
    (facet) => sql`, (${allOf(tenantId, ownConditions, new Set([facet]))}) as ${ownHit(facet)}`,
  );
  const scope = allOf(tenantId, conditions, ownSet);
  const most = filter.branch ? EXAMINED_ON_BRANCH_MAX : isFew ? EXAMINED_WHOLE_MAX : EXAMINED_MAX;
  const source = await rowsToWalk(tx, tenantId, statusOnly(tenantId, conditions, ownSet), narrowed);
  const rows = sql`select ${EXAMINED_COLUMNS} from ${source} where ${scope} ${orderOf(filter, own)} limit ${most + 1}::integer`;
  const selects = facets.map((facet) =>
    topOf(
      facet,
      VALUES[facet],
      sql`from examined where ${ownSet.has(facet) ? ownHit(facet) : sql`hit`}`,
      sql`count(*)`,
    ),
  );
  const words = wordsCondition(filter) ?? sql`true`;
  const found = await tx.execute<FacetRow & { examined: number }>(sql`
    with walked as materialized (${rows}), examined as materialized (
      select *, (${allOf(tenantId, ownConditions)}) as hit ${sql.join(hits)}
      from walked where ${words})
    select top.*, reach.examined from (select count(*)::integer as examined from walked) reach
    left join (${sql.join(selects, sql` union all `)}) top on true`);
  return {
    rows: found.filter(({ facet }) => facet !== null),
    isCapped: (found[0]?.examined ?? 0) > most,
  };
}

/** On which branches the first of the findings are seen. */
async function countBranches(tx: ReadTx, tenantId: string, { filter, narrowed }: Asked): Promise<Examined> {
  const where = allOf(tenantId, narrowed.conditions, new Set(['branch']));
  const source = await rowsToWalk(tx, tenantId, statusOnly(tenantId, narrowed.conditions, new Set()), {
    ...narrowed,
    fewIds: null,
  });
  const words = wordsCondition(filter) ?? sql`true`;
  const rows = await tx.execute<FacetRow & { examined: number }>(sql`
    with walked as materialized (
      select id, title, path, package, rule_id, aliases from ${source} where ${where} ${orderOf(filter, [])} limit ${BRANCHES_EXAMINED_MAX + 1}::integer
    ), stream as materialized (
      select id, branch from scan_stream where tenant_id = ${tenantId}::uuid
    ), seen as (
      select distinct w.id, t.branch from walked w
        join sighting s on s.tenant_id = ${tenantId}::uuid and s.finding_id = w.id and s.gone_at is null
        join stream t on t.id = s.stream_id
      where ${words}
    )
    select 'branch' as facet, branch as value, count(*)::integer as count,
      (select count(*)::integer from walked) as examined
    from seen group by branch order by count desc, branch limit ${VALUES_MAX}::integer`);
  return { rows: [...rows], isCapped: (rows[0]?.examined ?? 0) > BRANCHES_EXAMINED_MAX };
}

/** What has an order of its own keeps it; the rest comes by its number. */
const OWN_ORDER: Partial<Record<FindingFacet, readonly string[]>> = {
  severity: SEVERITIES,
  status: FINDING_STATUSES,
  age: AGES,
  sla: SLAS,
};
const placeOf = (facet: FindingFacet, value: string) => OWN_ORDER[facet]?.indexOf(value) ?? 0;

interface Names {
  assets: Map<string, string>;
  people: Map<string, string>;
}

async function namesOf(tx: ReadTx, tenantId: string, rows: readonly FacetRow[]): Promise<Names> {
  const idsOf = (facet: FindingFacet) =>
    JSON.stringify(rows.filter((row) => row.facet === facet).map(({ value }) => value));
  const named = await tx.execute<{ id: string; name: string; isAsset: boolean }>(sql`
    select id, name, true as "isAsset" from asset where tenant_id = ${tenantId}::uuid
      and id in (select value::uuid from json_array_elements_text(${idsOf('asset')}::json))
    union all
    select id, display_name, false from identity.user_account
      where id in (select value::uuid from json_array_elements_text(${idsOf('owner')}::json))`);
  const mapOf = (isAsset: boolean) =>
    new Map(named.filter((row) => row.isAsset === isAsset).map(({ id, name }) => [id, name]));
  return { assets: mapOf(true), people: mapOf(false) };
}

/**
 * The commonest values of each facet under the filter. What the tally knows is counted exactly; the rest among a bounded
 * number of rows, so that it takes as long for a million findings as for ten thousand.
 */
export async function findingFacets(actor: Actor, given: FindingFilterInput): Promise<FindingFacetsDto> {
  requirePermission(actor, 'findings:read');
  const filter = findingFilterInput.parse(given);
  const { tenantId } = actor;
  return readTenant(actor, async (tx) => {
    const isExact =
      wordsCondition(filter) === null && [...conditionsOf(tenantId, filter).keys()].every(isTallied);
    const onBranches = await narrowBranches(tx, tenantId, filter);
    const tallied = isExact ? await countTallied(tx, tenantId, onBranches.conditions) : [];
    const isFew = isExact && (await countAll(tx, tenantId, onBranches.conditions)) <= EXAMINED_WHOLE_MAX;
    const asked = {
      filter,
      isFew,
      narrowed: isExact ? await narrowAssets(tx, tenantId, onBranches) : onBranches,
    };
    const examined = await countExamined(
      tx,
      tenantId,
      asked,
      isExact ? UNTALLIED : [...TALLIED, ...UNTALLIED],
    );
    const branches = await countBranches(tx, tenantId, asked);
    const rows = [...tallied, ...examined.rows, ...branches.rows];
    const { assets, people } = await namesOf(tx, tenantId, rows);
    const isCapped = (facet: FindingFacet) => {
      if (facet === 'branch') return branches.isCapped;
      return isExact && isTallied(facet) ? false : examined.isCapped;
    };
    const facets = {} as FindingFacetsDto['facets'];
    for (const facet of FINDING_FACETS) {
      const met = rows.filter((row) => row.facet === facet);
      // Where a sample is counted, what it does not hold may be there all the same.
      const unmet = isCapped(facet)
        ? (OWN_ORDER[facet] ?? []).filter((value) => met.every((row) => row.value !== value))
        : [];
      facets[facet] = [...met, ...unmet.map((value) => ({ value, count: 0 }))]
        .sort((a, b) => placeOf(facet, a.value) - placeOf(facet, b.value))
        .map(({ value, count }) => {
          const name = assets.get(value) ?? people.get(value) ?? value;
          return { value: facet === 'asset' ? name : value, label: name, count, isCapped: isCapped(facet) };
        });
    }
    return { facets };
  });
}
