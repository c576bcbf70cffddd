import { DAY_MS } from '@/lib/platform/core/clock';
import { type AnomalySeverity, HISTORY_DAYS } from '@/lib/response/anomalies/contract';
import {
  type AnomalyRule,
  actorFilter,
  type Candidate,
  doneFilter,
  type Look,
  plural,
  sumOf,
} from '@/lib/response/anomalies/rule';

/** Acts after which something is watched or refused less than before. Each is allowed; each is worth a look. */
const LOWERED: Readonly<Record<string, { severity: AnomalySeverity; words: string }>> = {
  'release.overridden': { severity: 'high', words: 'overrode a failed release verdict' },
  'notification.channel_disabled': { severity: 'medium', words: 'turned a notification channel off' },
  'notification.muted': { severity: 'low', words: 'muted notifications' },
  'block.lifted': { severity: 'medium', words: 'lifted a block' },
  'supabase.user_unbanned': { severity: 'medium', words: 'ended a ban' },
  'checklist.exception_approved': { severity: 'medium', words: 'approved an exception of the checklist' },
  'policy.rotation_changed': { severity: 'medium', words: 'changed the rotation policy' },
  'key.revoke_undone': { severity: 'medium', words: 'undid a revocation' },
  'anomaly.rule_changed': { severity: 'medium', words: 'changed a rule of anomalies' },
  'anomaly.muted': { severity: 'low', words: 'muted anomalies' },
};

/** One act of one person, from wherever it came. */
function candidateOf(
  { parameters, history, hourMs }: Look,
  subject: string,
  rows: Look['rows'],
): Candidate[] {
  const [row] = rows;
  const lowered = row && LOWERED[row.action];
  const count = sumOf(rows);
  if (!lowered || count < (parameters.times ?? 1)) return [];
  const { actor, label, action } = row;
  const lastMs = history.of(actor)?.actions.get(action);
  const days = lastMs === undefined ? null : Math.floor((hourMs - lastMs) / DAY_MS);
  const usual =
    days === null ? `not in ${HISTORY_DAYS} days before` : `last ${plural(days, 'day', 'days')} before`;
  return [
    {
      subject,
      label,
      severity: lowered.severity,
      sentence: `${label || 'Someone'} ${lowered.words}${count > 1 ? ` ${plural(count, 'time', 'times')}` : ''}; usual: ${usual}.`,
      observed: `${action}, ${plural(count, 'time', 'times')}`,
      usual,
      count,
      q: `${actorFilter(actor)} ${doneFilter(rows)}`,
    },
  ];
}

export const guardLowered: AnomalyRule = {
  key: 'guard_lowered',
  title: 'Safeguard weakened',
  about:
    'Someone overrode a release verdict, lifted a block, turned off a channel, approved an exception, weakened a policy or muted alerts.',
  severity: 'medium',
  learningDays: 0,
  parameters: { times: { label: 'Times in an hour', standard: 1, min: 1, max: 1000 } },
  evaluate: (look) => {
    const lowered = look.rows.filter(({ action, result }) => result === 'ok' && action in LOWERED);
    return [...Map.groupBy(lowered, ({ actor, action }) => `${actor} ${action}`)].flatMap(([subject, rows]) =>
      candidateOf(look, subject, rows),
    );
  },
};
