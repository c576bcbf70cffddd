import { sql } from 'drizzle-orm';
import type { ReportLine, ReportSection } from '@/lib/insight/reports/contract';
import { type Frame, iso, line, section } from './section';

interface Known extends Record<string, unknown> {
  record: boolean;
  scans: boolean;
  runs: boolean;
  channels: boolean;
}

/** Sources that said nothing in the period: what they would tell is not known, and not zero. */
export async function unknown({ tx, tenantId, period }: Frame): Promise<ReportSection> {
  const within = (column: string) =>
    sql`${sql.raw(column)} >= ${iso(period.fromMs)}::timestamptz and ${sql.raw(column)} < ${iso(period.toMs)}::timestamptz`;
  const [known] = await tx.execute<Known>(sql`select
    exists (select from audit_event where tenant_id = ${tenantId}::uuid and category = 'decision' and ${within('at')}) as record,
    exists (select from scan where tenant_id = ${tenantId}::uuid and status in ('done', 'held', 'confirmed') and ${within('finished_at')}) as scans,
    exists (select from check_run where tenant_id = ${tenantId}::uuid and ${within('finished_at')}) as runs,
    exists (select from notification_channel where tenant_id = ${tenantId}::uuid and disabled_at is null) as channels`);
  const lines: ReportLine[] = [];
  if (!known?.record) lines.push(line('The gate received no requests', { path: '/policies/gate-routes' }));
  if (!known?.scans)
    lines.push(
      line('No scans were imported, so new findings are unknown', { tone: 'warning', path: '/scans' }),
    );
  if (!known?.runs) lines.push(line('The checklist did not run', { tone: 'warning', path: '/checklist' }));
  if (!known?.channels)
    lines.push(
      line('No notification channel is set up outside the console', { path: '/settings/notifications' }),
    );
  return section('unknown', { lines, empty: 'All sources have data.' });
}
