import { DAY_MS, HOUR_MS } from '@/lib/platform/core/clock';
import { SOURCES } from '@/lib/response/anomalies/activity';
import { type AnomalyRule, type Candidate, type Look, plural } from '@/lib/response/anomalies/rule';

const LOOK_BACK_DAYS = 28;
const HOURS_MIN = 20;

/** The longest of the usual silences: nine in ten gaps between hours with rows are no longer. */
function usualGap(hours: readonly number[]): number {
  const gaps = hours.slice(1).map((ms, i) => ms - (hours[i] ?? ms));
  gaps.sort((a, b) => a - b);
  return gaps[Math.floor(gaps.length * 0.9)] ?? 0;
}

function candidateOf(look: Look, source: string): Candidate[] {
  const { history, hourMs, rows, parameters } = look;
  const actions = SOURCES[source] ?? [];
  if (rows.some(({ action }) => actions.includes(action))) return [];
  const hours = history.hoursOf(source).filter((ms) => hourMs - ms <= LOOK_BACK_DAYS * DAY_MS);
  const last = hours.at(-1);
  if (last === undefined || hours.length < HOURS_MIN) return [];
  const missed = (parameters.intervals ?? 3) * Math.max(HOUR_MS, usualGap(hours));
  const silentMs = hourMs - last;
  // Told in the hour in which the silence becomes too long, and not again while it lasts.
  if (silentMs < missed || silentMs - HOUR_MS >= missed) return [];
  const observed = `none for ${plural(Math.round(silentMs / HOUR_MS), 'hour', 'hours')}`;
  const usual = `at least every ${plural(Math.max(1, Math.round(usualGap(hours) / HOUR_MS)), 'hour', 'hours')}`;
  return [
    {
      subject: `source:${source}`,
      label: source,
      severity: 'high',
      sentence: `There are no more ${source}: ${observed}; usual: ${usual}.`,
      observed,
      usual,
      count: 0,
      q: actions.map((action) => `action:${action}`).join(' '),
    },
  ];
}

export const stoppedSource: AnomalyRule = {
  key: 'stopped_source',
  title: 'Data source stopped',
  about: 'Gate decisions, scan imports or checklist runs that arrived regularly have stopped.',
  severity: 'high',
  learningDays: 7,
  parameters: { intervals: { label: 'Missed intervals', standard: 3, min: 1, max: 100 } },
  evaluate: (look) =>
    look.isOver ? Object.keys(SOURCES).flatMap((source) => candidateOf(look, source)) : [],
};
