import { and, eq, sql } from 'drizzle-orm';
import { apiKey, apiKeyVersion } from '@/db/schema/api-keys';
import type { ReadTx, WriteTx } from '@/db/scope';
import {
  REVOKE_REASONS,
  type RevokeReason,
  VERSION_STATES,
  type VersionState,
} from '@/lib/access/api-keys/contract';
import type { KeyVersions, VersionFacts } from '@/lib/access/api-keys/transitions';
import type { AuditTarget } from '@/lib/platform/audit/contract';
import { digestKey, generateKey } from '@/lib/platform/auth/credential/key-format';
import { requireEnv } from '@/lib/platform/core/env/env';
import { AppError } from '@/lib/platform/core/errors';
import { isId } from '@/lib/platform/core/ids';

export interface LockedKey extends KeyVersions {
  row: typeof apiKey.$inferSelect;
}

const msOf = (at: Date | null) => at?.getTime() ?? null;
const dateOf = (ms: number | null) => (ms === null ? null : new Date(ms));

/** A stored text as a member of its closed list; the database's checks and our own writes keep it one. */
export function asRevokeReason(text: string | null): RevokeReason | null {
  return REVOKE_REASONS.find((reason) => reason === text) ?? null;
}

function asVersionState(text: string | null): VersionState | null {
  return VERSION_STATES.find((state) => state === text) ?? null;
}

export function keyNotFound(): AppError {
  return new AppError('not_found', 'Key not found in this tenant.');
}

/** The database's clock in Unix milliseconds, read when the statement runs. */
export async function databaseNowMs(tx: ReadTx): Promise<number> {
  const [row] = await tx.execute<{ ms: number }>(
    sql`select floor(extract(epoch from clock_timestamp()) * 1000)::float8 as ms`,
  );
  if (!row) throw new Error('The database did not tell its time');
  return row.ms;
}

const factColumns = {
  id: apiKeyVersion.id,
  number: apiKeyVersion.number,
  state: apiKeyVersion.state,
  predecessorGraceSeconds: apiKeyVersion.predecessorGraceSeconds,
  activatedAt: apiKeyVersion.activatedAt,
  graceUntil: apiKeyVersion.graceUntil,
  endedAt: apiKeyVersion.endedAt,
  revokedReason: apiKeyVersion.revokedReason,
  stateBeforeRevoke: apiKeyVersion.stateBeforeRevoke,
};

/** Reads a key with its versions and holds it until the transaction ends; everybody who changes a key waits here. */
export async function lockKey(tx: WriteTx, tenantId: string, keyId: string): Promise<LockedKey> {
  if (!isId(keyId)) throw keyNotFound();
  const [row] = await tx
    .select()
    .from(apiKey)
    .where(and(eq(apiKey.tenantId, tenantId), eq(apiKey.id, keyId)))
    .for('update');
  if (!row) throw keyNotFound();
  const rows = await tx
    .select(factColumns)
    .from(apiKeyVersion)
    .where(and(eq(apiKeyVersion.tenantId, tenantId), eq(apiKeyVersion.keyId, keyId)))
    .orderBy(apiKeyVersion.number);
  const versions = rows.map(({ activatedAt, graceUntil, endedAt, ...version }) => ({
    ...version,
    activatedAtMs: msOf(activatedAt),
    graceUntilMs: msOf(graceUntil),
    endedAtMs: msOf(endedAt),
    revokedReason: asRevokeReason(version.revokedReason),
    stateBeforeRevoke: asVersionState(version.stateBeforeRevoke),
  }));
  const key = {
    expiresAtMs: msOf(row.expiresAt),
    disabledAtMs: msOf(row.disabledAt),
    revokedAtMs: msOf(row.revokedAt),
    revokedReason: asRevokeReason(row.revokedReason),
  };
  return { row, key, versions, nowMs: await databaseNowMs(tx) };
}

function stateColumns(version: VersionFacts) {
  return {
    state: version.state,
    activatedAt: dateOf(version.activatedAtMs),
    graceUntil: dateOf(version.graceUntilMs),
    endedAt: dateOf(version.endedAtMs),
    revokedReason: version.revokedReason,
    stateBeforeRevoke: version.stateBeforeRevoke,
  };
}

/** Writes changed versions in the order given; the partial unique indexes hold at every step. */
export async function writeVersions(
  tx: WriteTx,
  key: LockedKey,
  changes: readonly VersionFacts[],
): Promise<void> {
  const { tenantId } = key.row;
  for (const version of changes) {
    await tx
      .update(apiKeyVersion)
      .set(stateColumns(version))
      .where(and(eq(apiKeyVersion.tenantId, tenantId), eq(apiKeyVersion.id, version.id)));
  }
}

export interface NewVersion {
  keyId: string;
  environment: 'live' | 'test';
  facts: VersionFacts;
  createdBy: string | null;
  reason: string | null;
}

/** Makes and stores a new secret; the returned text is the only copy there will ever be. */
export async function insertVersion(tx: WriteTx, tenantId: string, version: NewVersion): Promise<string> {
  const pepper = requireEnv('keyPepper');
  const { key, publicId, last4 } = generateKey(version.environment);
  const { facts } = version;
  await tx.insert(apiKeyVersion).values({
    tenantId,
    id: facts.id,
    keyId: version.keyId,
    number: facts.number,
    publicId,
    digest: digestKey(key, pepper.value),
    pepperId: pepper.id,
    last4,
    predecessorGraceSeconds: facts.predecessorGraceSeconds,
    reason: version.reason,
    createdBy: version.createdBy,
    ...stateColumns(facts),
  });
  return key;
}

type KeyChange = Partial<typeof apiKey.$inferInsert>;

/** Writes columns of the key itself and raises its version, as every change made by a person does. */
export async function touchKey(tx: WriteTx, key: LockedKey, change: KeyChange = {}): Promise<void> {
  const { tenantId, id } = key.row;
  await tx
    .update(apiKey)
    .set({ ...change, updatedAt: sql`clock_timestamp()`, version: sql`${apiKey.version} + 1` })
    .where(and(eq(apiKey.tenantId, tenantId), eq(apiKey.id, id)));
}

export function keyTarget(row: { id: string; name: string }): AuditTarget {
  return { type: 'key', id: row.id, label: row.name };
}
