import { type SQL, sql } from 'drizzle-orm';
import type { ReadTx } from '@/db/scope';
import { type Fact, sqlFact } from '@/lib/platform/facts/fact';

/** The level of an anomaly, as `levelOfAnomaly` in the rules of facts has it. */
const levelOfRow = sql`case severity when 'critical' then 'danger' when 'low' then 'info' else 'warning' end`;
const bySeverity = sql`array_position(array['critical', 'high', 'medium', 'low'], severity)`;

export const openAnomalies = sqlFact({
  key: 'anomalies.open',
  permission: 'audit:read',
  one: 'anomaly to triage',
  many: 'anomalies to triage',
  remedy: 'Review the events, then mark each anomaly as a true positive, expected or a false positive.',
  action: 'Open anomalies',
  href: '/anomalies',
  from: (tenantId) => sql`anomaly where tenant_id = ${tenantId}::uuid and state = 'open' and mute_id is null`,
  name: sql`label`,
  since: sql`first_at`,
  level: levelOfRow,
  order: sql`${bySeverity}, raised_at desc`,
});

/** Nothing looks for what is unusual. */
export const noRules: Fact = {
  key: 'anomalies.no_rules',
  permission: 'audit:read',
  one: '',
  many: '',
  absence: 'No anomaly rule is on',
  remedy: 'Replay a rule over the last 30 days, then turn it on.',
  action: 'Open rules',
  href: '/anomalies/rules',
  read: async (tx, tenantId) => {
    const rows = await tx.execute(
      sql`select 1 from anomaly_rule where tenant_id = ${tenantId}::uuid and is_enabled limit 1`,
    );
    return { count: rows.length === 0 ? 1 : 0, level: 'info', names: [], since: null, until: null };
  },
};

/** What needs somebody, most urgent first. */
export const anomalyFacts: readonly Fact[] = [openAnomalies, noRules];

/** When a rule was first turned on, ISO 8601; null: none ever was. */
export async function firstRuleAt(tx: ReadTx, tenantId: string): Promise<string | null> {
  const [row] = await tx.execute<{ at: string | null }>(
    sql`select to_json(min(first_enabled_at)) #>> '{}' as at from anomaly_rule where tenant_id = ${tenantId}::uuid`,
  );
  return row?.at ? new Date(row.at).toISOString() : null;
}

/** FROM item: all that rules found, with the columns of `anomaly`; it must be given a name. */
export const anomaliesOf = (tenantId: string): SQL =>
  sql`(select * from anomaly where tenant_id = ${tenantId}::uuid)`;

/** What rules found and told. */
export interface FoundAnomaly {
  id: string;
  sentence: string;
  severity: string;
  state: string;
}

/** Those of a span that are not muted, the open and the worst first. */
export async function readAnomalies(
  tx: ReadTx,
  tenantId: string,
  from: string,
  to: string,
): Promise<FoundAnomaly[]> {
  const rows = await tx.execute<FoundAnomaly & Record<string, unknown>>(sql`
    select id, sentence, severity, state from anomaly
    where tenant_id = ${tenantId}::uuid and mute_id is null
      and raised_at >= ${from}::timestamptz and raised_at < ${to}::timestamptz
    order by state = 'open' desc, ${bySeverity}, raised_at desc`);
  return [...rows];
}

/** Where one anomaly stands. */
export const anomalyHref = (id: string): string =>
  `/anomalies?${new URLSearchParams({ state: 'any', open: id })}`;
