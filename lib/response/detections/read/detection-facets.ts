import { type SQL, sql } from 'drizzle-orm';
import { type ReadTx, readTenant } from '@/db/scope';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { DETECTION_SEVERITIES } from '@/lib/response/detections/contract';
import {
  DETECTION_FACETS,
  type DetectionFacet,
  type DetectionFacetsDto,
  type DetectionFilter,
  type DetectionFilterInput,
  detectionFilterInput,
} from '@/lib/response/detections/view-contract';
import { type Conditions, except, matches, moment, rankMatches, setCondition } from './conditions';
import { TALLIED } from './detection-filter';
import { labelOf, ordered } from './group-facets';
import { questionOf } from './list-detections';
import { type Segment, type Span, segmentsOf, spanOf } from './time-span';

const VALUES_MAX = 12;
/** Rows that are counted one by one for what the tally does not know. */
const EXAMINED_MAX = 4_000;

interface FacetRow extends Record<string, unknown> {
  facet: DetectionFacet;
  value: string;
  count: number;
}

/** Rows of the tally that make up a range. */
export function tallyOf(tenantId: string, segments: readonly Segment[]): SQL {
  const parts = segments.map(
    ({
      grain,
      fromMs,
      toMs,
    }) => sql`select group_id, host, severity_rank, rule, namespace, at, stored, count from detection_tally
      where tenant_id = ${tenantId}::uuid and span = ${grain} and at >= ${moment(fromMs)} and at < ${moment(toMs)}`,
  );
  return sql.join(parts, sql` union all `);
}

const COLUMNS: Record<DetectionFacet, SQL> = {
  severity: sql`severity_rank::text`,
  rule: sql`rule`,
  kind: sql`kind`,
  source: sql`source`,
  namespace: sql`nullif(namespace, '')`,
  host: sql`nullif(host, '')`,
};

/** Conditions on rows of the tally `t` joined with their group `g`, by field. */
export function tallyConditions(filter: DetectionFilter): Conditions {
  const conditions: Conditions = new Map();
  setCondition(
    conditions,
    'severity',
    rankMatches(sql`t.severity_rank`, filter.severity, filter['severity!']),
  );
  setCondition(conditions, 'rule', matches(sql`t.rule`, filter.rule, filter['rule!']));
  setCondition(conditions, 'kind', matches(sql`g.kind`, filter.kind, filter['kind!']));
  setCondition(conditions, 'source', matches(sql`g.source`, filter.source, filter['source!']));
  setCondition(
    conditions,
    'namespace',
    matches(sql`nullif(t.namespace, '')`, filter.namespace, filter['namespace!']),
  );
  setCondition(conditions, 'host', matches(sql`nullif(t.host, '')`, filter.host, filter['host!']));
  setCondition(conditions, 'group', matches(sql`t.group_id::text`, filter.group, filter['group!']));
  return conditions;
}

/** Whether the tally can tell how many rows the filter finds. */
export function isTallied(filter: DetectionFilter): boolean {
  const { from: _, to: __, ...fields } = filter;
  return Object.entries(fields).every(
    ([name, value]) => value === undefined || (TALLIED as readonly string[]).includes(name.replace('!', '')),
  );
}

const hit = (facet: string) => sql.identifier(`hit_${facet}`);

/** The commonest values of each facet in `rows`, which has a column `n` and a flag for each facet. */
function topValues(): SQL {
  return sql.join(
    DETECTION_FACETS.map(
      (
        facet,
      ) => sql`(select ${facet}::text as facet, ${COLUMNS[facet]} as value, sum(n)::float8 as count from rows
        where ${hit(facet)} and ${COLUMNS[facet]} is not null group by 2 having sum(n) > 0
        order by count desc, value limit ${VALUES_MAX})`,
    ),
    sql` union all `,
  );
}

const hitsOf = (conditions: Conditions): SQL =>
  sql.join(
    DETECTION_FACETS.map((facet) => sql`coalesce(${except(conditions, facet)}, false) as ${hit(facet)}`),
    sql`, `,
  );

function countTallied(tx: ReadTx, tenantId: string, filter: DetectionFilter, span: Span, nowMs: number) {
  return tx.execute<FacetRow>(sql`
    with sums as materialized (
      select group_id, host, severity_rank, rule, namespace, sum(stored) as n
      from (${tallyOf(tenantId, segmentsOf(span, nowMs))}) parts group by 1, 2, 3, 4, 5 having sum(stored) > 0
    ), rows as materialized (
      select t.severity_rank, t.rule, g.kind, g.source, t.namespace, t.host, t.n, ${hitsOf(tallyConditions(filter))}
      from sums t join detection_group g on g.tenant_id = ${tenantId}::uuid and g.id = t.group_id
    )
    ${topValues()}`);
}

/** Among the newest rows that the leading index names: for what the tally does not know, such as words. */
async function countExamined(tx: ReadTx, tenantId: string, filter: DetectionFilter, span: Span) {
  const { leading, range, conditions } = questionOf(tenantId, filter, span);
  const rows = await tx.execute<FacetRow & { examined: number }>(sql`
    with rows as materialized (
      select d.severity_rank, d.rule, d.kind, d.source, coalesce(d.namespace, '') as namespace, coalesce(d.host, '') as host,
        1 as n, ${hitsOf(conditions)}
      from detection d where d.tenant_id = ${tenantId}::uuid and ${range} and ${leading}
      order by d.received_at desc, d.id desc limit ${EXAMINED_MAX}
    )
    select found.*, (select count(*)::int from rows) as examined from (${topValues()}) found`);
  return { rows: [...rows], isCapped: (rows[0]?.examined ?? 0) >= EXAMINED_MAX };
}

function facetsOf(rows: readonly FacetRow[], isCapped: boolean): DetectionFacetsDto {
  const facets = Object.fromEntries(
    DETECTION_FACETS.map((facet) => {
      const own = rows.filter((row) => row.facet === facet);
      const values = own.map(({ value, count }) => {
        const name = facet === 'severity' ? (DETECTION_SEVERITIES[Number(value)] ?? value) : value;
        return { value: name, label: labelOf(facet, name), count: Number(count), isCapped };
      });
      return [facet, ordered(facet, values)];
    }),
  ) as DetectionFacetsDto['facets'];
  return { facets };
}

/** How many kept detections have which value; exact, but for words and marks, where it may be "at least". */
export async function detectionFacets(
  actor: Actor,
  given: DetectionFilterInput = {},
): Promise<DetectionFacetsDto> {
  requirePermission(actor, 'detections:read');
  const filter = detectionFilterInput.parse(given);
  const nowMs = Date.now();
  const span = spanOf(filter, nowMs);
  return readTenant(actor, async (tx) => {
    if (isTallied(filter))
      return facetsOf(await countTallied(tx, actor.tenantId, filter, span, nowMs), false);
    const { rows, isCapped } = await countExamined(tx, actor.tenantId, filter, span);
    return facetsOf(rows, isCapped);
  });
}
