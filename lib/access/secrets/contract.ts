import { z } from 'zod';
import { plainLine } from '@/lib/platform/core/plain-line';

/** Where secrets are kept or were seen, with the words of the screen. */
export const BACKEND_KINDS = {
  vault: 'HashiCorp Vault',
  openbao: 'OpenBao',
  aws: 'AWS Secrets Manager',
  kubernetes: 'Kubernetes',
  docker: 'Docker',
  compose: 'Compose and .env',
  process: 'Processes',
  repository: 'Repositories',
  bulwark: 'Bulwark',
} as const;
export type BackendKind = keyof typeof BACKEND_KINDS;
export const BACKEND_KIND_NAMES = Object.keys(BACKEND_KINDS) as [BackendKind, ...BackendKind[]];
/** Those that a scan on another machine uploads. */
export const SCAN_KINDS = ['compose', 'docker', 'kubernetes', 'process'] as const;
export type ScanKind = (typeof SCAN_KINDS)[number];

export const SECRET_KINDS = {
  value: 'Stored value',
  database_login: 'Database login',
  database_dynamic: 'Database login per lease',
  variable: 'Environment variable',
  file: 'Mounted secret',
  leak: 'Secret in a repository',
  own: 'Secret of Bulwark',
} as const;
export type SecretKind = keyof typeof SECRET_KINDS;
export const SECRET_KIND_NAMES = Object.keys(SECRET_KINDS) as [SecretKind, ...SecretKind[]];

/** How a secret stands: only the first two are as they should be. */
export const EXPOSURES = {
  backend: 'In a backend',
  file: 'In a mounted file',
  plain: 'Written out',
  repository: 'In a repository',
} as const;
export type Exposure = keyof typeof EXPOSURES;
export const EXPOSURE_NAMES = Object.keys(EXPOSURES) as [Exposure, ...Exposure[]];

/** How it can be replaced: one value at a time, two logins in turn, by its backend, or anew for every lease. */
export const MODELS = ['single', 'dual', 'static_role', 'dynamic'] as const;
export type SecretModel = (typeof MODELS)[number];

/** What a secret is now; the first that applies, from what has ended to what is well. */
export const SECRET_STATUSES = [
  'gone',
  'deleted',
  'rotation_failed',
  'exposed',
  'rotating',
  'overdue',
  'stuck',
  'unread',
  'age_unknown',
  'due_soon',
  'unused',
  'current',
] as const;
export type SecretStatus = (typeof SECRET_STATUSES)[number];

export const BACKEND_PROBLEMS = [
  'unreachable',
  'timeout',
  'tls_unknown_ca',
  'tls_expired',
  'tls_not_yet_valid',
  'tls_name',
  'redirected',
  'sealed',
  'not_initialized',
  'unavailable',
  'limited',
  'denied',
  'token_expired',
  'secret_id_used_elsewhere',
  'secret_id_used_up',
  'login_refused',
  'no_credential',
  'clock_skew',
  'bad_answer',
  'too_many',
  'failed',
] as const;
export type BackendProblem = (typeof BACKEND_PROBLEMS)[number];

/** Whether the console can read values; `readable` turns the backend red. */
export const PROOFS = ['denied', 'readable', 'unknown'] as const;
export type Proof = (typeof PROOFS)[number];

/** `unread`: the last complete reading is too old to say anything. */
export const BACKEND_STATES = ['ok', 'readable', 'problem', 'unproven', 'partial', 'unread'] as const;
export type BackendState = (typeof BACKEND_STATES)[number];

export const STANDARD_INTERVAL_DAYS = 90;
/** Tags that say how often. */
export const TAG_INTERVALS: Readonly<Record<string, number>> = { monthly: 30, root: 365 };
export const UNUSED_DAYS = 90;
const INTERVAL_DAYS_MAX = 3650;

const LIST_LIMIT_MAX = 200;
const ENTRIES_MAX = 2000;

const dateText = z.iso.datetime();
const idText = z.uuid();
const line = (max: number) => plainLine(max);

export const secretBackendDto = z.object({
  id: idText,
  kind: z.enum(BACKEND_KIND_NAMES),
  /** A server's address, or the source that was scanned. */
  name: z.string(),
  product: z.string().nullable(),
  state: z.enum(BACKEND_STATES),
  /** One sentence: why it is in this state and what to do; null where it is well. */
  sentence: z.string().nullable(),
  problem: z.object({ code: z.enum(BACKEND_PROBLEMS), sentence: z.string(), since: dateText }).nullable(),
  /** The last time that it was read as a whole. */
  readAt: dateText.nullable(),
  attemptedAt: dateText.nullable(),
  /** Who uploaded the last scan. */
  readBy: z.string().nullable(),
  unreadPaths: z.array(z.string()),
  proof: z
    .object({ outcome: z.enum(PROOFS), sentence: z.string(), paths: z.number().int(), at: dateText })
    .nullable(),
  /** Whether a proof is possible: of servers that keep values. */
  isProvable: z.boolean(),
  clockSkewMs: z.number().int().nullable(),
  secrets: z.number().int(),
  exposed: z.number().int(),
  /** Variables that point elsewhere, of a scan. */
  references: z.number().int(),
});
export type SecretBackendDto = z.infer<typeof secretBackendDto>;
export const secretBackendListDto = z.object({
  items: z.array(secretBackendDto),
  nextCursor: z.null(),
  /** What the settings of the worker connect; for the empty state. */
  connected: z.object({ vault: z.boolean(), aws: z.boolean() }),
});
export type SecretBackendListDto = z.infer<typeof secretBackendListDto>;

const person = z.object({ userId: idText, name: z.string() });

export const secretConsumerDto = z.object({
  id: idText,
  name: z.string(),
  source: z.enum(['scan', 'backend', 'person', 'seen']),
  key: z.object({ id: idText, name: z.string() }).nullable(),
  seenVersion: z.string().nullable(),
  seenAt: dateText.nullable(),
});
export type SecretConsumerDto = z.infer<typeof secretConsumerDto>;

/** Another place where the same value stands. */
const twinDto = z.object({
  id: idText,
  name: z.string(),
  path: z.string(),
  backend: z.object({ kind: z.enum(BACKEND_KIND_NAMES), name: z.string() }),
});

export const secretDto = z.object({
  id: idText,
  name: z.string(),
  path: z.string(),
  backend: z.object({ id: idText, kind: z.enum(BACKEND_KIND_NAMES), name: z.string() }),
  kind: z.enum(SECRET_KIND_NAMES),
  exposure: z.enum(EXPOSURE_NAMES),
  model: z.enum(MODELS),
  status: z.enum(SECRET_STATUSES),
  owner: person.nullable(),
  /** As the backend names the owner, where no member is set. */
  ownerLabel: z.string().nullable(),
  tags: z.array(z.string()),
  note: z.string().nullable(),
  intervalDays: z.number().int(),
  intervalFrom: z.enum(['standard', 'tag', 'backend', 'person']),
  versionLabel: z.string().nullable(),
  versionCount: z.number().int().nullable(),
  /** The creation of the current version; null: not known. */
  rotatedAt: dateText.nullable(),
  rotatedFrom: z.enum(['backend', 'observed', 'person', 'rotation']).nullable(),
  /** Null where `isUseKnown`: never. */
  usedAt: dateText.nullable(),
  isUseKnown: z.boolean(),
  dueAt: dateText.nullable(),
  firstSeenAt: dateText,
  lastSeenAt: dateText,
  missingAt: dateText.nullable(),
  deletedAt: dateText.nullable(),
  recoverableUntil: dateText.nullable(),
  isDestroyed: z.boolean(),
  stuckSince: dateText.nullable(),
  stuckReason: z.string().nullable(),
  lengthClass: z.string().nullable(),
  /** How a plain one was told. */
  why: z.string().nullable(),
  line: z.number().int().nullable(),
  findingId: idText.nullable(),
  consumers: z.number().int(),
  /** Places in which the same value stands, this one included; null where that is not known. */
  samePlaces: z.number().int().nullable(),
  version: z.number().int(),
});
export type SecretDto = z.infer<typeof secretDto>;
export const secretDetailDto = secretDto.extend({
  consumerList: z.array(secretConsumerDto),
  twins: z.array(twinDto),
});
export type SecretDetailDto = z.infer<typeof secretDetailDto>;
export const secretListDto = z.object({ items: z.array(secretDto), nextCursor: z.string().nullable() });
export type SecretListDto = z.infer<typeof secretListDto>;

const filter = <S extends z.ZodType<string, string>>(value: S) =>
  z
    .union([value, z.array(value).min(1).max(20)])
    .transform((given) => (Array.isArray(given) ? given : [given]))
    .optional();

/**
 * What selects secrets. `owner`: a member's id, what the backend names, or `unknown`. `due`: `overdue`, or `soon` for the next 14 days. `same`: the
 * id of a secret, for all places with its value. `use`: `unused` for 90 days without use. Ended ones are left out unless
 * `status` names them. `q`: letters of any case within name, path, owner and backend; of several each must be there. A name with
 * `!` leaves out what it selects.
 */
export const secretFilterInput = z.strictObject({
  status: filter(z.enum(SECRET_STATUSES)),
  'status!': filter(z.enum(SECRET_STATUSES)),
  backend: filter(z.enum(BACKEND_KIND_NAMES)),
  'backend!': filter(z.enum(BACKEND_KIND_NAMES)),
  source: idText.optional(),
  exposure: filter(z.enum(EXPOSURE_NAMES)),
  'exposure!': filter(z.enum(EXPOSURE_NAMES)),
  kind: filter(z.enum(SECRET_KIND_NAMES)),
  'kind!': filter(z.enum(SECRET_KIND_NAMES)),
  owner: filter(z.string().min(1).max(200)),
  'owner!': filter(z.string().min(1).max(200)),
  tag: filter(z.string().min(1).max(60)),
  due: z.enum(['overdue', 'soon']).optional(),
  use: z.enum(['unused']).optional(),
  same: idText.optional(),
  q: filter(z.string().min(1).max(100)),
  'q!': filter(z.string().min(1).max(100)),
});
export type SecretFilterInput = z.input<typeof secretFilterInput>;
export type SecretFilter = z.output<typeof secretFilterInput>;

export const listSecretsInput = secretFilterInput.extend({
  cursor: z.string().min(1).max(400).optional(),
  limit: z.coerce.number().int().min(1).max(LIST_LIMIT_MAX).default(50),
});
export type ListSecretsInput = z.input<typeof listSecretsInput>;

export const SECRET_FACETS = ['status', 'backend', 'exposure', 'kind', 'owner'] as const;
export type SecretFacet = (typeof SECRET_FACETS)[number];
export const secretFacetsDto = z.object({
  facets: z.record(
    z.enum(SECRET_FACETS),
    z.array(z.object({ value: z.string(), label: z.string(), count: z.number().int() })),
  ),
});
export type SecretFacetsDto = z.infer<typeof secretFacetsDto>;

/** `rotatedAt` only where the backend does not know it. */
export const updateSecretInput = z.strictObject({
  ownerUserId: idText.nullable().optional(),
  tags: z
    .array(
      z.string().regex(/^[a-z0-9][a-z0-9_-]{0,39}$/, 'Enter a tag of lower-case letters, digits, - and _.'),
    )
    .max(20)
    .optional(),
  note: line(500).nullable().optional(),
  intervalDays: z.int().min(1).max(INTERVAL_DAYS_MAX).nullable().optional(),
  rotatedAt: z.iso.datetime({ offset: true }).optional(),
});
export type UpdateSecretInput = z.input<typeof updateSecretInput>;

export const addConsumerInput = z.strictObject({ name: line(200), keyId: idText.nullable().default(null) });
export type AddConsumerInput = z.input<typeof addConsumerInput>;

/** `consumer` left out: the consumer that the calling key belongs to, or one named as the key. */
export const reportSeenInput = z.strictObject({ version: line(200), consumer: line(200).optional() });
export type ReportSeenInput = z.input<typeof reportSeenInput>;

/** What a scan says of one secret. There is no field for its value. */
export const scanEntry = z.strictObject({
  is: z.enum(['plain', 'held']),
  name: line(200),
  place: line(600),
  line: z.int().min(1).max(10_000_000).nullable().default(null),
  consumers: z.array(line(200)).max(200).default([]),
  why: line(300),
  lengthClass: z.enum(['1-7', '8-15', '16-31', '32+']).nullable().default(null),
  fingerprint: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'Enter a hexadecimal HMAC-SHA256.')
    .nullable()
    .default(null),
  createdAt: z.iso.datetime({ offset: true }).nullable().default(null),
});
export type ScanEntry = z.output<typeof scanEntry>;

/** All that one source holds: what it held before and lacks now has gone from there. */
export const uploadSecretScanInput = z.strictObject({
  kind: z.enum(SCAN_KINDS),
  source: line(300),
  references: z.int().min(0).max(1_000_000).default(0),
  entries: z.array(scanEntry).max(ENTRIES_MAX),
});
export type UploadSecretScanInput = z.input<typeof uploadSecretScanInput>;
export const secretScanDto = z.object({
  backendId: idText,
  plain: z.number().int(),
  held: z.number().int(),
  gone: z.number().int(),
});
export type SecretScanDto = z.infer<typeof secretScanDto>;

/** Base64url; what the command line digests values with, on the machine where they lie. */
export const scanKeyDto = z.object({ key: z.string() });

/** Secrets that scanners found in repositories, as the room of findings knows them; processes hand it in. */
export interface RepositorySecret {
  findingId: string;
  name: string;
  /** Asset, branch and file. */
  place: string;
  firstSeenAt: Date;
  ownerUserId: string | null;
}
