import { checklistHref, didRunBetween } from '@/lib/assurance/checklist/facts';
import { wasScannedBetween } from '@/lib/assurance/findings/facts';
import type { ReportLine, ReportSection } from '@/lib/insight/reports/contract';
import { lastEventOf } from '@/lib/platform/audit/facts';
import { hasChannel } from '@/lib/platform/notifications/facts';
import { type Frame, iso, line, section } from './section';

/** Sources that said nothing in the period: what they would tell is not known, and not zero. */
export async function unknown({ tx, tenantId, period }: Frame): Promise<ReportSection> {
  const [from, to] = [iso(period.fromMs), iso(period.toMs)];
  const lines: ReportLine[] = [];
  if ((await lastEventOf(tx, tenantId, { category: 'decision' }, { from, to })) === null)
    lines.push(line('The gate received no requests', { path: '/policies/gate-routes' }));
  if (!(await wasScannedBetween(tx, tenantId, from, to)))
    lines.push(
      line('No scans were imported, so new findings are unknown', { tone: 'warning', path: '/scans' }),
    );
  if (!(await didRunBetween(tx, tenantId, from, to)))
    lines.push(line('The checklist did not run', { tone: 'warning', path: checklistHref() }));
  if (!(await hasChannel(tx, tenantId)))
    lines.push(
      line('No notification channel is set up outside the console', { path: '/settings/notifications' }),
    );
  return section('unknown', { lines, empty: 'All sources have data.' });
}
