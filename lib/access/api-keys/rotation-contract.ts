import { z } from 'zod';
import { GRACE_CHOICES } from './contract';

/** How a new secret reaches its service. */
export const DELIVERIES = {
  pull: 'The service fetches it with its current secret',
  jwe: 'Encrypted to the public key of its owner',
  file: 'Written to the mounted directory of secrets',
  console: 'Someone copies it from the console',
} as const;
export type Delivery = keyof typeof DELIVERIES;
export const DELIVERY_NAMES = Object.keys(DELIVERIES) as [Delivery, ...Delivery[]];

/** What happens to the old secret when nobody uses the new one in time. */
export const UNUSED_CHOICES = ['escalate', 'strict'] as const;
export type OnUnused = (typeof UNUSED_CHOICES)[number];

export const ROTATION_STATES = ['open', 'delivered', 'done', 'cancelled', 'expired'] as const;

const clockTime = z
  .string()
  .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'Enter a time such as 09:00, at most 24:00.');

const rules = z.strictObject({
  isEnabled: z.boolean(),
  periodDays: z.int().min(1, 'At least one day.').max(3650, 'At most ten years.'),
  /** ISO 8601 weekdays: 1 is Monday. A rotation begins on one of them, between the two times of the tenant's zone. */
  windowDays: z.array(z.int().min(1).max(7)).min(1, 'Choose at least one day.').max(7),
  windowFrom: clockTime,
  windowTo: clockTime,
  /** How long the old secret lives on after the first use of the new one. */
  grace: z.enum(GRACE_CHOICES),
  delivery: z.enum(DELIVERY_NAMES),
  onUnused: z.enum(UNUSED_CHOICES),
  /** Days until an unused new secret is escalated, or under `strict` ends the old one. */
  unusedDays: z.int().min(1).max(365),
});
export type RotationRules = z.infer<typeof rules>;

const hasOpenWindow = (given: { windowFrom: string; windowTo: string }) => given.windowFrom < given.windowTo;
const windowProblem = { path: ['windowTo'], message: 'The window must end after it begins.' };

export const rotationRules = rules.refine(hasOpenWindow, windowProblem);

/** What holds until a tenant changes it: 90 days, working hours, and nothing is ever taken from a service. */
export const STANDARD_RULES: RotationRules = {
  isEnabled: true,
  periodDays: 90,
  windowDays: [1, 2, 3, 4, 5],
  windowFrom: '09:00',
  windowTo: '17:00',
  grace: '24h',
  delivery: 'pull',
  onUnused: 'escalate',
  unusedDays: 7,
};

/** What one key does otherwise; a field left out follows the policy. */
export const rotationOverride = rules.partial();
export type RotationOverride = z.infer<typeof rotationOverride>;

export type SetRotationPolicyInput = z.input<typeof rotationRules>;

/** RSA from 2048 bits, or an EC or X25519 key, as a public JWK (RFC 7517) or as PEM. */
const publicKeyText = z.string().trim().min(1).max(8000);
const fileName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'Use letters, digits, dots, hyphens and underscores.');

/** Left out: as it was. `publicKey` and `fileName` null: removed. */
export const setKeyRotationInput = z.strictObject({
  isOff: z.boolean().optional(),
  override: rotationOverride.optional(),
  publicKey: publicKeyText.nullable().optional(),
  fileName: fileName.nullable().optional(),
});
export type SetKeyRotationInput = z.input<typeof setKeyRotationInput>;

const dateText = z.iso.datetime();

export const rotationPolicyDto = z.object({
  rules,
  /** 0: the standard policy, never changed. */
  version: z.number().int(),
  timeZone: z.string(),
  updatedAt: dateText.nullable(),
  /** Keys that follow it or have rules of their own, and those that never rotate by themselves. */
  keys: z.object({ rotating: z.number().int(), off: z.number().int(), overdue: z.number().int() }),
  /** The owners whose keys do not fit: more keys than days on which one may rotate within the period. */
  crowded: z.array(z.object({ owner: z.string(), keys: z.number().int(), days: z.number().int() })),
  isFileDeliveryPossible: z.boolean(),
});
export type RotationPolicyDto = z.infer<typeof rotationPolicyDto>;

export const rotationDto = z.object({
  id: z.uuid(),
  cause: z.enum(['policy', 'person']),
  state: z.enum(ROTATION_STATES),
  dueAt: dateText,
  openedAt: dateText,
  delivery: z.enum(DELIVERY_NAMES),
  onUnused: z.enum(UNUSED_CHOICES),
  deadlineAt: dateText,
  fetches: z.number().int(),
  deliveredAt: dateText.nullable(),
  escalatedAt: dateText.nullable(),
  closedAt: dateText.nullable(),
  closeReason: z.string().nullable(),
  /** The new secret as a JWE (RFC 7516, compact) that only the holder of the private key can read. */
  ciphertext: z.string().nullable(),
  problem: z.string().nullable(),
});
export type RotationDto = z.infer<typeof rotationDto>;

/** One secret of a key through its life, newest first; `rotation` where a rotation of the policy brought it. */
export const timelineEntryDto = z.object({
  version: z.number().int(),
  state: z.string(),
  createdAt: dateText,
  createdBy: z.string().nullable(),
  reason: z.string().nullable(),
  firstUsedAt: dateText.nullable(),
  graceUntil: dateText.nullable(),
  endedAt: dateText.nullable(),
  rotation: rotationDto.nullable(),
  /** Uses after it was retired, within the last 90 days. */
  retiredUses: z.number().int(),
  lastRetiredUse: z
    .object({ at: dateText, ip: z.string().nullable(), userAgent: z.string().nullable() })
    .nullable(),
});
export type TimelineEntryDto = z.infer<typeof timelineEntryDto>;

export const keyRotationDto = z.object({
  keyId: z.uuid(),
  isOff: z.boolean(),
  override: rotationOverride,
  publicKey: z.object({ kind: z.string(), thumbprint: z.string() }).nullable(),
  fileName: z.string().nullable(),
  version: z.number().int(),
  /** What holds for the key, and how its next secret really travels. */
  rules,
  delivery: z.enum(DELIVERY_NAMES),
  timeZone: z.string(),
  /** When the period ends, and the first moment in the window from then on; null: never by itself. */
  dueAt: dateText.nullable(),
  notBefore: dateText.nullable(),
  /** Why it does not rotate by itself; null where it does. */
  idleReason: z.string().nullable(),
  open: rotationDto.nullable(),
  timeline: z.array(timelineEntryDto),
  isFileDeliveryPossible: z.boolean(),
});
export type KeyRotationDto = z.infer<typeof keyRotationDto>;

/** What a service asks about its own key: whether there is something to fetch, and until when. */
export const selfRotationDto = z.object({
  keyId: z.uuid(),
  name: z.string(),
  /** The caller's own secret. */
  version: z.number().int(),
  state: z.enum(['pending', 'current', 'grace']),
  endsAt: dateText.nullable(),
  /** POST now. */
  shouldFetch: z.boolean(),
  rotation: z
    .object({ openedAt: dateText, deadlineAt: dateText, onUnused: z.enum(UNUSED_CHOICES) })
    .nullable(),
});
export type SelfRotationDto = z.infer<typeof selfRotationDto>;

/** The only answer with the new secret; asking again makes another one and ends this one, as long as it is unused. */
export const fetchedSecretDto = z.object({
  keyId: z.uuid(),
  version: z.number().int(),
  secret: z.string(),
  graceSeconds: z.number().int(),
  deadlineAt: dateText,
});
export type FetchedSecretDto = z.infer<typeof fetchedSecretDto>;
