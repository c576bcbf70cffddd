/**
 * An event as it is sealed: what the row holds, as text, never by way of a JavaScript `Date` or number that could change it.
 * Ids are lower-case UUIDs, times ISO 8601 UTC with six digits of fraction, `ip` an address with its prefix where that is not
 * the whole address, `details` the row's JSON exactly as Postgres prints jsonb.
 */
export interface SealedEvent {
  tenantId: string;
  at: string;
  id: string;
  recordedAt: string;
  category: string;
  action: string;
  outcome: string;
  code: string | null;
  actorType: string;
  actorId: string | null;
  actorLabel: string | null;
  sessionId: string | null;
  keyId: string | null;
  keyVersionId: string | null;
  ip: string | null;
  userAgent: string | null;
  method: string | null;
  host: string | null;
  path: string | null;
  status: number | null;
  durationUs: number | null;
  targetType: string | null;
  targetId: string | null;
  targetLabel: string | null;
  reason: string | null;
  requestId: string;
  details: string | null;
  /** Which encoder made the leaf. */
  schemaVersion: number;
}

/**
 * Fields that may name or describe a person, in the order of their salts. The leaf holds hashes of them under salts of their
 * own, so that each can be erased and the proof of the rest still holds.
 */
export const PERSONAL_FIELDS = [
  'actorLabel',
  'ip',
  'userAgent',
  'path',
  'targetLabel',
  'targetId',
  'host',
  'reason',
  'details',
] as const satisfies readonly (keyof SealedEvent)[];
export type PersonalField = (typeof PERSONAL_FIELDS)[number];

export const SALT_BYTES = 16;

/** What opens the hash of one value: its salt, or, of an erased one, nothing but the hash. Base64. */
export type ValueOpening = { salt: string } | { hash: string };

/** What is left of a row's salt once a field of it is erased: the salts of the others. `members`: of `details`, in order. */
export type FieldOpenings = Partial<Record<PersonalField, ValueOpening | { members: ValueOpening[] }>>;

/** How the personal fields of a leaf open: by the salt of the row, 16 bytes, or field by field after an erasure. */
export type Opening = { salt: Uint8Array } | { fields: FieldOpenings };
