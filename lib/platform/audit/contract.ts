import { z } from 'zod';
import { ACTOR_TYPES } from '@/lib/platform/auth/contract';
import { canonicalAddress, canonicalNetwork } from '@/lib/platform/core/address';
import { parseTime } from './rules';

export const AUDIT_CATEGORIES = ['decision', 'change', 'access', 'auth', 'system'] as const;
export type AuditCategory = (typeof AUDIT_CATEGORIES)[number];

export const AUDIT_OUTCOMES = ['success', 'denied', 'failure'] as const;
export type AuditOutcome = (typeof AUDIT_OUTCOMES)[number];

/** The closed union of actions: name to category and the words a reader sees. */
export const AUDIT_ACTIONS = {
  'gate.verify': { category: 'decision', label: 'Key checked' },
  'gate.authorize': { category: 'decision', label: 'Request authorized' },
  'gate.refused_caller': { category: 'decision', label: 'Gate caller denied' },
  'gate.self_test': { category: 'system', label: 'Gate self-test', isSynthetic: true },

  'key.created': { category: 'change', label: 'Key created' },
  'key.updated': { category: 'change', label: 'Key changed' },
  'key.disabled': { category: 'change', label: 'Key disabled' },
  'key.enabled': { category: 'change', label: 'Key enabled' },
  'key.rotated': { category: 'change', label: 'Key rotated' },
  'key.rotation_cancelled': { category: 'change', label: 'Rotation cancelled' },
  'key.promoted': { category: 'change', label: 'New secret in use' },
  'key.grace_started': { category: 'change', label: 'Grace period started' },
  'key.grace_changed': { category: 'change', label: 'Grace period changed' },
  'key.retired': { category: 'change', label: 'Old secret retired' },
  'key.revoked': { category: 'change', label: 'Key revoked' },
  'key.version_revoked': { category: 'change', label: 'Secret revoked' },
  'key.revoke_undone': { category: 'change', label: 'Revocation undone' },
  'key.rotation_started': { category: 'change', label: 'Rotation started' },
  'key.rotation_fetched': { category: 'change', label: 'New secret fetched' },
  'key.rotation_delivered': { category: 'change', label: 'New secret delivered' },
  'key.rotation_escalated': { category: 'change', label: 'Unused secret escalated' },
  'key.rotation_expired': { category: 'change', label: 'Old secret ended by policy' },
  'key.rotation_closed': { category: 'change', label: 'Rotation ended' },
  'key.rotation_settings_changed': { category: 'change', label: 'Rotation of a key changed' },
  'policy.rotation_changed': { category: 'change', label: 'Rotation policy changed' },

  'job.retried': { category: 'change', label: 'Failed job retried' },
  'job.discarded': { category: 'change', label: 'Failed job discarded' },

  'checklist.run_started': { category: 'change', label: 'Checklist run started' },
  'checklist.run_finished': { category: 'change', label: 'Checklist run finished' },
  'checklist.attested': { category: 'change', label: 'Attestation submitted' },
  'checklist.result_imported': { category: 'change', label: 'Check result imported' },
  'checklist.exception_requested': { category: 'change', label: 'Exception requested' },
  'checklist.exception_approved': { category: 'change', label: 'Exception approved' },
  'checklist.exception_revoked': { category: 'change', label: 'Exception ended' },
  'release.decided': { category: 'change', label: 'Release checked' },
  'release.overridden': { category: 'change', label: 'Release verdict overridden' },

  'member.invited': { category: 'change', label: 'Member invited' },
  'member.invitation_revoked': { category: 'change', label: 'Invitation revoked' },
  'member.joined': { category: 'change', label: 'Member joined' },
  'member.role_changed': { category: 'change', label: 'Role changed' },
  'member.disabled': { category: 'change', label: 'Member disabled' },
  'member.enabled': { category: 'change', label: 'Member enabled' },
  'operator.bootstrapped': { category: 'change', label: 'First operator set' },
  'tenant.created': { category: 'change', label: 'Tenant created' },
  'tenant.updated': { category: 'change', label: 'Tenant changed' },

  'notification.channel_created': { category: 'change', label: 'Channel added' },
  'notification.channel_updated': { category: 'change', label: 'Channel changed' },
  'notification.channel_enabled': { category: 'change', label: 'Channel enabled' },
  'notification.channel_disabled': { category: 'change', label: 'Channel disabled' },
  'notification.secret_rotated': { category: 'change', label: 'Signing secret rotated' },
  'notification.test_sent': { category: 'change', label: 'Test notification sent' },
  'notification.redelivered': { category: 'change', label: 'Notification resent' },
  'notification.policy_updated': { category: 'change', label: 'Notification routing changed' },
  'notification.muted': { category: 'change', label: 'Notifications muted' },
  'notification.mute_ended': { category: 'change', label: 'Mute ended' },

  'block.created': { category: 'change', label: 'Blocked' },
  'block.lifted': { category: 'change', label: 'Block lifted' },
  'block.restored': { category: 'change', label: 'Block restored' },
  'supabase.user_banned': { category: 'change', label: 'User banned at Supabase' },
  'supabase.user_unbanned': { category: 'change', label: 'User unbanned in Supabase' },

  'scan.uploaded': { category: 'change', label: 'Scan uploaded' },
  'scan.imported': { category: 'change', label: 'Scan imported' },
  'scan.held': { category: 'change', label: 'Scan held' },
  'scan.failed': { category: 'change', label: 'Scan failed' },
  'scan.confirmed': { category: 'change', label: 'Held scan confirmed' },
  'scan.rejected': { category: 'change', label: 'Held scan rejected' },
  'finding_view.created': { category: 'change', label: 'Findings view saved' },
  'finding_view.updated': { category: 'change', label: 'View of findings changed' },
  'finding_view.deleted': { category: 'change', label: 'View of findings deleted' },
  'finding.assigned': { category: 'change', label: 'Finding assigned' },
  'scan_target.created': { category: 'change', label: 'Scan target added' },
  'scan_target.updated': { category: 'change', label: 'Scan target changed' },
  'scan_target.deleted': { category: 'change', label: 'Scan target deleted' },
  'scanner_run.requested': { category: 'change', label: 'Scanner started' },
  'scanner_run.cancelled': { category: 'change', label: 'Scanner stopped' },
  'scanner_run.imported': { category: 'change', label: 'Scanner reported' },
  'scanner_run.failed': { category: 'change', label: 'Scanner failed' },
  'finding.decided': { category: 'change', label: 'Finding decided' },
  'finding.acceptance_requested': { category: 'change', label: 'Risk acceptance requested' },
  'finding.acceptance_approved': { category: 'change', label: 'Acceptance approved' },
  'finding.acceptance_refused': { category: 'change', label: 'Risk acceptance declined' },
  'finding.acceptance_expired': { category: 'change', label: 'Acceptance ended' },
  'anomaly.raised': { category: 'system', label: 'Anomaly found' },
  'anomaly.triaged': { category: 'change', label: 'Anomaly triaged' },
  'anomaly.muted': { category: 'change', label: 'Anomalies muted' },
  'anomaly.mute_ended': { category: 'change', label: 'Anomaly mute ended' },
  'anomaly.rule_changed': { category: 'change', label: 'Anomaly rule changed' },
  'anomaly.rule_replayed': { category: 'change', label: 'Anomaly rule replayed' },
  'report.made': { category: 'change', label: 'Report created' },
  'report.settings_changed': { category: 'change', label: 'Weekly report changed' },
  'metrics.rebuilt': { category: 'change', label: 'Metrics rebuilt' },

  'secret.backend_read': { category: 'system', label: 'Secret backend read' },
  'secret.check_requested': { category: 'change', label: 'Check of a backend requested' },
  'secret.backend_failed': { category: 'system', label: 'Secret backend unreadable' },
  'secret.values_checked': { category: 'system', label: 'Access to values checked' },
  'secret.scan_uploaded': { category: 'change', label: 'Secret scan uploaded' },
  'secret.updated': { category: 'change', label: 'Secret changed' },
  'secret.consumer_added': { category: 'change', label: 'Consumer added' },
  'secret.consumer_removed': { category: 'change', label: 'Consumer removed' },
  'secret.seen': { category: 'change', label: 'Secret version in use reported' },

  'kev.refreshed': { category: 'change', label: 'Exploited vulnerabilities refreshed' },

  'auth.sign_in': { category: 'auth', label: 'Signed in' },
  'auth.sign_in_failed': { category: 'auth', label: 'Sign-in failed' },
  'auth.sign_in_denied': { category: 'auth', label: 'Sign-in without access' },
  'auth.sign_out': { category: 'auth', label: 'Signed out' },
  'auth.session_revoked': { category: 'auth', label: 'Session revoked' },
  'auth.tenant_switched': { category: 'auth', label: 'Tenant switched' },
  'auth.refused': { category: 'auth', label: 'Credential rejected' },
  'auth.forbidden': { category: 'auth', label: 'Not allowed' },

  'api.request': { category: 'access', label: 'API request' },
  'console.view': { category: 'access', label: 'Page viewed' },
  'cli.command': { category: 'access', label: 'Command run' },
  'audit.export_started': { category: 'access', label: 'Export started' },
  'audit.exported': { category: 'access', label: 'Log exported' },
  'findings.export_started': { category: 'access', label: 'Export of findings started' },
  'findings.exported': { category: 'access', label: 'Findings exported' },

  'log.restored': { category: 'system', label: 'Log restored from a backup' },
  'log.verified': { category: 'system', label: 'Audit log verified' },
  'log.verification_failed': { category: 'system', label: 'Audit log verification failed' },
  'log.sealing_delayed': { category: 'system', label: 'Sealing delayed' },
  'log.witness_refused': { category: 'system', label: 'Witness refused the log' },
  'log.bundle_exported': { category: 'access', label: 'Proof bundle exported' },

  'system.secrets_loaded': { category: 'system', label: 'Secrets loaded' },
  'system.started': { category: 'system', label: 'Process started' },
} as const satisfies Record<string, { category: AuditCategory; label: string; isSynthetic?: true }>;

export type AuditAction = keyof typeof AUDIT_ACTIONS;
export const AUDIT_ACTION_NAMES = Object.keys(AUDIT_ACTIONS) as [AuditAction, ...AuditAction[]];

/** What Bulwark does to test itself: on the record, and in no count, chart or notification of what others did. */
export const SYNTHETIC_ACTIONS = AUDIT_ACTION_NAMES.filter((name) => 'isSynthetic' in AUDIT_ACTIONS[name]);

/** What an event is about; `id` is the object's id where it has one. */
export interface AuditTarget {
  type:
    | 'key'
    | 'block'
    | 'key_version'
    | 'member'
    | 'invitation'
    | 'tenant'
    | 'session'
    | 'user'
    | 'service'
    | 'route'
    | 'audit'
    | 'channel'
    | 'delivery'
    | 'notification_policy'
    | 'mute'
    | 'page'
    | 'job'
    | 'policy'
    | 'checklist'
    | 'release'
    | 'scan'
    | 'scan_target'
    | 'scanner_run'
    | 'finding'
    | 'finding_view'
    | 'secret'
    | 'secret_backend'
    | 'metrics'
    | 'report'
    | 'anomaly'
    | 'anomaly_rule'
    | 'log'
    | 'process';
  id: string | null;
  label: string | null;
}

/** JSON values that an event may carry beside its columns, for example `{before, after}`; never a secret. */
export type AuditDetails = { [name: string]: unknown };

/** One row of the log as it leaves the database: times in ISO 8601 UTC with microseconds. */
export const auditEventDto = z.object({
  id: z.uuid(),
  tenantId: z.uuid(),
  at: z.string(),
  recordedAt: z.string(),
  category: z.enum(AUDIT_CATEGORIES),
  action: z.string(),
  outcome: z.enum(AUDIT_OUTCOMES),
  code: z.string().nullable(),
  actorType: z.enum(ACTOR_TYPES),
  actorId: z.uuid().nullable(),
  actorLabel: z.string().nullable(),
  sessionId: z.uuid().nullable(),
  keyId: z.uuid().nullable(),
  keyVersionId: z.uuid().nullable(),
  ip: z.string().nullable(),
  userAgent: z.string().nullable(),
  method: z.string().nullable(),
  host: z.string().nullable(),
  path: z.string().nullable(),
  status: z.number().int().nullable(),
  durationUs: z.number().int().nullable(),
  targetType: z.string().nullable(),
  targetId: z.string().nullable(),
  targetLabel: z.string().nullable(),
  reason: z.string().nullable(),
  requestId: z.string(),
  details: z.record(z.string(), z.unknown()).nullable(),
});
export type AuditEventDto = z.infer<typeof auditEventDto>;

const LIST_LIMIT_MAX = 200;
const FILTER_VALUES_MAX = 20;

const storable = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine((text) => text.isWellFormed() && !text.includes('\u0000'), 'Remove the unsupported character.');

const timeBound = z
  .string()
  .max(40)
  .refine(
    (text) => parseTime(text, 0, 'from') !== null,
    'Enter a time such as 2026-11-01T00:00:00Z, 2026-11-01, now-24h or now/d.',
  );

/** One value, or the parameter repeated: any of them matches. The same name with `!` appended excludes. */
const filter = <S extends z.ZodType<string, string>>(value: S) =>
  z
    .union([value, z.array(value).min(1).max(FILTER_VALUES_MAX)])
    .transform((given) => (Array.isArray(given) ? given : [given]))
    .optional();

const searchValue = storable(200);
const actorValue = storable(200).describe('id or label of the actor');
const actionValue = storable(80);
const categoryValue = z.enum(AUDIT_CATEGORIES);
const outcomeValue = z.enum(AUDIT_OUTCOMES);
const codeValue = storable(80).describe('`none`: events without a code');
const ipValue = z
  .union(
    [z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6(), z.literal('none')],
    'Enter an IP address or CIDR range such as 10.0.0.0/8.',
  )
  .transform((text) => (text.includes('/') ? canonicalNetwork(text) : canonicalAddress(text)) ?? text)
  .describe('`none`: events without an address');
const keyValue = z
  .union([z.uuid(), z.literal('none')], 'Enter a key ID.')
  .describe('`none`: events without a key');
const callerValue = storable(200).describe('exactly this label of the actor');
const limitValue = storable(120).describe('a rate limit, or one window of it, that denied the request');
const versionValue = z
  .uuid('Enter the ID of a version of a key.')
  .describe(
    'requests made with this version of a key, and those in which its service asked about a credential',
  );
const shadowedValue = storable(120).describe('a rate limit in shadow that would have denied it');
const placeValue = storable(200).describe('the route of the gate, else exactly this path');
const targetValue = storable(200).describe('id or label of what the event is about');
const methodValue = z.string().regex(/^[A-Za-z]{1,20}$/, 'Enter an HTTP method such as GET.');
const pathValue = storable(400).describe('the path begins with it');
const statusValue = z.string().regex(/^[1-5](\d\d|xx)$/, 'Enter an HTTP status such as 403 or 4xx.');
const requestValue = storable(200);

/** `auth_failure`: a sign-in that failed, a credential that the API or the gate refused; not one that only a limit refused. */
export const EVENT_IS = ['auth_failure'] as const;
export type EventIs = (typeof EVENT_IS)[number];

/**
 * What selects events. Times: ISO 8601, or relative to now (`now-24h`, `now/d`); `from` is part of the range, `to` is
 * not; without them the last 24 hours, at most 13 months. Accesses (page views, API reads) are left out unless
 * `category`, `action`, `request` or `access=show` ask for them, and what Bulwark sent itself as a test unless `action`,
 * `request` or `synthetic=show` do. `q`: letters of any case within the texts of a row; where it is repeated, all of them.
 */
export const auditFilterInput = z.strictObject({
  from: timeBound.optional(),
  to: timeBound.optional(),
  access: z.enum(['hide', 'show']).default('hide'),
  synthetic: z.enum(['hide', 'show']).default('hide'),
  is: z.enum(EVENT_IS).optional(),
  q: filter(searchValue),
  'q!': filter(searchValue),
  actor: filter(actorValue),
  'actor!': filter(actorValue),
  action: filter(actionValue),
  'action!': filter(actionValue),
  category: filter(categoryValue),
  'category!': filter(categoryValue),
  outcome: filter(outcomeValue),
  'outcome!': filter(outcomeValue),
  code: filter(codeValue),
  'code!': filter(codeValue),
  ip: filter(ipValue),
  'ip!': filter(ipValue),
  key: filter(keyValue),
  'key!': filter(keyValue),
  target: filter(targetValue),
  'target!': filter(targetValue),
  method: filter(methodValue),
  'method!': filter(methodValue),
  path: filter(pathValue),
  'path!': filter(pathValue),
  status: filter(statusValue),
  'status!': filter(statusValue),
  request: filter(requestValue),
  'request!': filter(requestValue),
  caller: filter(callerValue),
  'caller!': filter(callerValue),
  place: filter(placeValue),
  'place!': filter(placeValue),
  deniedBy: filter(limitValue),
  'deniedBy!': filter(limitValue),
  shadowedBy: filter(shadowedValue),
  'shadowedBy!': filter(shadowedValue),
  version: filter(versionValue),
  'version!': filter(versionValue),
});
export type AuditFilterInput = z.input<typeof auditFilterInput>;
export type AuditFilter = z.output<typeof auditFilterInput>;

/** The fields a filter can name, in the order in which a screen offers them. */
export const AUDIT_FILTER_FIELDS = [
  'actor',
  'action',
  'category',
  'outcome',
  'code',
  'ip',
  'key',
  'target',
  'method',
  'path',
  'status',
  'request',
  'caller',
  'place',
  'deniedBy',
  'shadowedBy',
  'version',
] as const satisfies readonly (keyof AuditFilter)[];
export type AuditFilterField = (typeof AUDIT_FILTER_FIELDS)[number];

export const listAuditInput = auditFilterInput.extend({
  cursor: z.string().min(1).max(300).optional(),
  limit: z.coerce.number().int().min(1).max(LIST_LIMIT_MAX).default(50),
});
export type ListAuditInput = z.input<typeof listAuditInput>;

/**
 * Newest first. A page looks at a bounded number of rows: where few of them match it may hold fewer items than asked,
 * or none, and says in `searchedTo` how far back it looked; `nextCursor` goes on from there. Null: nothing is older.
 */
export const auditPageDto = z.object({
  items: z.array(auditEventDto),
  nextCursor: z.string().nullable(),
  searchedTo: z.string().optional(),
});
export type AuditPageDto = z.infer<typeof auditPageDto>;

/** `at` exactly as a list gave it. */
export const getAuditEventInput = z.strictObject({ at: z.string().max(40).optional() });
export type GetAuditEventInput = z.input<typeof getAuditEventInput>;

export const auditEventRefDto = auditEventDto.pick({
  id: true,
  at: true,
  action: true,
  category: true,
  outcome: true,
});
export type AuditEventRefDto = z.infer<typeof auditEventRefDto>;

/** One event, its neighbours in time within the tenant, and what else the same request caused. */
export const auditEventDetailDto = z.object({
  event: auditEventDto,
  newer: auditEventRefDto.nullable(),
  older: auditEventRefDto.nullable(),
  sameRequest: z.array(auditEventRefDto),
});
export type AuditEventDetailDto = z.infer<typeof auditEventDetailDto>;

export const auditHistogramInput = auditFilterInput.extend({
  by: z.enum(['outcome', 'category']).default('outcome'),
});
export type AuditHistogramInput = z.input<typeof auditHistogramInput>;

/** `counts` by the values of `by`. `isExact` false: estimated from the newest rows of the bucket; show it as "about". */
export const auditHistogramDto = z.object({
  from: z.string(),
  to: z.string(),
  bucketSeconds: z.number().int(),
  by: z.enum(['outcome', 'category']),
  isExact: z.boolean(),
  total: z.number().int(),
  buckets: z.array(
    z.object({ start: z.string(), isExact: z.boolean(), counts: z.record(z.string(), z.number().int()) }),
  ),
});
export type AuditHistogramDto = z.infer<typeof auditHistogramDto>;

export const AUDIT_FACETS = ['category', 'action', 'outcome', 'code', 'actor', 'ip'] as const;
export type AuditFacet = (typeof AUDIT_FACETS)[number];

/** `value` goes into the filter of the same name; `label` is what to show; `isCapped`: at least so many ("2,137+"). */
export const auditFacetValueDto = z.object({
  value: z.string(),
  label: z.string(),
  count: z.number().int(),
  isCapped: z.boolean(),
});

/** Counts of a facet leave its own filter out. `isComplete` false: only rows since `searchedTo` were counted. */
export const auditFacetsDto = z.object({
  isComplete: z.boolean(),
  searchedTo: z.string(),
  facets: z.record(z.enum(AUDIT_FACETS), z.array(auditFacetValueDto)),
});
export type AuditFacetsDto = z.infer<typeof auditFacetsDto>;

export const EXPORT_FORMATS = ['ndjson', 'csv'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];
export const exportAuditInput = auditFilterInput.extend({ format: z.enum(EXPORT_FORMATS).default('ndjson') });
export type ExportAuditInput = z.input<typeof exportAuditInput>;
