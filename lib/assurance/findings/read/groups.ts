import { type SQL, sql } from 'drizzle-orm';
import { type ReadTx, readTenant } from '@/db/scope';
import { SEVERITIES, type Severity } from '@/lib/assurance/findings/contract';
import {
  type FindingGroupsDto,
  type FindingGroupsInput,
  findingGroupsInput,
} from '@/lib/assurance/findings/views-contract';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { allOf, type FindingFilter, wordsCondition } from './finding-filter';
import { isTallied, type Narrowed, narrowAssets, narrowBranches, orderOf, rowsToWalk } from './narrow-filter';

const GROUPS_MAX = 200;
/** Rows looked at for packages and rules, the worst first; with more the numbers are lower bounds. */
const EXAMINED_MAX = 20_000;
/** Each of these is looked for among what its streams see. */
const EXAMINED_ON_BRANCH_MAX = 4_000;

type By = FindingGroupsInput['by'];
const VALUES: Record<By, SQL> = { asset: sql`asset_id::text`, package: sql`package`, rule: sql`rule_id` };

type GroupRow = Record<Severity, number> & { value: string; label: string; title: string | null };

const counts = (number: SQL) =>
  sql.join(
    SEVERITIES.map(
      (severity) =>
        sql`coalesce(sum(${number}) filter (where severity = ${severity}), 0)::integer as ${sql.identifier(severity)}`,
    ),
    sql`, `,
  );

/** Worst first: by the number of the worst severity, then of the next. */
const worstFirst = sql`order by critical desc, high desc, medium desc, low desc, info desc, value
  limit ${GROUPS_MAX + 1}::integer`;

/** Exact numbers of each asset. */
function assetsByTally(tx: ReadTx, tenantId: string, { conditions }: Narrowed): Promise<GroupRow[]> {
  return tx.execute<GroupRow>(sql`
    with counted as (
      select asset_id, ${counts(sql`change`)} from finding_tally where ${allOf(tenantId, conditions)}
      group by asset_id having sum(change) > 0
    )
    select asset_id::text as value, a.name as label, null as title, critical, high, medium, low, info
    from counted join asset a on a.tenant_id = ${tenantId}::uuid and a.id = asset_id ${worstFirst}`);
}

async function byRows(
  tx: ReadTx,
  tenantId: string,
  { by, filter, narrowed }: { by: By; filter: FindingFilter; narrowed: Narrowed },
): Promise<{ rows: GroupRow[]; isCapped: boolean }> {
  const status = narrowed.conditions.get('status');
  const ofStatus = allOf(tenantId, new Map(status ? [['status', status]] : []));
  const source = await rowsToWalk(tx, tenantId, ofStatus, narrowed);
  const words = wordsCondition(filter) ?? sql`true`;
  const most = filter.branch ? EXAMINED_ON_BRANCH_MAX : EXAMINED_MAX;
  const label =
    by === 'asset'
      ? sql`(select name from asset a where a.tenant_id = ${tenantId}::uuid and a.id = value::uuid)`
      : sql`value`;
  const rows = await tx.execute<GroupRow & { examined: number }>(sql`
    with walked as materialized (
      select severity, title, path, package, rule_id, aliases, asset_id from ${source}
      where ${allOf(tenantId, narrowed.conditions)} ${orderOf(filter)}
      limit ${most + 1}::integer
    ), grouped as (
      select ${VALUES[by]} as value, min(title) as title, ${counts(sql`1`)} from walked where ${words} group by 1
    )
    select value, ${label} as label, ${by === 'rule' ? sql`title` : sql`null`} as title, critical, high, medium, low, info,
      (select count(*)::integer from walked) as examined
    from grouped where value is not null ${worstFirst}`);
  return { rows: [...rows], isCapped: (rows[0]?.examined ?? 0) > most };
}

/** The assets, packages or rules that have findings under the filter, worst first, with how many of each severity. */
export async function findingGroups(actor: Actor, input: FindingGroupsInput): Promise<FindingGroupsDto> {
  requirePermission(actor, 'findings:read');
  const { by, ...filter } = findingGroupsInput.parse(input);
  const { tenantId } = actor;
  return readTenant(actor, async (tx) => {
    const narrowed = await narrowAssets(tx, tenantId, await narrowBranches(tx, tenantId, filter));
    const isExact =
      by === 'asset' && wordsCondition(filter) === null && [...narrowed.conditions.keys()].every(isTallied);
    const { rows, isCapped } = isExact
      ? { rows: await assetsByTally(tx, tenantId, narrowed), isCapped: false }
      : await byRows(tx, tenantId, { by, filter, narrowed });
    return {
      isCapped,
      hasMore: rows.length > GROUPS_MAX,
      items: rows.slice(0, GROUPS_MAX).map(({ value, label, title, critical, high, medium, low, info }) => ({
        value: by === 'asset' ? label : value,
        label,
        title,
        counts: { critical, high, medium, low, info },
        total: critical + high + medium + low + info,
      })),
    };
  });
}
