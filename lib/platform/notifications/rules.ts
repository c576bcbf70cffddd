import type { ChannelKind, NotificationData, NotificationType, RouteMode, Severity } from './notice-contract';
import { NOTIFICATION_TYPES } from './notice-contract';

type SeverityOf = { [T in NotificationType]: Severity | ((data: NotificationData<T>) => Severity) };

const SEVERITY: SeverityOf = {
  'key.expiring': ({ daysLeft }) => (daysLeft <= 1 ? 'critical' : daysLeft <= 7 ? 'warning' : 'info'),
  'key.expired': 'critical',
  'key.rotated': 'info',
  'key.rotation_due': 'info',
  'key.pending_unused': ({ daysPending, expiresAt }) =>
    expiresAt !== null && daysPending >= 7 ? 'critical' : daysPending >= 3 ? 'warning' : 'info',
  'key.retired_used': 'warning',
  'limits.exceeded': 'warning',
  'gate.degraded': 'critical',
  'auth.new_device': ({ isNewDevice }) => (isNewDevice ? 'warning' : 'info'),
  'member.changed': 'info',
  'anomaly.raised': ({ severity }) =>
    severity === 'critical' ? 'critical' : severity === 'low' ? 'info' : 'warning',
  'finding.urgent': 'critical',
  'finding.exploited': 'critical',
  'scan.held': 'warning',
  'scan.failed': 'warning',
  'objective.failing': ({ severity, state }) =>
    severity === 'critical' && state === 'fail' ? 'critical' : 'warning',
  'report.weekly': 'info',
  'secret.due': 'info',
  'secret.overdue': 'warning',
  'secret.exposed': 'warning',
  'secret.backend_problem': ({ code }) =>
    code === 'readable' || code === 'secret_id_used_elsewhere' ? 'critical' : 'warning',
  'channel.disabled': 'warning',
};

/** Critical notices pass quiet hours and do not wait for the daily mail. */
export function severityOf<T extends NotificationType>(type: T, data: NotificationData<T>): Severity {
  const severity = SEVERITY[type];
  return typeof severity === 'function' ? severity(data) : severity;
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
