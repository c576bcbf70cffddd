import { z } from 'zod';
import { ACTOR_TYPES } from '@/lib/auth/contract';

export const AUDIT_CATEGORIES = ['decision', 'change', 'access', 'auth', 'system'] as const;
export type AuditCategory = (typeof AUDIT_CATEGORIES)[number];

export const AUDIT_OUTCOMES = ['success', 'denied', 'failure'] as const;
export type AuditOutcome = (typeof AUDIT_OUTCOMES)[number];

/** The closed union of actions: name to category and the words a reader sees. */
export const AUDIT_ACTIONS = {
  'gate.verify': { category: 'decision', label: 'Key verified' },
  'gate.refused_caller': { category: 'decision', label: 'Gate caller refused' },

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

  'member.invited': { category: 'change', label: 'Member invited' },
  'member.invitation_revoked': { category: 'change', label: 'Invitation revoked' },
  'member.joined': { category: 'change', label: 'Member joined' },
  'member.role_changed': { category: 'change', label: 'Role changed' },
  'member.disabled': { category: 'change', label: 'Member disabled' },
  'member.enabled': { category: 'change', label: 'Member enabled' },
  'operator.bootstrapped': { category: 'change', label: 'First operator set' },
  'tenant.created': { category: 'change', label: 'Tenant created' },
  'tenant.updated': { category: 'change', label: 'Tenant changed' },

  'auth.sign_in': { category: 'auth', label: 'Signed in' },
  'auth.sign_in_failed': { category: 'auth', label: 'Sign-in failed' },
  'auth.sign_in_denied': { category: 'auth', label: 'Sign-in without access' },
  'auth.sign_out': { category: 'auth', label: 'Signed out' },
  'auth.session_revoked': { category: 'auth', label: 'Session revoked' },
  'auth.tenant_switched': { category: 'auth', label: 'Tenant switched' },
  'auth.refused': { category: 'auth', label: 'Credential refused' },
  'auth.forbidden': { category: 'auth', label: 'Not allowed' },

  'api.request': { category: 'access', label: 'API request' },
  'console.view': { category: 'access', label: 'Page viewed' },
  'cli.command': { category: 'access', label: 'Command run' },
  'audit.exported': { category: 'access', label: 'Audit log exported' },

  'system.started': { category: 'system', label: 'Process started' },
} as const satisfies Record<string, { category: AuditCategory; label: string }>;

export type AuditAction = keyof typeof AUDIT_ACTIONS;
export const AUDIT_ACTION_NAMES = Object.keys(AUDIT_ACTIONS) as [AuditAction, ...AuditAction[]];

/** What an event is about; `id` is the object's id where it has one. */
export interface AuditTarget {
  type:
    | 'key'
    | 'key_version'
    | 'member'
    | 'invitation'
    | 'tenant'
    | 'session'
    | 'user'
    | 'service'
    | 'audit'
    | 'page'
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
