import type { ReportSection } from '@/lib/insight/reports/contract';
import { AUDIT_ACTIONS } from '@/lib/platform/audit/contract';
import { EVENT_KINDS, eventsHref } from '@/lib/platform/audit/event-kinds-contract';
import { countByAction } from '@/lib/platform/audit/facts';
import { type Frame, iso, line, numberText, section } from './section';

const labelOf = (action: string) =>
  action in AUDIT_ACTIONS ? AUDIT_ACTIONS[action as keyof typeof AUDIT_ACTIONS].label : action;

/** The changes on record in the period, by kind, the frequent ones first. */
export async function changes({ tx, tenantId, period }: Frame): Promise<ReportSection> {
  const range = { from: iso(period.fromMs), to: iso(period.toMs) };
  const rows = await countByAction(tx, tenantId, EVENT_KINDS.changes, range);
  return section('changes', {
    lines: rows.map(({ action, count, actors }) =>
      line(labelOf(action), {
        value: `${numberText(count)} ×`,
        detail: actors > 1 ? `by ${actors} actors` : null,
        path: eventsHref({ ...EVENT_KINDS.changes, action }, range),
      }),
    ),
    morePath: eventsHref(EVENT_KINDS.changes, range),
    empty: 'No changes.',
  });
}
