import { z } from 'zod';
import { scopeText } from '@/lib/platform/auth/scope-contract';
import { plainLine, plainText } from '@/lib/platform/core/plain-line';

export const KEY_ENVIRONMENTS = ['live', 'test'] as const;
export type KeyEnvironment = (typeof KEY_ENVIRONMENTS)[number];

/** States of one version (one secret) of a key; at most one each of pending, current and grace per key. */
export const VERSION_STATES = ['pending', 'current', 'grace', 'retired', 'revoked'] as const;
export type VersionState = (typeof VERSION_STATES)[number];

/** Reasons after RFC 5280 5.3.1. A compromised key's revocation can never be undone. */
export const REVOKE_REASONS = [
  'KEY_COMPROMISE',
  'SUPERSEDED',
  'AFFILIATION_CHANGED',
  'PRIVILEGE_WITHDRAWN',
  'UNSPECIFIED',
] as const;
export type RevokeReason = (typeof REVOKE_REASONS)[number];

/** What a verification can end in, in the order in which the checks are made (reference/api-keys.md 2). */
export const VERIFY_CODES = {
  VALID: 'The key is valid',
  MALFORMED: 'Not a valid Bulwark key: wrong format or checksum',
  NOT_FOUND: 'Key not found in this tenant',
  REVOKED: 'The key was revoked',
  ROTATED_OUT: 'This secret was rotated out and its grace period has ended',
  DISABLED: 'The key is disabled',
  EXPIRED: 'The key has expired',
  BLOCKED: 'Blocked by an operator',
  IP_NOT_ALLOWED: 'The IP address is not in the key’s allowed networks',
  INSUFFICIENT_SCOPE: 'The key does not have a required scope',
  RATE_LIMITED: 'Too many requests',
  UNAVAILABLE: 'The key could not be checked',
} as const;
export type VerifyCode = keyof typeof VERIFY_CODES;
export const VERIFY_CODE_NAMES = Object.keys(VERIFY_CODES) as [VerifyCode, ...VerifyCode[]];

/** Derived status of a key, the first that holds in this order. */
export const KEY_STATUSES = [
  'revoked',
  'expired',
  'disabled',
  'expires_soon',
  'pending_pickup',
  'in_grace',
  'elevated_rejections',
  'operational',
] as const;
export type KeyStatus = (typeof KEY_STATUSES)[number];

/**
 * What may be asked of a key beside its status. `active`: works now. `due`: ends, or its secret becomes 90 days old, within 30
 * days. `expired_in_use`: still sent after its end. `denied_often`: as the status `elevated_rejections`, of whatever works.
 */
export const KEY_NEEDS = [
  'active',
  'expiring',
  'expired_in_use',
  'old_secret_in_use',
  'awaiting_pickup',
  'denied_often',
  'without_expiry',
  'due',
] as const;
export type KeyNeed = (typeof KEY_NEEDS)[number];

export const UNDO_REVOKE_MINUTES = 60;
export const DEFAULT_EXPIRY_DAYS = 90;
export const GRACE_CHOICES = ['0', '1m', '15m', '1h', '6h', '24h', '3d', '7d'] as const;
export const USAGE_HOURS = 36;

const name = plainLine(100, 'Enter a name for the key.');
const description = plainText(500);
const tags = z.array(plainLine(40)).max(20);
const scopes = z.array(scopeText).min(1, 'Select at least one scope.').max(100);
const allowedCidrs = z.array(z.union([z.cidrv4(), z.cidrv6()])).max(50);
const rateLimits = z
  .array(
    z.strictObject({
      limit: z.int().min(1).max(1_000_000_000),
      windowSeconds: z
        .int()
        .min(1)
        .max(86_400 * 31),
    }),
  )
  .max(5);
const expiresAt = z.iso.datetime({ offset: true }).nullable();

/** `expiresAt` null means never: possible, and shown as a risk. Left out: 90 days from now. */
export const createKeyInput = z.strictObject({
  name,
  description: description.default(''),
  tags: tags.default([]),
  environment: z.enum(KEY_ENVIRONMENTS).default('live'),
  ownerUserId: z.uuid().optional(),
  scopes,
  allowedCidrs: allowedCidrs.default([]),
  rateLimits: rateLimits.default([]),
  expiresAt: expiresAt.optional(),
});
export type CreateKeyInput = z.input<typeof createKeyInput>;

export const updateKeyInput = z
  .strictObject({
    name,
    description,
    tags,
    ownerUserId: z.uuid(),
    scopes,
    allowedCidrs,
    rateLimits,
    expiresAt,
    disabled: z.boolean(),
  })
  .partial();
export type UpdateKeyInput = z.input<typeof updateKeyInput>;

const duration = z.string().regex(/^(0|\d{1,6}[smhd])$/, 'Enter a duration such as 0, 15m, 24h or 7d.');

/** `grace`: how long the old secret lives on, counted from the first use of the new one or from now. */
export const rotateKeyInput = z.strictObject({
  grace: duration.default('24h'),
  start: z.enum(['first_use', 'now']).default('first_use'),
  reason: plainText(500).optional(),
  /** The leak path: the current secret is revoked at once as compromised. */
  compromised: z.boolean().default(false),
});
export type RotateKeyInput = z.input<typeof rotateKeyInput>;

/** `version`: the number of one version; left out, the whole key. */
export const revokeKeyInput = z.strictObject({
  reason: z.enum(REVOKE_REASONS),
  version: z.int().min(1).optional(),
  comment: plainText(500).optional(),
});
export type RevokeKeyInput = z.input<typeof revokeKeyInput>;

/** The old secret's remaining time, counted from now. */
export const changeGraceInput = z.strictObject({ grace: duration });
export type ChangeGraceInput = z.input<typeof changeGraceInput>;

/** `version`: the number of one revoked version; left out, the whole key. */
export const undoRevokeInput = z.strictObject({ version: z.int().min(1).optional() });
export type UndoRevokeInput = z.input<typeof undoRevokeInput>;

/** Acts on a rotation that need nothing but the key: cancel it, start its grace clock, revoke the old secret. */
export const rotationActInput = z.strictObject({ comment: plainText(500).optional() });
export type RotationActInput = z.input<typeof rotationActInput>;

const needs = z
  .union([z.enum(KEY_NEEDS), z.array(z.enum(KEY_NEEDS)).min(1).max(KEY_NEEDS.length)])
  .transform((given) => [given].flat())
  .optional();

export const listKeysInput = z.strictObject({
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  q: z.string().max(100).optional(),
  status: z.enum(KEY_STATUSES).optional(),
  /** All of them hold; of `notIs` none. */
  is: needs,
  notIs: needs,
  environment: z.enum(KEY_ENVIRONMENTS).optional(),
  owner: z.uuid().optional(),
  scope: scopeText.optional(),
  tag: z.string().max(40).optional(),
});
export type ListKeysInput = z.input<typeof listKeysInput>;

const dateText = z.iso.datetime();

export const keyVersionDto = z.object({
  id: z.uuid(),
  number: z.number().int(),
  state: z.enum(VERSION_STATES),
  /** `blw_live_ab12`: what may be shown of the secret, with `last4`. */
  prefix: z.string(),
  last4: z.string(),
  createdAt: dateText,
  activatedAt: dateText.nullable(),
  graceUntil: dateText.nullable(),
  /** When it stops being accepted at the latest: the earlier of grace and key expiry. */
  endsAt: dateText.nullable(),
  endedAt: dateText.nullable(),
  predecessorGraceSeconds: z.number().int(),
  reason: z.string().nullable(),
  revokedReason: z.enum(REVOKE_REASONS).nullable(),
  /** Until when the revocation of this version alone can be undone; null where it cannot. */
  undoRevokeUntil: dateText.nullable(),
  lastUsedAt: dateText.nullable(),
  lastUsedIp: z.string().nullable(),
  /** Requests in the last 24 hours. */
  allowed24h: z.number().int(),
  refused24h: z.number().int(),
});
export type KeyVersionDto = z.infer<typeof keyVersionDto>;

export const usageHourDto = z.object({
  hour: dateText,
  allowed: z.number().int(),
  refused: z.number().int(),
});

export const keyDto = z.object({
  id: z.uuid(),
  name: z.string(),
  description: z.string(),
  tags: z.array(z.string()),
  environment: z.enum(KEY_ENVIRONMENTS),
  owner: z.object({ userId: z.uuid(), name: z.string() }).nullable(),
  scopes: z.array(z.string()),
  allowedCidrs: z.array(z.string()),
  rateLimits: z.array(z.object({ limit: z.number().int(), windowSeconds: z.number().int() })),
  status: z.enum(KEY_STATUSES),
  expiresAt: dateText.nullable(),
  disabledAt: dateText.nullable(),
  revokedAt: dateText.nullable(),
  revokedReason: z.enum(REVOKE_REASONS).nullable(),
  /** Until when the revocation can be undone; null where it cannot. */
  undoRevokeUntil: dateText.nullable(),
  createdAt: dateText,
  updatedAt: dateText,
  version: z.number().int(),
  lastUsedAt: dateText.nullable(),
  lastUsedIp: z.string().nullable(),
  /** The last 36 hours, oldest first, always 36 entries. */
  usage: z.array(usageHourDto),
  /** Newest first. In lists: the live versions only. */
  versions: z.array(keyVersionDto),
});
export type KeyDto = z.infer<typeof keyDto>;

/** The only answer that ever holds a secret. A repeated Idempotency-Key answers the same with `secret: null`. */
export const keyWithSecretDto = z.object({
  key: keyDto,
  version: z.number().int(),
  secret: z.string().nullable(),
  replayed: z.boolean(),
});
export type KeyWithSecretDto = z.infer<typeof keyWithSecretDto>;

export const keyListDto = z.object({ items: z.array(keyDto), nextCursor: z.string().nullable() });
