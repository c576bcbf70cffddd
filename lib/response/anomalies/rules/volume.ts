import { DAY_MS } from '@/lib/platform/core/clock';
import {
  type AnomalyRule,
  actorFilter,
  type Candidate,
  type Look,
  plural,
  sumOf,
} from '@/lib/response/anomalies/rule';
import { median, modifiedZ } from '@/lib/response/anomalies/statistics';

/** The last days may already hold what is unusual, so they are no part of what is usual. */
const LEFT_OUT_DAYS = 7;
const HOURS_MIN = 24;

function candidateOf({ history, hourMs, parameters }: Look, actor: string, rows: Look['rows']): Candidate[] {
  const before = hourMs - LEFT_OUT_DAYS * DAY_MS;
  const hours = [...(history.of(actor)?.hours ?? [])].filter(([ms]) => ms < before).map(([, count]) => count);
  const count = sumOf(rows);
  if (hours.length < HOURS_MIN || count < (parameters.floor ?? 0)) return [];
  const score = modifiedZ(count, hours);
  if (score <= (parameters.score ?? Number.POSITIVE_INFINITY)) return [];
  const label = rows[0]?.label || actor;
  const observed = `${plural(count, 'event', 'events')} in an hour`;
  const usual = `${plural(Math.round(median(hours)), 'event', 'events')} in an hour with activity, over ${hours.length} hours`;
  return [
    {
      subject: actor,
      label,
      severity: 'medium',
      sentence: `${label} caused ${observed}; usual: ${usual} (score ${score.toFixed(1)}).`,
      observed,
      usual,
      count,
      q: `${actorFilter(actor)} access:show`,
    },
  ];
}

export const volume: AnomalyRule = {
  key: 'volume',
  title: 'Unusually high activity',
  about:
    'An actor causes far more events in an hour than usual: modified z-score against their hourly activity over 90 days, excluding the last 7.',
  severity: 'medium',
  learningDays: 14,
  parameters: {
    score: { label: 'Modified z-score', standard: 3.5, min: 2, max: 100 },
    floor: { label: 'Events in an hour at least', standard: 10, min: 1, max: 1_000_000 },
  },
  evaluate: (look) =>
    [...Map.groupBy(look.rows, ({ actor }) => actor)].flatMap(([actor, rows]) =>
      candidateOf(look, actor, rows),
    ),
};
