import type { ReportSection, ReportTone } from '@/lib/insight/reports/contract';
import { levelOfAnomaly } from '@/lib/platform/facts/rules';
import { anomalyHref, firstRuleAt, readAnomalies } from '@/lib/response/anomalies/facts';
import { type Frame, iso, line, nameOf, section } from './section';

const TONES: Readonly<Record<string, ReportTone>> = { danger: 'danger', warning: 'warning' };

/** What rules found in the period and told, the open and the worst first. */
export async function anomalies({ tx, tenantId, period }: Frame): Promise<ReportSection> {
  if ((await firstRuleAt(tx, tenantId)) === null)
    return section('anomalies', {
      lines: [],
      empty: 'No data: no anomaly rules have been turned on.',
      morePath: '/anomalies/rules',
    });
  const range = { from: iso(period.fromMs), to: iso(period.toMs) };
  const found = await readAnomalies(tx, tenantId, range.from, range.to);
  return section('anomalies', {
    lines: found.map(({ id, sentence, severity, state }) =>
      line(nameOf(sentence), {
        detail: state === 'open' ? `${severity}, open` : `${severity}, ${state.replaceAll('_', ' ')}`,
        tone: state === 'open' ? (TONES[levelOfAnomaly(severity)] ?? 'neutral') : 'neutral',
        path: anomalyHref(id),
      }),
    ),
    morePath: `/anomalies?${new URLSearchParams({ state: 'any', ...range })}`,
    empty: 'No anomalies found.',
  });
}
