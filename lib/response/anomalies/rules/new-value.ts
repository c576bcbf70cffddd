import { DAY_MS } from '@/lib/platform/core/clock';
import type { Activity } from '@/lib/response/anomalies/activity';
import { HISTORY_DAYS } from '@/lib/response/anomalies/contract';
import {
  type AnomalyRule,
  actorFilter,
  type Candidate,
  doneFilter,
  type Look,
  sumOf,
} from '@/lib/response/anomalies/rule';

const isFresh = (lastMs: number | undefined, hourMs: number) =>
  lastMs !== undefined && hourMs - lastMs <= HISTORY_DAYS * DAY_MS;

function newNetwork({ history, hourMs, parameters }: Look, rows: readonly Activity[]): Candidate[] {
  const [row] = rows;
  if (!row) return [];
  const past = history.of(row.actor);
  const isKnownLong = past !== undefined && past.days.size >= (parameters.days ?? 0);
  if (!isKnownLong || row.network === '' || isFresh(past.networks.get(row.network), hourMs)) return [];
  const networks = [...past.networks.keys()].filter((network) => network !== '');
  const usual =
    networks.length === 0
      ? 'no address before'
      : `${networks.slice(0, 3).join(', ')}${networks.length > 3 ? ` and ${networks.length - 3} more` : ''}`;
  return [
    {
      subject: `${row.actor} from ${row.network}`,
      label: row.label,
      severity: row.actor.startsWith('key:') ? 'medium' : 'low',
      sentence: `${row.label} came from ${row.network} for the first time in ${HISTORY_DAYS} days; usual: ${usual}.`,
      observed: `from ${row.network}`,
      usual,
      count: sumOf(rows),
      q: `${actorFilter(row.actor)} ip:${row.network} outcome:success access:show`,
    },
  ];
}

function newAction({ history, hourMs, parameters }: Look, rows: readonly Activity[]): Candidate[] {
  const [row] = rows;
  if (!row) return [];
  const past = history.of(row.actor);
  const isChange = /^(key|member|policy|block|notification|tenant|release|report|anomaly)\./.test(row.action);
  if (!isChange || !row.actor.startsWith('user:')) return [];
  if (past === undefined || past.days.size < (parameters.days ?? 0)) return [];
  if (isFresh(past.actions.get(row.action), hourMs)) return [];
  return [
    {
      subject: `${row.actor} ${row.action}`,
      label: row.label,
      severity: 'low',
      sentence: `${row.label} did ${row.action} for the first time in ${HISTORY_DAYS} days; usual: ${past.actions.size} other actions on ${past.days.size} days.`,
      observed: row.action,
      usual: `${past.actions.size} other actions`,
      count: sumOf(rows),
      q: `${actorFilter(row.actor)} ${doneFilter(rows)}`,
    },
  ];
}

export const newValue: AnomalyRule = {
  key: 'new_value',
  title: 'New behavior by a known actor',
  about: `A known user or key uses a network, or makes a kind of change, for the first time in ${HISTORY_DAYS} days.`,
  severity: 'medium',
  learningDays: 14,
  parameters: { days: { label: 'Days on which they were active before', standard: 5, min: 1, max: 90 } },
  evaluate: (look) => {
    const rows = look.rows.filter(({ result, actor }) => result === 'ok' && !actor.startsWith('anonymous:'));
    const by = (of: 'network' | 'action') => [
      ...Map.groupBy(rows, (row) => `${row.actor} ${row[of]}`).values(),
    ];
    return [
      ...by('network').flatMap((own) => newNetwork(look, own)),
      ...by('action').flatMap((own) => newAction(look, own)),
    ];
  },
};
