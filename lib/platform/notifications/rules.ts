import type { Level } from '@/lib/platform/facts/contract';
import { levelOfAnomaly, levelOfExpiry, levelOfObjective, levelOfPending } from '@/lib/platform/facts/rules';
import type { ChannelKind, NotificationData, NotificationType, RouteMode, Severity } from './notice-contract';
import { NOTIFICATION_TYPES } from './notice-contract';

/** What is not known is worth a look, and wakes nobody. */
const SEVERITY_OF: Readonly<Record<Level, Severity>> = {
  danger: 'critical',
  warning: 'warning',
  unknown: 'warning',
  info: 'info',
};

type LevelOf = { [T in NotificationType]: Level | ((data: NotificationData<T>) => Level) };

/** How much each type matters: as much as the fact that it is about, so that overview, report and inbox agree. */
const LEVELS: LevelOf = {
  'key.expiring': ({ daysLeft }) => levelOfExpiry(daysLeft),
  'key.expired': 'danger',
  'key.rotated': 'info',
  'key.rotation_due': 'info',
  'key.pending_unused': ({ daysPending, expiresAt }) => levelOfPending(daysPending, expiresAt !== null),
  'key.retired_used': 'warning',
  'limits.exceeded': 'warning',
  'gate.degraded': 'danger',
  'auth.new_device': ({ isNewDevice }) => (isNewDevice ? 'warning' : 'info'),
  'member.changed': 'info',
  'anomaly.raised': ({ severity }) => levelOfAnomaly(severity),
  'finding.urgent': 'danger',
  'finding.exploited': 'danger',
  'scan.held': 'warning',
  'scan.failed': 'warning',
  'objective.failing': ({ severity, state }) =>
    levelOfObjective(state === 'fail' || state === 'stale' ? state : 'unknown', severity),
  'report.weekly': 'info',
  'secret.due': 'info',
  'secret.overdue': 'warning',
  'secret.exposed': 'warning',
  'secret.backend_problem': ({ code }) =>
    code === 'readable' || code === 'secret_id_used_elsewhere' ? 'danger' : 'warning',
  'channel.disabled': 'warning',
};

/** Critical notices pass quiet hours and do not wait for the daily mail. */
export function severityOf<T extends NotificationType>(type: T, data: NotificationData<T>): Severity {
  const level = LEVELS[type];
  return SEVERITY_OF[typeof level === 'function' ? level(data) : level];
}

/** How a type goes to a kind of channel as long as no route says otherwise. */
export function defaultMode(type: NotificationType, kind: ChannelKind): RouteMode {
  if (kind === 'email') return NOTIFICATION_TYPES[type].email;
  const isPersonal = NOTIFICATION_TYPES[type].audience === 'owner';
  return kind === 'slack' && isPersonal ? 'off' : 'now';
}

/** A webhook takes one event per request, so it has no daily digest. */
export function modesOf(kind: ChannelKind): readonly RouteMode[] {
  return kind === 'webhook' ? ['now', 'off'] : ['now', 'digest', 'off'];
}

/** The mode that applies: critical notices do not wait for a digest. */
export function effectiveMode(mode: RouteMode, severity: Severity): RouteMode {
  return mode === 'digest' && severity === 'critical' ? 'now' : mode;
}
