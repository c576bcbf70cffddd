import { sql } from 'drizzle-orm';
import type { ReportSection } from '@/lib/insight/reports/contract';
import { AUDIT_ACTIONS } from '@/lib/platform/audit/contract';
import { auditPath, type Frame, iso, line, numberText, section } from './section';

interface Row extends Record<string, unknown> {
  action: string;
  count: number;
  people: number;
}

const labelOf = (action: string) =>
  action in AUDIT_ACTIONS ? AUDIT_ACTIONS[action as keyof typeof AUDIT_ACTIONS].label : action;

/** The changes on record in the period, by kind, the frequent ones first. */
export async function changes({ tx, tenantId, period }: Frame): Promise<ReportSection> {
  const rows = await tx.execute<Row>(sql`
    select action, count(*)::int as count, count(distinct coalesce(actor_id::text, actor_label))::int as people
    from audit_event
    where tenant_id = ${tenantId}::uuid and at >= ${iso(period.fromMs)}::timestamptz and at < ${iso(period.toMs)}::timestamptz
      and category = 'change' and outcome = 'success'
    group by action order by count desc, action`);
  return section('changes', {
    lines: rows.map(({ action, count, people }) =>
      line(labelOf(action), {
        value: `${numberText(count)} ×`,
        detail: people > 1 ? `by ${people} actors` : null,
        path: auditPath(`action:${action} outcome:success`, period),
      }),
    ),
    morePath: auditPath('category:change outcome:success', period),
    empty: 'No changes.',
  });
}
