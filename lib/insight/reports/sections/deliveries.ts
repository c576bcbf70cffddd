import { sql } from 'drizzle-orm';
import type { ReportSection } from '@/lib/insight/reports/contract';
import { type Frame, iso, line, nameOf, numberText, section } from './section';

interface Row extends Record<string, unknown> {
  name: string;
  count: number;
  error: string | null;
}

/** Deliveries of the period that failed for good, by channel. */
export async function deliveries({ tx, tenantId, period }: Frame): Promise<ReportSection> {
  const rows = await tx.execute<Row>(sql`
    select c.name, count(*)::int as count, (array_agg(d.last_error order by d.created_at desc))[1] as error
    from notification_delivery d join notification_channel c on c.tenant_id = d.tenant_id and c.id = d.channel_id
    where d.tenant_id = ${tenantId}::uuid and d.state = 'failed'
      and d.created_at >= ${iso(period.fromMs)}::timestamptz and d.created_at < ${iso(period.toMs)}::timestamptz
    group by c.name order by count desc, c.name`);
  const range = { from: iso(period.fromMs), to: iso(period.toMs) };
  return section('deliveries', {
    lines: rows.map(({ name, count, error }) =>
      line(`Channel ${nameOf(name)}`, {
        value: `${numberText(count)} ×`,
        detail: error === null ? null : nameOf(error),
        tone: 'warning',
        path: `/settings/deliveries?${new URLSearchParams({ q: 'state:failed', ...range })}`,
      }),
    ),
    morePath: '/settings/deliveries',
    empty: 'All notifications were delivered.',
  });
}
