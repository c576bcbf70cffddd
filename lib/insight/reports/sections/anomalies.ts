import { sql } from 'drizzle-orm';
import type { ReportSection, ReportTone } from '@/lib/insight/reports/contract';
import { type Frame, iso, line, nameOf, section } from './section';

interface Row extends Record<string, unknown> {
  id: string;
  sentence: string;
  severity: string;
  state: string;
}

const TONES: Readonly<Record<string, ReportTone>> = { critical: 'danger', high: 'danger', medium: 'warning' };

/** What rules found in the period and told, the open and the worst first. */
export async function anomalies({ tx, tenantId, period }: Frame): Promise<ReportSection> {
  const [known] = await tx.execute(
    sql`select 1 where exists (
        select 1 from anomaly_rule where tenant_id = ${tenantId}::uuid and first_enabled_at is not null)
      or exists (select 1 from anomaly where tenant_id = ${tenantId}::uuid)`,
  );
  if (!known)
    return section('anomalies', {
      lines: [],
      empty: 'No data: no anomaly rules have been turned on.',
      morePath: '/anomalies/rules',
    });
  const rows = await tx.execute<Row>(sql`
    select id, sentence, severity, state from anomaly
    where tenant_id = ${tenantId}::uuid and mute_id is null
      and raised_at >= ${iso(period.fromMs)}::timestamptz and raised_at < ${iso(period.toMs)}::timestamptz
    order by state = 'open' desc, array_position(array['critical', 'high', 'medium', 'low'], severity), raised_at desc`);
  return section('anomalies', {
    lines: rows.map(({ id, sentence, severity, state }) =>
      line(nameOf(sentence), {
        detail: state === 'open' ? `${severity}, open` : `${severity}, ${state.replaceAll('_', ' ')}`,
        tone: state === 'open' ? (TONES[severity] ?? 'neutral') : 'neutral',
        path: `/anomalies?${new URLSearchParams({ state: 'any', open: id })}`,
      }),
    ),
    morePath: '/anomalies?state=any',
    empty: 'No anomalies found.',
  });
}
