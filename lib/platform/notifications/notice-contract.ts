import { z } from 'zod';
import { CHECK_SEVERITIES, STATES } from '@/lib/assurance/checklist/contract';
import { reportContent } from '@/lib/insight/reports/contract';
import { ANOMALY_SEVERITIES } from '@/lib/response/anomalies/contract';

export const SEVERITIES = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

export const CHANNEL_KINDS = ['email', 'slack', 'webhook'] as const;
export type ChannelKind = (typeof CHANNEL_KINDS)[number];

export const ROUTE_MODES = ['now', 'digest', 'off'] as const;
export type RouteMode = (typeof ROUTE_MODES)[number];

const time = z.iso.datetime({ offset: true });
const count = z.int().min(0);

/** Who finds it under the bell, and to whom an e-mail channel with `toOwner` writes. */
export type Audience = 'owner' | 'owner_and_operators' | 'operators';

interface TypeDefinition<S extends z.ZodType = z.ZodType> {
  label: string;
  description: string;
  audience: Audience;
  /** How e-mail gets it unless a route says otherwise; Slack and webhooks get everything at once. */
  email: RouteMode;
  data: S;
}

const define = <S extends z.ZodType>(definition: TypeDefinition<S>) => definition;

/** The closed list of what people are told. `data` carries what the words of lib/platform/notifications/words.ts need, no secret. */
export const NOTIFICATION_TYPES = {
  'key.expiring': define({
    label: 'Key expires soon',
    description: '30, 14, 7 and 1 day before an API key expires.',
    audience: 'owner_and_operators',
    email: 'digest',
    data: z.object({ expiresAt: time, daysLeft: count }),
  }),
  'key.expired': define({
    label: 'Key expired',
    description: 'An API key has expired and no longer works.',
    audience: 'owner_and_operators',
    email: 'now',
    data: z.object({ expiredAt: time }),
  }),
  'key.rotated': define({
    label: 'Key rotated',
    description: 'A new secret replaced the old one.',
    audience: 'owner_and_operators',
    email: 'digest',
    data: z.object({ rotatedAt: time, graceUntil: time.nullable(), isAutomatic: z.boolean() }),
  }),
  'key.rotation_due': define({
    label: 'Rotation due',
    description: 'A rotation has started and the new secret is ready to collect.',
    audience: 'owner_and_operators',
    email: 'digest',
    data: z.object({ dueAt: time, delivery: z.string().max(40) }),
  }),
  'key.pending_unused': define({
    label: 'New secret not used',
    description: 'The new secret of a rotation has not been used yet.',
    audience: 'owner_and_operators',
    email: 'digest',
    data: z.object({
      pendingSince: time,
      daysPending: count,
      /** When the old secret ends although the new one was never used; null: it lives on. */
      expiresAt: time.nullable(),
    }),
  }),
  'key.retired_used': define({
    label: 'Retired secret used',
    description: 'A secret that was rotated out is still being used.',
    audience: 'owner_and_operators',
    email: 'now',
    data: z.object({
      at: time,
      ip: z.string().nullable(),
      userAgent: z.string().nullable(),
      attempts: count.optional(),
    }),
  }),
  'limits.exceeded': define({
    label: 'Rate limits exceeded',
    description: 'Rate limits denied many requests within a few minutes.',
    audience: 'operators',
    email: 'now',
    data: z.object({
      from: time,
      to: time,
      refused: count,
      callers: count,
      topCaller: z.string().nullable(),
    }),
  }),
  'gate.degraded': define({
    label: 'Gate degraded',
    description: 'The gate could not make or log decisions, or Redis is unavailable.',
    audience: 'operators',
    email: 'now',
    /** `to`: where the failures are requests that were counted until then. */
    data: z.object({ since: time, to: time.optional(), reason: z.string().max(200), failures: count }),
  }),
  'auth.new_device': define({
    label: 'Sign-in from a new device',
    description: 'You signed in from a device or network that was not seen before.',
    audience: 'owner',
    email: 'now',
    data: z.object({ at: time, device: z.string(), ip: z.string().nullable(), isNewDevice: z.boolean() }),
  }),
  'member.changed': define({
    label: 'Members changed',
    description: 'A member was invited, joined, was disabled or enabled, or changed role.',
    audience: 'operators',
    email: 'digest',
    data: z.object({
      change: z.enum([
        'invited',
        'invitation_revoked',
        'joined',
        'role_changed',
        'disabled',
        'enabled',
        'bootstrapped',
      ]),
      by: z.string(),
      role: z.string().nullable(),
      roleBefore: z.string().nullable(),
    }),
  }),
  'anomaly.raised': define({
    label: 'Anomaly found',
    description: 'A rule found unusual activity in the audit log.',
    audience: 'operators',
    email: 'digest',
    data: z.object({
      rule: z.string(),
      severity: z.enum(ANOMALY_SEVERITIES),
      sentence: z.string(),
      at: time,
    }),
  }),
  'finding.urgent': define({
    label: 'Urgent findings',
    description: 'A scan found new critical or known exploited findings.',
    audience: 'operators',
    email: 'now',
    data: z.object({
      branch: z.string(),
      critical: count,
      exploited: count,
      /** The worst few, as `CVE-2026-1 in lodash`. */
      examples: z.array(z.string().max(200)).max(3),
    }),
  }),
  'finding.exploited': define({
    label: 'Open findings now exploited',
    description: 'Open findings were added to the CISA Known Exploited Vulnerabilities (KEV) catalog.',
    audience: 'operators',
    email: 'now',
    /** `findings` are new among the `open` ones. */
    data: z.object({
      findings: count,
      open: count.optional(),
      examples: z.array(z.string().max(200)).max(3),
    }),
  }),
  'scan.held': define({
    label: 'Scan held',
    description:
      'A scan reports far fewer findings than expected. It closes nothing until someone confirms it.',
    audience: 'operators',
    email: 'now',
    data: z.object({ branch: z.string(), held: count, reason: z.string().max(500) }),
  }),
  'scan.failed': define({
    label: 'Scan failed',
    description: 'A scan report could not be imported.',
    audience: 'operators',
    email: 'digest',
    data: z.object({ branch: z.string(), reason: z.string().max(500) }),
  }),
  'objective.failing': define({
    label: 'Objective failing',
    description: 'A checklist objective no longer passes, or its result is stale.',
    audience: 'operators',
    email: 'now',
    data: z.object({
      state: z.enum(STATES),
      before: z.enum(STATES),
      severity: z.enum(CHECK_SEVERITIES),
      reason: z.string().max(1000),
    }),
  }),
  'report.weekly': define({
    label: 'Weekly report',
    description: 'A weekly summary of open actions, changes and trends.',
    audience: 'operators',
    email: 'now',
    data: reportContent,
  }),
  'secret.due': define({
    label: 'Secret due for rotation',
    description: '7 days and 1 day before a secret must be rotated.',
    audience: 'owner_and_operators',
    email: 'digest',
    data: z.object({ dueAt: time, daysLeft: count, backend: z.string().max(200) }),
  }),
  'secret.overdue': define({
    label: 'Secret overdue',
    description: 'A secret was not rotated by its due date. Repeated every week.',
    audience: 'owner_and_operators',
    email: 'now',
    data: z.object({ dueAt: time, daysOver: count, backend: z.string().max(200) }),
  }),
  'secret.exposed': define({
    label: 'Secrets written out',
    description: 'A scan found secrets in environment variables, files or commands.',
    audience: 'operators',
    email: 'now',
    data: z.object({ found: count, examples: z.array(z.string().max(200)).max(3) }),
  }),
  'secret.backend_problem': define({
    label: 'Secret backend problem',
    description: 'A secret backend cannot be read, or Bulwark could read values there.',
    audience: 'operators',
    email: 'now',
    data: z.object({ code: z.string().max(60), sentence: z.string().max(500), since: time }),
  }),
  'channel.disabled': define({
    label: 'Channel disabled',
    description: 'A notification channel kept failing and was turned off.',
    audience: 'operators',
    email: 'now',
    data: z.object({ failingSince: time, failures: count, reason: z.string() }),
  }),
} as const;

export type NotificationType = keyof typeof NOTIFICATION_TYPES;
export const NOTIFICATION_TYPE_NAMES = Object.keys(NOTIFICATION_TYPES) as [
  NotificationType,
  ...NotificationType[],
];
export type NotificationData<T extends NotificationType> = z.output<(typeof NOTIFICATION_TYPES)[T]['data']>;

export const SUBJECT_TYPES = [
  'key',
  'member',
  'invitation',
  'user',
  'limit',
  'gate',
  'channel',
  'report',
  'anomaly',
  'scan',
  'objective',
  'kev',
  'secret',
  'secret_backend',
] as const;
export interface NotificationSubject {
  type: (typeof SUBJECT_TYPES)[number];
  id: string | null;
  label: string;
}

/** What a producer hands to `notify`. */
export interface NotificationEvent<T extends NotificationType = NotificationType> {
  tenantId: string;
  type: T;
  subject: NotificationSubject;
  ownerUserId?: string | null;
  /** Names the event within the tenant, at most 200 characters: the same key is never told twice. */
  dedupeKey: string;
  data: NotificationData<T>;
}
