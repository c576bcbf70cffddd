import { type SQL, sql } from 'drizzle-orm';
import { readTenant } from '@/db/scope';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { techniqueName } from '@/lib/response/detections/attack-rules';
import { DETECTION_KINDS, DETECTION_SEVERITIES, GROUP_STATES } from '@/lib/response/detections/contract';
import {
  GROUP_FACETS,
  type GroupFacet,
  type GroupFacetsDto,
  type GroupFilterInput,
  groupFilterInput,
} from '@/lib/response/detections/view-contract';
import { except } from './conditions';
import { groupConditions } from './group-filter';
import { idleMs } from './list-groups';

/** Beyond so many, the newest stand for all and counts are lower bounds. */
const EXAMINED_MAX = 50_000;
const VALUES_MAX = 12;

const COLUMNS: Record<GroupFacet, SQL> = {
  severity: sql`severity`,
  state: sql`state`,
  rule: sql`rule`,
  kind: sql`kind`,
  source: sql`source`,
  namespace: sql`namespace`,
  host: sql`unnest(hosts)`,
  technique: sql`unnest(techniques)`,
};

export function labelOf(facet: string, value: string): string {
  if (facet === 'state') return GROUP_STATES[value as keyof typeof GROUP_STATES] ?? value;
  if (facet === 'kind') return DETECTION_KINDS[value as keyof typeof DETECTION_KINDS] ?? value;
  if (facet === 'severity') return value.charAt(0).toUpperCase() + value.slice(1);
  const name = facet === 'technique' ? techniqueName(value) : null;
  return name === null ? value : `${value} ${name}`;
}

const rankOf = (value: string) => (DETECTION_SEVERITIES as readonly string[]).indexOf(value);

/** Values of a facet in the order in which they are shown: severities by their rank, the rest as counted. */
export function ordered<V extends { value: string }>(facet: string, values: readonly V[]): V[] {
  return facet === 'severity' ? [...values].sort((a, b) => rankOf(a.value) - rankOf(b.value)) : [...values];
}

/** How many groups have which value. A facet whose own filter is set counts its other values too. */
export async function groupFacets(actor: Actor, given: GroupFilterInput = {}): Promise<GroupFacetsDto> {
  requirePermission(actor, 'detections:read');
  const filter = groupFilterInput.parse(given);
  const conditions = groupConditions(actor.tenantId, filter, Date.now(), idleMs());
  const hit = (facet: string) => sql.identifier(`hit_${facet}`);
  const base = except(conditions, ...GROUP_FACETS);
  const hits = GROUP_FACETS.map((facet) => {
    const others = new Map(
      [...conditions].filter(([field]) => (GROUP_FACETS as readonly string[]).includes(field)),
    );
    return sql`coalesce(${except(others, facet)}, false) as ${hit(facet)}`;
  });
  const selects = GROUP_FACETS.map(
    (facet) => sql`(select ${facet}::text as facet, value, count(*)::int as count from (
        select ${COLUMNS[facet]} as value from examined where ${hit(facet)}) v
      where value is not null group by value order by count desc, value limit ${VALUES_MAX})`,
  );
  const rows = await readTenant(actor, (tx) =>
    tx.execute<{ facet: GroupFacet; value: string; count: number; examined: number }>(sql`
      with examined as materialized (
        select g.severity, g.state, g.rule, g.kind, g.source, g.namespace, g.hosts, g.techniques, ${sql.join(hits, sql`, `)}
        from detection_group g where ${base} order by g.last_received_at desc limit ${EXAMINED_MAX}
      )
      select found.*, (select count(*)::int from examined) as examined from (${sql.join(selects, sql` union all `)}) found`),
  );
  const isCapped = (rows[0]?.examined ?? 0) >= EXAMINED_MAX;
  const facets = Object.fromEntries(
    GROUP_FACETS.map((facet) => {
      const own = rows.filter((row) => row.facet === facet);
      const values = own.map(({ value, count }) => ({
        value,
        label: labelOf(facet, value),
        count,
        isCapped,
      }));
      return [facet, ordered(facet, values)];
    }),
  ) as GroupFacetsDto['facets'];
  return { facets };
}
