import { and, desc, eq, inArray, or, type SQL, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { apiKey, apiKeyVersion } from '@/db/schema/api-keys';
import { userAccount } from '@/db/schema/identity';
import { type ReadTx, readTenant } from '@/db/scope';
import { keyNotFound } from '@/lib/access/api-keys/change/key-store';
import {
  type KeyDto,
  type keyListDto,
  type ListKeysInput,
  listKeysInput,
} from '@/lib/access/api-keys/contract';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { decodeCursor, encodeCursor, timeAndId } from '@/lib/platform/core/http/cursor';
import { isId } from '@/lib/platform/core/ids';
import { KEY_CONDITIONS } from './key-conditions';
import { type KeyRow, keyDtoOf, type VersionRow } from './key-dto';
import { statusIs } from './status-sql';
import { hoursOf, usageOf } from './usage';

const keyColumns = {
  id: apiKey.id,
  name: apiKey.name,
  description: apiKey.description,
  tags: apiKey.tags,
  environment: apiKey.environment,
  ownerUserId: apiKey.ownerUserId,
  ownerName: userAccount.displayName,
  scopes: apiKey.scopes,
  allowedCidrs: apiKey.allowedCidrs,
  rateLimits: apiKey.rateLimits,
  expiresAt: apiKey.expiresAt,
  disabledAt: apiKey.disabledAt,
  revokedAt: apiKey.revokedAt,
  revokedReason: apiKey.revokedReason,
  createdAt: apiKey.createdAt,
  updatedAt: apiKey.updatedAt,
  version: apiKey.version,
  nowMs: sql<number>`floor(extract(epoch from statement_timestamp()) * 1000)::float8`,
  createdAtExact: sql<string>`to_char(${apiKey.createdAt} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`,
};

/** Everything of a version that may be shown; digest and pepper are not even readable for app_ro. */
const versionColumns = {
  id: apiKeyVersion.id,
  keyId: apiKeyVersion.keyId,
  number: apiKeyVersion.number,
  publicId: apiKeyVersion.publicId,
  last4: apiKeyVersion.last4,
  state: apiKeyVersion.state,
  predecessorGraceSeconds: apiKeyVersion.predecessorGraceSeconds,
  reason: apiKeyVersion.reason,
  createdAt: apiKeyVersion.createdAt,
  activatedAt: apiKeyVersion.activatedAt,
  graceUntil: apiKeyVersion.graceUntil,
  endedAt: apiKeyVersion.endedAt,
  revokedReason: apiKeyVersion.revokedReason,
  stateBeforeRevoke: apiKeyVersion.stateBeforeRevoke,
};

async function selectKeys(tx: ReadTx, where: SQL | undefined, limit: number): Promise<KeyRow[]> {
  return tx
    .select(keyColumns)
    .from(apiKey)
    .leftJoin(userAccount, eq(userAccount.id, apiKey.ownerUserId))
    .where(where)
    .orderBy(desc(apiKey.createdAt), desc(apiKey.id))
    .limit(limit);
}

async function versionsOf(tx: ReadTx, tenantId: string, keyIds: readonly string[]): Promise<VersionRow[]> {
  return tx
    .select(versionColumns)
    .from(apiKeyVersion)
    .where(and(eq(apiKeyVersion.tenantId, tenantId), inArray(apiKeyVersion.keyId, [...keyIds])))
    .orderBy(desc(apiKeyVersion.number));
}

function byKey<T extends { keyId: string }>(rows: readonly T[]): Map<string, T[]> {
  return Map.groupBy(rows, (row) => row.keyId);
}

async function withDetails(tx: ReadTx, tenantId: string, rows: readonly KeyRow[]): Promise<KeyDto[]> {
  if (rows.length === 0) return [];
  const ids = rows.map((row) => row.id);
  const versions = byKey(await versionsOf(tx, tenantId, ids));
  const usage = byKey(await usageOf(tx, tenantId, ids));
  const hours = byKey(await hoursOf(tx, tenantId, ids));
  return rows.map((row) =>
    keyDtoOf(row, versions.get(row.id) ?? [], usage.get(row.id) ?? [], hours.get(row.id) ?? []),
  );
}

/** One key with all its versions, newest first, in the caller's transaction. */
export async function readKey(tx: ReadTx, tenantId: string, keyId: string): Promise<KeyDto> {
  if (!isId(keyId)) throw keyNotFound();
  const rows = await selectKeys(tx, and(eq(apiKey.tenantId, tenantId), eq(apiKey.id, keyId)), 1);
  const [key] = await withDetails(tx, tenantId, rows);
  if (!key) throw keyNotFound();
  return key;
}

/** @throws AppError `not_found`, also for another tenant's key */
export async function getKey(actor: Actor, keyId: string): Promise<KeyDto> {
  requirePermission(actor, 'keys:read');
  return readTenant(actor, (tx) => readKey(tx, actor.tenantId, keyId));
}

const DISPLAY_PREFIX = /^blw_(?:live|test)_([0-9A-Za-z]{1,16})/;

function matchesText(text: string): SQL | undefined {
  const publicId = DISPLAY_PREFIX.exec(text)?.[1];
  if (publicId) {
    return sql`exists (select 1 from ${apiKeyVersion} v where v.tenant_id = ${apiKey.tenantId}
      and v.key_id = ${apiKey.id} and starts_with(v.public_id, ${publicId}))`;
  }
  const pattern = `%${text.replace(/[\\%_]/g, '\\$&')}%`;
  return or(
    sql`${apiKey.name} ilike ${pattern}`,
    sql`${apiKey.description} ilike ${pattern}`,
    isId(text) ? eq(apiKey.id, text) : undefined,
  );
}

function filterOf(tenantId: string, filter: z.output<typeof listKeysInput>): SQL | undefined {
  const place = filter.cursor ? decodeCursor(filter.cursor, timeAndId) : null;
  return and(
    eq(apiKey.tenantId, tenantId),
    place
      ? sql`(${apiKey.createdAt}, ${apiKey.id}) < (${place.at}::timestamptz, ${place.id}::uuid)`
      : undefined,
    filter.q ? matchesText(filter.q) : undefined,
    filter.status ? statusIs(filter.status) : undefined,
    ...(filter.is ?? []).map((need) => KEY_CONDITIONS[need]),
    ...(filter.notIs ?? []).map((need) => sql`(${KEY_CONDITIONS[need]}) is not true`),
    filter.environment ? eq(apiKey.environment, filter.environment) : undefined,
    filter.owner ? eq(apiKey.ownerUserId, filter.owner) : undefined,
    filter.scope ? sql`${filter.scope} = any(${apiKey.scopes})` : undefined,
    filter.tag ? sql`${filter.tag} = any(${apiKey.tags})` : undefined,
  );
}

function forList(key: KeyDto): KeyDto {
  const live = key.versions.filter((version) => version.endedAt === null && version.state !== 'retired');
  return { ...key, versions: live };
}

/** A page of keys, newest first, each with its live versions; ended keys stay listed. */
export async function listKeys(actor: Actor, input: ListKeysInput): Promise<z.output<typeof keyListDto>> {
  requirePermission(actor, 'keys:read');
  const filter = listKeysInput.parse(input);
  const where = filterOf(actor.tenantId, filter);
  return readTenant(actor, async (tx) => {
    const rows = await selectKeys(tx, where, filter.limit + 1);
    const page = rows.slice(0, filter.limit);
    const last = rows.length > filter.limit ? page.at(-1) : undefined;
    const items = (await withDetails(tx, actor.tenantId, page)).map(forList);
    return { items, nextCursor: last ? encodeCursor({ at: last.createdAtExact, id: last.id }) : null };
  });
}
