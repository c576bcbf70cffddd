import { z } from 'zod';
import { myTenantDto, ROLES, type Role } from '@/lib/platform/tenancy/contract';

/** Every permission there is. An API key's scopes are drawn from the same list. */
export const PERMISSIONS = {
  'keys:read': 'See API keys, their versions and their use',
  'keys:write': 'Create, change, rotate and revoke API keys',
  'keys:self-rotate': 'Fetch its own new secret during rotation',
  'gate:verify': 'Ask the gate to verify a key',
  'audit:read': 'Read the audit log',
  'audit:export': 'Export the audit log',
  'members:read': 'See members, roles and invitations',
  'members:write': 'Invite, change and disable members',
  'settings:read': 'See settings and health',
  'settings:write': 'Change settings and tenants',
  'jobs:write': 'Retry and discard failed jobs',
  'scans:read': 'See scans',
  'scans:write': 'Upload scan reports and run scanners',
  'scanners:write': 'Set up scan targets',
  'findings:read': 'See findings',
  'findings:write': 'Decide on findings',
  'checklist:read': 'See the checklist',
  'checklist:run': 'Run the checklist and the release gate',
  'checklist:write': 'Approve checklist exceptions and override release verdicts',
  'anomalies:write': 'Triage and mute anomalies',
  'incidents:read': 'See incidents',
  'incidents:write': 'Declare and manage incidents',
  'secrets:read': 'See the secrets inventory',
  'secrets:write': 'Change the secrets inventory and upload scans of secrets',
  'secrets:rotate': 'Rotate secrets',
  'secrets:consume': 'Report which version of a secret is in use, and collect new ones',
  'policies:read': 'See policies',
  'policies:write': 'Change policies',
  'blocks:read': 'View blocks',
  'blocks:write': 'Block addresses, keys, users and routes, and lift blocks',
  'metrics:read': 'See metrics and reports',
  'notifications:read': 'See notification channels, routes and deliveries',
  'notifications:write': 'Change notification channels and routing, and resend deliveries',
} as const;

export type Permission = keyof typeof PERMISSIONS;
export const PERMISSION_NAMES = Object.keys(PERMISSIONS) as [Permission, ...Permission[]];

/** What a service does with its own key; no role holds them, and people who may write keys may give them. */
export const KEY_ONLY_SCOPES: readonly Permission[] = ['gate:verify', 'keys:self-rotate', 'secrets:consume'];

const READ_ALL = PERMISSION_NAMES.filter((name) => name.endsWith(':read'));

/** The one permission table (DESIGN 1): what each role of a membership may do. Settings shows this. */
export const ROLE_PERMISSIONS: Record<Role, readonly Permission[]> = {
  operator: PERMISSION_NAMES.filter((name) => !KEY_ONLY_SCOPES.includes(name)),
  analyst: [
    ...READ_ALL.filter((name) => name !== 'members:read' && name !== 'policies:read'),
    'findings:write',
    'scans:write',
    'checklist:run',
    'anomalies:write',
    'incidents:write',
  ],
  auditor: [...READ_ALL, 'audit:export'],
};

/** What is known of the request that an actor makes; `null` where there is none (worker, command line). */
export interface RequestInfo {
  requestId: string;
  ip: string | null;
  userAgent: string | null;
  method: string | null;
  host: string | null;
  path: string | null;
}

interface ActorBase {
  tenantId: string;
  /** How the audit log names the actor: a display name, a key's name, a job. */
  label: string;
  request: RequestInfo;
}

export interface UserActor extends ActorBase {
  type: 'user';
  userId: string;
  sessionId: string;
  role: Role;
}

export interface KeyActor extends ActorBase {
  type: 'key';
  keyId: string;
  versionId: string;
  scopes: readonly string[];
  /** Who answers for the key, and the limits stored on it. */
  ownerUserId?: string | null;
  rateLimits?: readonly { limit: number; windowSeconds: number }[];
}

/** The command line on the host: whoever can read the database credentials may do anything. */
export interface CliActor extends ActorBase {
  type: 'cli';
}

export interface JobActor extends ActorBase {
  type: 'job';
}

/** Nobody that could be named: a failed sign-in, a refused credential. */
export interface AnonymousActor extends ActorBase {
  type: 'anonymous';
}

export type Actor = UserActor | KeyActor | CliActor | JobActor | AnonymousActor;
export const ACTOR_TYPES = [
  'user',
  'key',
  'cli',
  'job',
  'anonymous',
] as const satisfies readonly Actor['type'][];

const dateText = z.iso.datetime();

/** One session of the caller. `device` is read from the user agent and is a hint, not a proof. */
export const sessionDto = z.object({
  id: z.uuid(),
  isCurrent: z.boolean(),
  device: z.string(),
  ip: z.string().nullable(),
  provider: z.string(),
  createdAt: dateText,
  /** At most a minute old. */
  lastSeenAt: dateText,
  expiresAt: dateText,
});
export type SessionDto = z.infer<typeof sessionDto>;
export const sessionListDto = z.object({ items: z.array(sessionDto), nextCursor: z.null() });
export type SessionListDto = z.infer<typeof sessionListDto>;

export const revokedSessionsDto = z.object({ revoked: z.number().int() });

/** Who the caller is, what they may do here, and what the console needs to know about this instance. */
export const meDto = z.object({
  user: z.object({ id: z.uuid(), name: z.string(), email: z.string().nullable() }),
  session: z.object({ id: z.uuid(), expiresAt: dateText }),
  role: z.enum(ROLES),
  tenant: myTenantDto,
  tenants: z.array(myTenantDto),
  permissions: z.array(z.enum(PERMISSION_NAMES)),
  settings: z.object({
    mode: z.enum(['local', 'production']),
    consoleUrl: z.string(),
    gateUrl: z.string(),
    /** What invitations may name: `handle` only where a handle belongs to one person. */
    providers: z.array(
      z.object({ id: z.string(), label: z.string(), matchers: z.array(z.enum(['email', 'handle'])) }),
    ),
  }),
});
export type MeDto = z.infer<typeof meDto>;
