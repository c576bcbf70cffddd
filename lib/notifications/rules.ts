import type { ChannelKind, NotificationData, NotificationType, RouteMode, Severity } from './contract';
import { NOTIFICATION_TYPES } from './contract';

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
  'channel.disabled': 'warning',
};

/** Critical notices pass quiet hours and do not wait for the daily mail. */
export function severityOf<T extends NotificationType>(type: T, data: NotificationData<T>): Severity {
  const severity = SEVERITY[type];
  return typeof severity === 'function' ? severity(data) : severity;
}

/** How a type goes to a kind of channel as long as no route says otherwise. */
export function defaultMode(type: NotificationType, kind: ChannelKind): RouteMode {
  return kind === 'email' ? NOTIFICATION_TYPES[type].email : 'now';
}
