import { sql } from 'drizzle-orm';
import type { WriteTx } from '@/db/scope';
import { exploited } from '@/lib/assurance/findings/facts';
import { newId } from '@/lib/platform/core/ids';
import { notify } from '@/lib/platform/notifications/notify';

const EXAMPLES_MAX = 3;
const EXAMPLE_LENGTH_MAX = 200;

/** A scan as notices name it: `label` is its asset and tool, such as `web: trivy`. */
export interface ToldScan {
  tenantId: string;
  id: string;
  label: string;
  branch: string;
  assetId: string;
  /** What it opens is opened at that time. */
  createdAt: Date;
}

/** What a person recognises a finding by, in a line of a notice. */
const example = sql`left(rule_id || coalesce(' in ' || package, ' in ' || path, ''), ${EXAMPLE_LENGTH_MAX}::integer)`;

const eventOf = ({ tenantId, id, label }: ToldScan) => ({
  tenantId,
  subject: { type: 'scan' as const, id, label },
});

/** Tells what is critical or known to be exploited and was not open before this scan, in the transaction of its import. */
export async function tellUrgentFindings(tx: WriteTx, scan: ToldScan): Promise<void> {
  const [urgent] = await tx.execute<{ critical: number; exploited: number; examples: string[] }>(sql`
    with urgent as (
      select severity, is_kev, ${example} as example,
        row_number() over (order by is_kev desc, severity_rank, id) as place
      from finding where tenant_id = ${scan.tenantId}::uuid and asset_id = ${scan.assetId}::uuid and status = 'open'
        and opened_at = ${scan.createdAt.toISOString()}::timestamptz and (severity_rank = 0 or is_kev)
    )
    select count(*) filter (where severity = 'critical')::integer as critical,
      count(*) filter (where is_kev)::integer as exploited,
      coalesce(jsonb_agg(example order by place) filter (where place <= ${EXAMPLES_MAX}::integer), '[]') as examples
    from urgent`);
  if (!urgent || urgent.critical + urgent.exploited === 0) return;
  await notify(tx, {
    ...eventOf(scan),
    type: 'finding.urgent',
    dedupeKey: `finding.urgent ${scan.id}`,
    data: { branch: scan.branch, ...urgent },
  });
}

export async function tellHeldScan(
  tx: WriteTx,
  scan: ToldScan,
  held: number,
  reasons: readonly string[],
): Promise<void> {
  await notify(tx, {
    ...eventOf(scan),
    type: 'scan.held',
    dedupeKey: `scan.held ${scan.id}`,
    data: { branch: scan.branch, held, reason: reasons[0] ?? '' },
  });
}

export async function tellFailedScan(tx: WriteTx, scan: ToldScan, reason: string): Promise<void> {
  await notify(tx, {
    ...eventOf(scan),
    type: 'scan.failed',
    dedupeKey: `scan.failed ${scan.id}`,
    data: { branch: scan.branch, reason },
  });
}

/** Tells which open findings have come into the catalogue. @param ids of those, at least one */
export async function tellExploited(tx: WriteTx, tenantId: string, ids: readonly string[]): Promise<void> {
  const rows = await tx.execute<{ example: string }>(sql`
    select ${example} as example from finding where tenant_id = ${tenantId}::uuid
      and id in (select value::uuid from json_array_elements_text(${JSON.stringify(ids)}::json))
    order by severity_rank, id limit ${EXAMPLES_MAX}::integer`);
  const { count: open } = await exploited.read(tx, tenantId);
  await notify(tx, {
    tenantId,
    type: 'finding.exploited',
    subject: { type: 'kev', id: null, label: 'Known exploited vulnerabilities' },
    dedupeKey: `finding.exploited ${newId()}`,
    data: { findings: ids.length, open, examples: rows.map((row) => row.example) },
  });
}
