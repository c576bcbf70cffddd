import { type SQL, sql } from 'drizzle-orm';
import { type ReadTx, readTenant } from '@/db/scope';
import { SEVERITIES, SLAS, type Sla } from '@/lib/assurance/findings/contract';
import { type DueBoardDto, type DueBoardInput, dueBoardInput } from '@/lib/assurance/findings/views-contract';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { slaOfRow } from './finding-filter';
import { readFindings } from './queries';

const ASSETS_MAX = 30;
const ASSET_NAMES_MAX = 1_000;
const LONGEST_MAX = 10;
const MONTHS = 12;

interface CountRow extends Record<string, unknown> {
  severity: string;
  assetId: string;
  assetName: string;
  sla: Sla;
  findings: number;
}

const noCounts = (): Record<Sla, number> => ({ overdue: 0, soon: 0, month: 0, later: 0, none: 0 });

function countsBy(
  rows: readonly CountRow[],
  key: (row: CountRow) => string,
): Map<string, Record<Sla, number>> {
  const counts = new Map<string, Record<Sla, number>>();
  for (const row of rows) {
    const known = counts.get(key(row)) ?? noCounts();
    known[row.sla] += row.findings;
    counts.set(key(row), known);
  }
  return counts;
}

function countOpen(tx: ReadTx, tenantId: string, ofAsset: SQL): Promise<CountRow[]> {
  return tx.execute<CountRow>(sql`
    with counted as (
      select severity, asset_id, ${slaOfRow} as sla, count(*)::integer as findings
      from finding where tenant_id = ${tenantId}::uuid and status = 'open' and ${ofAsset} group by 1, 2, 3
    )
    select severity, asset_id as "assetId", a.name as "assetName", sla, findings
    from counted join asset a on a.tenant_id = ${tenantId}::uuid and a.id = asset_id`);
}

/** What was opened, or seen again, and what was fixed, by month of the tenant's calendar; each event once. */
function countMonths(tx: ReadTx, tenantId: string, assetId: string | null): Promise<DueBoardDto['months']> {
  const inAsset =
    assetId === null
      ? sql`true`
      : sql`e.finding_id in (select id from finding where tenant_id = ${tenantId}::uuid and asset_id = ${assetId}::uuid)`;
  return tx.execute<DueBoardDto['months'][number]>(sql`
    with zone as (select time_zone from identity.tenant where id = ${tenantId}::uuid),
    span as (
      select (date_trunc('month', now() at time zone time_zone) - make_interval(months => n))::date as month, time_zone
      from zone, generate_series(0, ${MONTHS - 1}::integer) n
    ),
    counted as (
      select date_trunc('month', e.at at time zone z.time_zone)::date as month,
        count(*) filter (where e.type in ('opened', 'reopened')) as found, count(*) filter (where e.type = 'fixed') as fixed
      from finding_event e, zone z
      where e.tenant_id = ${tenantId}::uuid and e.type in ('opened', 'reopened', 'fixed') and ${inAsset}
        and e.at >= (select min(month) at time zone min(time_zone) from span)
      group by 1
    )
    select to_char(s.month, 'YYYY-MM') as month, coalesce(c.found, 0)::integer as found, coalesce(c.fixed, 0)::integer as fixed
    from span s left join counted c on c.month = s.month order by s.month`);
}

async function longestOverdue(tx: ReadTx, tenantId: string, ofAsset: SQL): Promise<DueBoardDto['longest']> {
  const rows = await tx.execute<{ id: string }>(sql`
    select id from finding where tenant_id = ${tenantId}::uuid and status = 'open' and due_at < statement_timestamp()
      and ${ofAsset} order by due_at, id limit ${LONGEST_MAX}::integer`);
  return readFindings(
    tx,
    tenantId,
    rows.map(({ id }) => id),
  );
}

/** What is due when, worst and longest first, and how the last twelve months went. An unknown asset has nothing. */
export async function dueBoard(actor: Actor, input: DueBoardInput): Promise<DueBoardDto> {
  requirePermission(actor, 'findings:read');
  const { asset } = dueBoardInput.parse(input);
  const { tenantId } = actor;
  return readTenant(actor, async (tx) => {
    const names = await tx.execute<{ name: string }>(
      sql`select name from asset where tenant_id = ${tenantId}::uuid order by name limit ${ASSET_NAMES_MAX}::integer`,
    );
    const [chosen] = await tx.execute<{ id: string }>(
      sql`select id from asset where tenant_id = ${tenantId}::uuid and name = ${asset ?? null}::text`,
    );
    const ofAsset = asset === undefined ? sql`true` : sql`asset_id = ${chosen?.id ?? null}::uuid`;
    const rows = await countOpen(tx, tenantId, ofAsset);
    const bySeverity = countsBy(rows, ({ severity }) => severity);
    const assets = [...countsBy(rows, ({ assetName }) => assetName)].map(([name, counts]) => ({
      name,
      counts,
    }));
    const urgency = (counts: Record<Sla, number>) => SLAS.map((sla) => counts[sla]);
    const byUrgency = (a: number[], b: number[]) => {
      const at = a.findIndex((count, i) => count !== b[i]);
      return at === -1 ? 0 : (b[at] ?? 0) - (a[at] ?? 0);
    };
    return {
      total: countsBy(rows, () => 'all').get('all') ?? noCounts(),
      severities: SEVERITIES.map((severity) => ({
        severity,
        counts: bySeverity.get(severity) ?? noCounts(),
      })),
      assets: assets
        .sort((a, b) => byUrgency(urgency(a.counts), urgency(b.counts)) || (a.name < b.name ? -1 : 1))
        .slice(0, ASSETS_MAX),
      months: [...(await countMonths(tx, tenantId, asset === undefined ? null : (chosen?.id ?? tenantId)))],
      longest: await longestOverdue(tx, tenantId, ofAsset),
      assetNames: names.map(({ name }) => name),
    };
  });
}
