import {
  checklistHref,
  countPassing,
  readTurnedObjectives,
  type TurnedObjective,
} from '@/lib/assurance/checklist/facts';
import type { ReportLine, ReportSection, ReportTone } from '@/lib/insight/reports/contract';
import { daysBetween } from '@/lib/insight/reports/rules';
import { type Frame, iso, line, nameOf, numberText, section } from './section';

const HOLDS = new Set(['pass', 'warn']);

/** How an objective stands at the end of the period, and how long it stood on the other side before. */
function turnedLine({ title, state, before, at, beforeSince }: TurnedObjective): ReportLine {
  const days = beforeSince === null ? null : daysBetween(Date.parse(beforeSince), Date.parse(at));
  const lasted =
    days === null
      ? ''
      : `${HOLDS.has(before) ? 'passed' : 'did not pass'} for ${numberText(days)} ${days === 1 ? 'day' : 'days'} before`;
  const tone: ReportTone = HOLDS.has(state) ? 'success' : state === 'fail' ? 'danger' : 'warning';
  const text = HOLDS.has(state)
    ? `${nameOf(title)} passes again`
    : state === 'fail'
      ? `${nameOf(title)} fails`
      : `${nameOf(title)} is ${state}`;
  return line(text, { detail: lasted || null, tone, path: checklistHref() });
}

/** How many objectives pass now, and those that turned within the period. */
export async function checklist({ tx, tenantId, period }: Frame): Promise<ReportSection> {
  const now = await countPassing(tx, tenantId);
  if (!now?.hasRun || now.applicable === 0)
    return section('checklist', { lines: [], empty: 'No data: the checklist has not run yet.' });
  const turned = await readTurnedObjectives(tx, tenantId, iso(period.fromMs), iso(period.toMs));
  const lines = turned
    .sort((a, b) => Number(HOLDS.has(a.state)) - Number(HOLDS.has(b.state)))
    .map(turnedLine);
  const share = line('objectives pass', {
    value: `${now.passing} of ${now.applicable}`,
    tone: now.passing === now.applicable ? 'success' : 'warning',
    path: checklistHref('passing'),
  });
  return section('checklist', { lines: [share, ...lines], morePath: checklistHref(), empty: '' });
}
