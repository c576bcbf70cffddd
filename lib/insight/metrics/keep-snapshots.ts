import { type SQL, sql } from 'drizzle-orm';
import type { WriteTx } from '@/db/scope';
import { currentSecrets } from '@/lib/access/api-keys/facts';
import { exploitedFindings } from '@/lib/assurance/findings/facts';
import type { MonthValue, Span } from './span';

type Snapshot = 'exploited' | 'keys';
type Row = Record<string, unknown>;
const numberOf = (value: unknown) => Number(value ?? 0);

/** What each of them counts at this moment: `subject_id`, `version_id`, `at`, `marks`. */
const COUNTED: Readonly<Record<Snapshot, (tenantId: string) => SQL>> = {
  exploited: (tenantId) => sql`
    select id as subject_id, null::uuid as version_id, opened_at as at,
      case when is_overdue then '{overdue}'::text[] else '{}' end as marks
    from ${exploitedFindings(tenantId)} f`,
  keys: (tenantId) => sql`
    select key_id as subject_id, version_id, secret_since as at, array_remove(array[
        case when secret_since > now() - interval '90 days' then 'rotated' end,
        case when is_unused then 'unused' end], null) as marks
    from ${currentSecrets(tenantId)} k`,
};

const isAlike = sql`c.subject_id = r.subject_id and c.version_id is not distinct from r.version_id
  and c.at = r.at and c.marks = r.marks`;

/**
 * Keeps what the snapshot counts now as the rows of the month that runs. A row that stands as it did goes on; another one
 * ends with the month before, or is replaced where it began in this one.
 */
async function keepRows(tx: WriteTx, metric: Snapshot, { tenantId, running }: Span): Promise<void> {
  const open = sql`r.tenant_id = ${tenantId}::uuid and r.metric = ${metric} and r.until = 'infinity'`;
  await tx.execute(sql`
    with counted as materialized (${COUNTED[metric](tenantId)}),
    ended as (
      update metric_snapshot_row r set until = (${running}::date - interval '1 month')::date
      where ${open} and r.since < ${running}::date and not exists (select from counted c where ${isAlike})
    ), gone as (
      delete from metric_snapshot_row r
      where ${open} and r.since = ${running}::date
        and not exists (select from counted c where c.subject_id = r.subject_id)
    )
    insert into metric_snapshot_row as kept (tenant_id, metric, subject_id, since, version_id, at, marks)
    select ${tenantId}::uuid, ${metric}, c.subject_id, ${running}::date, c.version_id, c.at, c.marks from counted c
    where not exists (select from metric_snapshot_row r where ${open} and r.since < ${running}::date and ${isAlike})
    on conflict (tenant_id, metric, subject_id, since) do update
      set version_id = excluded.version_id, at = excluded.at, marks = excluded.marks
      where (kept.version_id, kept.at, kept.marks) is distinct from (excluded.version_id, excluded.at, excluded.marks)`);
}

/** The numbers, counted from the rows that are kept, so that a number and its rows never differ. */
async function countRows(tx: WriteTx, { tenantId, running: month }: Span): Promise<MonthValue[]> {
  const [kept] = await tx.execute<Row>(sql`
    select count(*) filter (where metric = 'exploited') as open, count(*) filter (where 'overdue' = any(marks)) as overdue,
      count(*) filter (where metric = 'keys') as live, count(*) filter (where 'rotated' = any(marks)) as rotated,
      count(*) filter (where 'unused' = any(marks)) as unused,
      floor(extract(epoch from now() - min(at) filter (where metric = 'keys')) / 86400) as oldest
    from metric_snapshot_row where tenant_id = ${tenantId}::uuid and metric in ('exploited', 'keys') and until = 'infinity'`);
  const live = numberOf(kept?.live);
  const share = live === 0 ? null : (100 * numberOf(kept?.rotated)) / live;
  const keys = { month, metric: 'keys', n: live } as const;
  return [
    { month, metric: 'exploited', series: 'open', value: numberOf(kept?.open) },
    { month, metric: 'exploited', series: 'overdue', value: numberOf(kept?.overdue) },
    { ...keys, series: 'rotated', value: share },
    { ...keys, series: 'oldest', value: live === 0 ? null : numberOf(kept?.oldest) },
    { ...keys, series: 'unused', value: numberOf(kept?.unused) },
  ];
}

/** What is only known of now: its rows are kept for the month that runs, and counted. */
export async function keepSnapshots(tx: WriteTx, span: Span): Promise<MonthValue[]> {
  await keepRows(tx, 'exploited', span);
  await keepRows(tx, 'keys', span);
  return countRows(tx, span);
}

/** Where the time zone changed, the month that runs may be an earlier one than before: what a later one kept goes. */
export async function forgetLaterRows(tx: WriteTx, tenantId: string): Promise<void> {
  const running = sql`(select date_trunc('month', now() at time zone time_zone)::date from identity.tenant
    where id = ${tenantId}::uuid)`;
  await tx.execute(
    sql`delete from metric_snapshot_row where tenant_id = ${tenantId}::uuid and since > ${running}`,
  );
  await tx.execute(sql`
    update metric_snapshot_row set until = 'infinity'
    where tenant_id = ${tenantId}::uuid and until >= ${running} and until < 'infinity'`);
}
