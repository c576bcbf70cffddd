import { DAY_MS } from '@/lib/platform/core/clock';
import { type AnomalySeverity, HISTORY_DAYS } from '@/lib/response/anomalies/contract';
import { type AnomalyRule, actorFilter, type Candidate, plural } from '@/lib/response/anomalies/rule';

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

export const guardLowered: AnomalyRule = {
  key: 'guard_lowered',
  title: 'Safeguard weakened',
  about:
    'Someone overrode a release verdict, lifted a block, turned off a channel, approved an exception, weakened a policy or muted alerts.',
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
          sentence: `${label || 'Someone'} ${lowered.words}${count > 1 ? ` ${plural(count, 'time', 'times')}` : ''}; usual: ${usual}.`,
          observed,
          usual,
          count,
          q: `${actorFilter(actor)} action:${action}`,
        },
      ];
    }),
};
