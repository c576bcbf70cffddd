import type { secret } from '@/db/schema/secrets';
import { newId } from '@/lib/platform/core/ids';
import type { ReadSecret } from './backends/backend';
import { dueAtMs, intervalOf } from './rules';

export type SecretRow = typeof secret.$inferSelect;
type NewSecretRow = typeof secret.$inferInsert;

export interface MergeContext {
  tenantId: string;
  backendId: string;
  now: Date;
  /** The installation is as old as what is seen: what is new to us is new. */
  isFresh?: boolean;
}

/** Whether the backend holds another version than the one that is known; false where it cannot be told. */
function isNewVersion(before: SecretRow, read: ReadSecret): boolean {
  if (before.fingerprint !== null && read.fingerprint) return before.fingerprint !== read.fingerprint;
  if (before.versionLabel !== null && read.versionLabel) return before.versionLabel !== read.versionLabel;
  if (before.rotatedAt !== null && read.rotatedAt)
    return before.rotatedAt.getTime() !== read.rotatedAt.getTime();
  return false;
}

type Age = Pick<SecretRow, 'rotatedAt' | 'rotatedFrom'>;

function ageOf(
  before: SecretRow | null,
  read: ReadSecret,
  isNew: boolean,
  { now, isFresh }: MergeContext,
): Age {
  if (before && !isNew && before.rotatedAt !== null && before.rotatedFrom !== 'backend')
    return { rotatedAt: before.rotatedAt, rotatedFrom: before.rotatedFrom };
  const hasHistory = before !== null && isNew;
  // A scanned object keeps the date of its creation when its value is edited: what was observed is later.
  if (hasHistory && read.fingerprint) return { rotatedAt: now, rotatedFrom: 'observed' };
  if (read.rotatedAt) return { rotatedAt: read.rotatedAt, rotatedFrom: 'backend' };
  if (hasHistory || (before === null && isFresh)) return { rotatedAt: now, rotatedFrom: 'observed' };
  return { rotatedAt: before?.rotatedAt ?? null, rotatedFrom: before?.rotatedFrom ?? null };
}

const unionOf = (one: readonly string[], other: readonly string[]) =>
  [...new Set([...one, ...other])].slice(0, 20);

const UNSAID = {
  ownerLabel: null,
  ownerUserId: null,
  tags: [] as readonly string[],
  intervalDays: null,
  versionLabel: null,
  versionCount: null,
  usedAt: null,
  isUseKnown: false,
  deletedAt: null,
  recoverableUntil: null,
  isDestroyed: false,
  stuckSince: null,
  stuckReason: null,
  fingerprint: null,
  lengthClass: null,
  why: null,
  line: null,
  findingId: null,
};
const UNKNOWN = {
  ownerUserId: null,
  tags: [] as string[],
  note: null,
  versionLabel: null,
  versionCount: null,
  rotationState: null,
  version: 1,
};

/** The row of a secret after a reading. What people set stands; what the backend says of itself is taken over. */
export function mergeSecret(before: SecretRow | null, read: ReadSecret, context: MergeContext): NewSecretRow {
  const { tenantId, backendId, now } = context;
  const { consumers: _consumers, intervalDays, ...seen } = { ...UNSAID, ...read };
  const known = before ?? { ...UNKNOWN, id: newId(now.getTime()), model: seen.model, firstSeenAt: now };
  const isNew = before !== null && isNewVersion(before, read);
  const tags = unionOf(known.tags, seen.tags);
  const interval = intervalOf(before, { fromBackend: intervalDays, tags });
  const age = ageOf(before, read, isNew, context);
  const dueMs = dueAtMs({
    model: seen.model,
    sinceMs: (age.rotatedAt ?? known.firstSeenAt).getTime(),
    intervalDays: interval.intervalDays,
    dueBeforeMs: before && !isNew ? (before.dueAt?.getTime() ?? null) : null,
  });
  return {
    ...seen,
    tenantId,
    backendId,
    id: known.id,
    name: seen.name.slice(0, 200),
    model: known.model === 'dual' ? 'dual' : seen.model,
    ownerUserId: known.ownerUserId ?? seen.ownerUserId,
    ownerLabel: seen.ownerLabel?.slice(0, 200) ?? null,
    tags,
    note: known.note,
    ...interval,
    versionLabel: seen.versionLabel ?? known.versionLabel,
    versionCount: seen.versionCount ?? known.versionCount,
    ...age,
    // What lies in a repository has its due date as a finding.
    dueAt: dueMs === null || seen.kind === 'leak' ? null : new Date(dueMs),
    firstSeenAt: known.firstSeenAt,
    lastSeenAt: now,
    missingAt: null,
    deletedAt: seen.deletedAt && before?.deletedAt ? before.deletedAt : seen.deletedAt,
    rotationState: known.rotationState,
    version: known.version,
  };
}

/** Whether the reading changed what people see of it: dates of seeing it again do not. */
export function isChanged(before: SecretRow, after: NewSecretRow): boolean {
  const { lastSeenAt: _seen, usedAt: _used, missingAt, ...rest } = after;
  if (before.missingAt !== null && missingAt === null) return true;
  return Object.entries(rest).some(([name, value]) => {
    const was = before[name as keyof SecretRow];
    if (value instanceof Date || was instanceof Date)
      return String(value?.valueOf()) !== String(was?.valueOf());
    return JSON.stringify(value) !== JSON.stringify(was);
  });
}
