import { sql } from 'drizzle-orm';
import { OBSERVATIONS_MAX, type Observation } from '@/lib/assurance/checklist/contract';
import { nothingSeen, type RunCheck, resultOf, seen } from './check';

interface FindingRow extends Record<string, unknown> {
  id: string;
  title: string;
  severity: string;
  status: string;
  asset: string;
  rule_id: string;
}

/** Open findings of the severities that must not be there. Accepted ones are listed, not hidden. */
export const checkFindings: RunCheck<'findings'> = async ({ tenantId, scope, parameters, read }) => {
  const severities = sql.join(
    parameters.severities.map((name) => sql`${name}`),
    sql`, `,
  );
  const assets =
    scope.assets.length > 0
      ? sql`and a.name in (${sql.join(
          scope.assets.map((name) => sql`${name}`),
          sql`, `,
        )})`
      : sql``;
  const { streams, counts, rows } = await read(async (tx) => {
    const [completed] = await tx.execute<{ n: number }>(sql`
      select count(*)::int as n from scan_stream s join asset a on a.tenant_id = s.tenant_id and a.id = s.asset_id
      where s.tenant_id = ${tenantId} and s.last_complete_at is not null ${assets}`);
    const byStatus = await tx.execute<{ status: string; n: number }>(sql`
      select f.status, count(*)::int as n from finding f join asset a on a.tenant_id = f.tenant_id and a.id = f.asset_id
      where f.tenant_id = ${tenantId} and f.status in ('open', 'accepted') and f.severity in (${severities}) ${assets}
      group by f.status`);
    const listed = await tx.execute<FindingRow>(sql`
      select f.id, f.title, f.severity, f.status, f.rule_id, a.name as asset
      from finding f join asset a on a.tenant_id = f.tenant_id and a.id = f.asset_id
      where f.tenant_id = ${tenantId} and f.status in ('open', 'accepted') and f.severity in (${severities}) ${assets}
      order by f.status desc, f.severity_rank, f.opened_at, f.id limit ${OBSERVATIONS_MAX}`);
    return {
      streams: completed?.n ?? 0,
      counts: Object.fromEntries(byStatus.map(({ status, n }) => [status, n])),
      rows: listed,
    };
  });
  if (streams === 0) return nothingSeen('not_available', 'No complete scan yet, so the result is unknown.');
  const open = counts.open ?? 0;
  const accepted = counts.accepted ?? 0;
  const observations = rows.map((row): Observation => {
    const name = `${row.asset}: ${row.rule_id}`;
    const href = `/findings/${row.id}`;
    return row.status === 'open'
      ? seen(name, 'fail', `${row.severity}: ${row.title}`, href)
      : seen(name, 'pass', `accepted, ${row.severity}: ${row.title}`, href);
  });
  const what = parameters.severities.join(' or ');
  const also = accepted > 0 ? ` ${accepted} accepted.` : '';
  const result = resultOf('findings', observations, {
    facts: { open, accepted, streams },
    well: `No open finding is ${what}.${also}`,
  });
  if (open === 0) return { ...result, outcome: 'pass', scopeExpected: streams, scopeCovered: streams };
  return {
    ...result,
    summary: `${open} open ${open === 1 ? 'finding is' : 'findings are'} ${what}.${also}`,
    scopeExpected: streams,
    scopeCovered: streams,
    failingTotal: open,
  };
};
