import { DAY_MS } from '@/lib/core/clock';
import { type AnomalySeverity, HISTORY_DAYS } from '../contract';
import { type AnomalyRule, actorFilter, type Candidate, plural } from '../rule';

/** Acts after which something is watched or refused less than before. Each is allowed; each is worth a look. */
const LOWERED: Readonly<Record<string, { severity: AnomalySeverity; words: string }>> = {
  'release.overridden': { severity: 'high', words: 'let a failed release pass' },
  'notification.channel_disabled': { severity: 'medium', words: 'turned a notification channel off' },
  'notification.muted': { severity: 'low', words: 'muted notices' },
  'block.lifted': { severity: 'medium', words: 'lifted a block' },
  'supabase.user_unbanned': { severity: 'medium', words: 'ended a ban' },
  'checklist.exception_approved': { severity: 'medium', words: 'approved an exception of the checklist' },
  'policy.rotation_changed': { severity: 'medium', words: 'changed the rotation policy' },
  'key.revoke_undone': { severity: 'medium', words: 'took a revocation back' },
  'anomaly.rule_changed': { severity: 'medium', words: 'changed a rule of anomalies' },
  'anomaly.muted': { severity: 'low', words: 'muted anomalies' },
};

export const guardLowered: AnomalyRule = {
  key: 'guard_lowered',
  title: 'A guard was lowered',
  about:
    'Somebody overrode a release, lifted a block, turned a channel off, approved an exception, weakened a policy or muted what warns.',
  severity: 'medium',
  learningDays: 0,
  parameters: { times: { label: 'Times in an hour', standard: 1, min: 1, max: 1000 } },
  evaluate: ({ rows, parameters, history, hourMs }) =>
    rows.flatMap(({ actor, label, action, result, count }): Candidate[] => {
      const lowered = LOWERED[action];
      if (!lowered || result !== 'ok' || count < (parameters.times ?? 1)) return [];
      const lastMs = history.of(actor)?.actions.get(action);
      const days = lastMs === undefined ? null : Math.floor((hourMs - lastMs) / DAY_MS);
      const usual =
        days === null ? `not in ${HISTORY_DAYS} days before` : `last ${plural(days, 'day', 'days')} before`;
      const observed = `${action}, ${plural(count, 'time', 'times')}`;
      return [
        {
          subject: `${actor} ${action}`,
          label,
          severity: lowered.severity,
          sentence: `${label || 'Somebody'} ${lowered.words}${count > 1 ? ` ${plural(count, 'time', 'times')}` : ''}; usual: ${usual}.`,
          observed,
          usual,
          count,
          q: `${actorFilter(actor)} action:${action}`,
        },
      ];
    }),
};
