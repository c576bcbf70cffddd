import { and, type SQL, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { type AGES, type findingFilterInput, SEVERITIES, type Sla } from '@/lib/assurance/findings/contract';
import type { FindingFacet } from '@/lib/assurance/findings/views-contract';

/** What a list, its facets, its groups and its exports are asked about. */
export type FindingFilter = z.output<typeof findingFilterInput>;

/** What conditions are about: the facets, and what none of them counts. */
export type Condition = FindingFacet | 'acceptance';

/** Where clauses by what they are about, on the columns of `finding` without its name in front. */
export type FilterConditions = ReadonlyMap<Condition, SQL>;

const among = (column: SQL, values: readonly string[]): SQL =>
  sql`${column} in (${sql.join(
    values.map((value) => sql`${value}`),
    sql`, `,
  )})`;

/** The days since it opened: from inclusive, to exclusive. */
const AGE_DAYS: Readonly<Record<(typeof AGES)[number], { from: number; to: number | null }>> = {
  week: { from: 0, to: 7 },
  month: { from: 7, to: 30 },
  quarter: { from: 30, to: 90 },
  older: { from: 90, to: null },
};

const daysAgo = (days: number) => sql`statement_timestamp() - make_interval(days => ${days}::integer)`;

function ageIs(age: (typeof AGES)[number]): SQL {
  const { from, to } = AGE_DAYS[age];
  const isOld = sql`opened_at <= ${daysAgo(from)}`;
  return to === null ? isOld : sql`(${isOld} and opened_at > ${daysAgo(to)})`;
}

/** When something is due, by its time; never where it has none. */
const SLA_CONDITIONS: Readonly<Record<Sla, SQL>> = {
  overdue: sql`due_at < statement_timestamp()`,
  soon: sql`(due_at >= statement_timestamp() and due_at < statement_timestamp() + interval '7 days')`,
  month: sql`(due_at >= statement_timestamp() + interval '7 days' and due_at < statement_timestamp() + interval '30 days')`,
  later: sql`due_at >= statement_timestamp() + interval '30 days'`,
  none: sql`due_at is null`,
};

/** Which of them holds for a row. */
export const slaOfRow = sql`case ${sql.join(
  Object.entries(SLA_CONDITIONS).map(
    ([sla, condition]) => sql`when ${condition} then ${sql.raw(`'${sla}'`)}`,
  ),
  sql` `,
)} end`;

/** Seen by a stream of one of the branches. */
function onBranch(tenantId: string, branches: readonly string[]): SQL {
  return sql`id in (select s.finding_id from sighting s
    where s.tenant_id = ${tenantId}::uuid and s.gone_at is null and s.stream_id in (select t.id from scan_stream t
      where t.tenant_id = ${tenantId}::uuid and ${among(sql`t.branch`, branches)}))`;
}

/** By rank, which the index of the order begins with. */
function severityIs(severities: NonNullable<FindingFilter['severity']>): SQL {
  const ranks = severities.map((severity) => sql`${SEVERITIES.indexOf(severity)}::smallint`);
  return sql`severity_rank in (${sql.join(ranks, sql`, `)})`;
}

function assetIs(tenantId: string, names: readonly string[]): SQL {
  return sql`asset_id in (select a.id from asset a
    where a.tenant_id = ${tenantId}::uuid and ${among(sql`a.name`, names)})`;
}

const isAcceptance = (tenantId: string, state: NonNullable<FindingFilter['acceptance']>): SQL =>
  sql`id in (select c.finding_id from acceptance c where c.tenant_id = ${tenantId}::uuid and c.state = ${state})`;

type Given = readonly [Condition, SQL | undefined];

function included(tenantId: string, filter: FindingFilter): Given[] {
  return [
    ['status', among(sql`status`, filter.status ?? ['open'])],
    ['severity', filter.severity && severityIs(filter.severity)],
    ['tool', filter.tool && among(sql`tool`, filter.tool)],
    ['kind', filter.kind && among(sql`kind`, filter.kind)],
    ['asset', filter.asset && assetIs(tenantId, filter.asset)],
    ['branch', filter.branch && onBranch(tenantId, filter.branch)],
    ['package', filter.package && among(sql`package`, filter.package)],
    ['rule', filter.rule && among(sql`rule_id`, filter.rule)],
    ['owner', filter.owner && among(sql`owner_user_id::text`, filter.owner)],
    ['sla', filter.sla && SLA_CONDITIONS[filter.sla]],
    ['kev', filter.kev && sql`is_kev = ${filter.kev === 'true'}::boolean`],
    ['acceptance', filter.acceptance && isAcceptance(tenantId, filter.acceptance)],
    ['age', filter.age && sql`(${sql.join(filter.age.map(ageIs), sql` or `)})`],
  ];
}

/** What has no value is not left out. */
const leftOut = (condition: SQL) => sql`(${condition}) is not true`;

function excluded(tenantId: string, filter: FindingFilter): Given[] {
  return [
    ['asset', filter.notAsset && leftOut(assetIs(tenantId, filter.notAsset))],
    ['package', filter.notPackage && leftOut(among(sql`package`, filter.notPackage))],
    ['rule', filter.notRule && leftOut(among(sql`rule_id`, filter.notRule))],
    ['owner', filter.notOwner && leftOut(among(sql`owner_user_id::text`, filter.notOwner))],
  ];
}

/** What is asked, but for the words. Without a status it is what is open. */
export function conditionsOf(tenantId: string, filter: FindingFilter): FilterConditions {
  const conditions = new Map<Condition, SQL>();
  for (const [facet, condition] of [...included(tenantId, filter), ...excluded(tenantId, filter)]) {
    const other = conditions.get(facet);
    if (condition) conditions.set(facet, other ? sql`(${other} and ${condition})` : condition);
  }
  return conditions;
}

/** All of them but those of `without`, of one tenant. */
export function allOf(
  tenantId: string,
  conditions: FilterConditions,
  without: ReadonlySet<Condition> = new Set(),
): SQL {
  const kept = [...conditions].filter(([facet]) => !without.has(facet)).map(([, condition]) => condition);
  return and(sql`tenant_id = ${tenantId}::uuid`, ...kept) ?? sql`true`;
}

/** What may begin the name of a vulnerability, such as `CVE-2024-1` or `SNYK-JS`: another tool may know it as an alias. */
const MAYBE_NAME = /^[a-z]{2,12}-[a-z0-9]/i;

function holds(word: string): SQL {
  const pattern = `%${word.replaceAll(/[\\%_]/g, '\\$&')}%`;
  const inAliases = MAYBE_NAME.test(word) ? sql` or array_to_string(aliases, ' ') ilike ${pattern}` : sql``;
  return sql`(title ilike ${pattern} or path ilike ${pattern} or package ilike ${pattern} or rule_id ilike ${pattern}${inAliases})`;
}

/** What the words ask of title, path, package, rule and other names of a vulnerability; null where there are none. */
export function wordsCondition({ q = [], notQ = [] }: Pick<FindingFilter, 'q' | 'notQ'>): SQL | null {
  const conditions = [...q.map(holds), ...notQ.map((word) => leftOut(holds(word)))];
  return and(...conditions) ?? null;
}
