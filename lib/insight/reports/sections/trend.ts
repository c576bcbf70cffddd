import { findingsHref } from '@/lib/assurance/findings/facts';
import { readFindingWeeks } from '@/lib/insight/metrics/facts';
import type { ReportLine, ReportSection } from '@/lib/insight/reports/contract';
import { type Frame, line, numberText, section } from './section';

const WEEKS = 8;

function lineOf(text: string, now: number, before: number | undefined, isGoodWhenLess: boolean): ReportLine {
  const detail =
    before === undefined
      ? null
      : now === before
        ? 'as in the week before'
        : `${numberText(before)} in the week before`;
  const isWorse = before !== undefined && (isGoodWhenLess ? now > before : now < before);
  return line(text, { value: numberText(now), detail, tone: isWorse ? 'warning' : 'neutral' });
}

/** Findings found, fixed and open in each of eight weeks; nothing where no scan was ever read. */
export async function trend({ tx, tenantId, period }: Frame): Promise<ReportSection> {
  const weeks = await readFindingWeeks(tx, tenantId, period.to, WEEKS);
  if (!weeks) return section('trend', { lines: [], empty: 'No data: no scan was ever imported.' });
  const [before, now] = [weeks.at(-2), weeks.at(-1)];
  if (!now) throw new Error('A report has no weeks.');
  const lines = [
    lineOf('found', now.found, before?.found, true),
    lineOf('fixed', now.fixed, before?.fixed, false),
    lineOf('open at the end of the week', now.open, before?.open, true),
  ];
  return { ...section('trend', { lines, morePath: findingsHref({ status: 'open' }), empty: '' }), weeks };
}
