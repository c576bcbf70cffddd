import {
  type AnomalyRule,
  actorFilter,
  type Candidate,
  doneFilter,
  type Look,
  plural,
  sumOf,
} from '@/lib/response/anomalies/rule';

const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const NEIGHBOURS = [-1, 0, 1];
const SLOTS = 168;

const slotWords = (slot: number) =>
  `${WEEKDAYS[Math.floor(slot / 24)]}, ${String(slot % 24).padStart(2, '0')}:00`;

function candidateOf({ history, hourMs, parameters }: Look, actor: string, rows: Look['rows']): Candidate[] {
  const past = history.of(actor);
  if (!past || past.days.size < (parameters.days ?? 0)) return [];
  const { slot } = history.clock.at(hourMs);
  const around = NEIGHBOURS.flatMap((n) => [...(past.slotDays.get((slot + n + SLOTS) % SLOTS) ?? [])]);
  const seen = new Set(around).size;
  if (seen >= (parameters.seen ?? 0)) return [];
  const label = rows[0]?.label || actor;
  const usual = `active on ${past.days.size} days, about this hour of the week on ${seen} of them`;
  return [
    {
      subject: actor,
      label,
      severity: 'low',
      sentence: `${label} made ${plural(sumOf(rows), 'change', 'changes')} on ${slotWords(slot)}; usual: ${usual}.`,
      observed: slotWords(slot),
      usual,
      count: sumOf(rows),
      q: `${actorFilter(actor)} ${doneFilter(rows)}`,
    },
  ];
}

export const offHours: AnomalyRule = {
  key: 'off_hours',
  title: 'Changes at an unusual hour',
  about: 'Someone makes changes at an hour of the week when they are rarely active (tenant time zone).',
  severity: 'low',
  learningDays: 28,
  parameters: {
    days: { label: 'Days on which they were active before', standard: 20, min: 5, max: 90 },
    seen: { label: 'Days about this hour of the week that make it usual', standard: 3, min: 1, max: 13 },
  },
  evaluate: (look) => {
    const changes = look.rows.filter(
      ({ actor, action, result }) =>
        actor.startsWith('user:') && result === 'ok' && !/^(auth|api|console|gate)\./.test(action),
    );
    return [...Map.groupBy(changes, ({ actor }) => actor)].flatMap(([actor, rows]) =>
      candidateOf(look, actor, rows),
    );
  },
};
