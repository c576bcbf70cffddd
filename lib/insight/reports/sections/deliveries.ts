import type { ReportSection } from '@/lib/insight/reports/contract';
import { filterClause } from '@/lib/platform/facts/rules';
import { readFailedDeliveries } from '@/lib/platform/notifications/facts';
import { type Frame, iso, line, nameOf, numberText, section } from './section';

/** Deliveries of the period that failed for good, by channel. */
export async function deliveries({ tx, tenantId, period }: Frame): Promise<ReportSection> {
  const range = { from: iso(period.fromMs), to: iso(period.toMs) };
  const pathOf = (...clauses: string[]) =>
    `/settings/deliveries?${new URLSearchParams({ q: ['state:failed', ...clauses].join(' '), ...range })}`;
  const rows = await readFailedDeliveries(tx, tenantId, range.from, range.to);
  return section('deliveries', {
    lines: rows.map(({ channelId, channel, count, error }) =>
      line(`Channel ${nameOf(channel)}`, {
        value: `${numberText(count)} ×`,
        detail: error === null ? null : nameOf(error),
        tone: 'warning',
        path: pathOf(filterClause('channel', channelId)),
      }),
    ),
    morePath: pathOf(),
    empty: 'All notifications were delivered.',
  });
}
