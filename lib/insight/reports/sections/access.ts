import { sql } from 'drizzle-orm';
import type { ReportSection } from '@/lib/insight/reports/contract';
import { DAY_MS } from '@/lib/platform/core/clock';
import { auditPath, type Frame, iso, line, numberText, section } from './section';

interface Counts extends Record<string, unknown> {
  isNow: boolean;
  allowed: number;
  refused: number;
  limited: number;
  failed: number;
}

/** What the gate decided, what limits refused, and sign-ins that failed, beside the seven days before. */
export async function access({ tx, tenantId, period }: Frame): Promise<ReportSection> {
  const before = iso(period.fromMs - 7 * DAY_MS);
  const rows = await tx.execute<Counts>(sql`
    select at >= ${iso(period.fromMs)}::timestamptz as "isNow",
      count(*) filter (where category = 'decision' and outcome = 'success')::int as allowed,
      count(*) filter (where category = 'decision' and outcome = 'denied')::int as refused,
      count(*) filter (where code = 'RATE_LIMITED')::int as limited,
      count(*) filter (where action in ('auth.sign_in_failed', 'auth.sign_in_denied'))::int as failed
    from audit_event where tenant_id = ${tenantId}::uuid and at >= ${before}::timestamptz and at < ${iso(period.toMs)}::timestamptz
    group by 1`);
  const [now, then] = [rows.find(({ isNow }) => isNow), rows.find(({ isNow }) => !isNow)];
  if (!now)
    return section('access', { lines: [], empty: 'No data: no events were recorded in this period.' });
  const one = (text: string, count: (counts: Counts) => number, q: string) =>
    line(text, {
      value: numberText(count(now)),
      detail: then ? `${numberText(count(then))} in the previous 7 days` : 'no data for the previous 7 days',
      path: auditPath(q, period),
    });
  return section('access', {
    lines: [
      one('requests allowed by the gate', ({ allowed }) => allowed, 'category:decision outcome:success'),
      one('requests denied by the gate', ({ refused }) => refused, 'category:decision outcome:denied'),
      one('requests denied by a rate limit', ({ limited }) => limited, 'code:RATE_LIMITED access:show'),
      one(
        'sign-ins that failed',
        ({ failed }) => failed,
        'action:auth.sign_in_failed action:auth.sign_in_denied',
      ),
    ],
    empty: '',
  });
}
