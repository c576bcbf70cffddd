import { and, desc, eq, inArray, type SQL, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { accessBlock } from '@/db/schema/blocks';
import { userAccount } from '@/db/schema/identity';
import { type ReadTx, readTenant } from '@/db/scope';
import { readKeyNames } from '@/lib/access/api-keys/facts';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { decodeCursor, encodeCursor, timeAndId } from '@/lib/platform/core/http/cursor';
import { isId } from '@/lib/platform/core/ids';
import { type BlockDto, type BlockListDto, type ListBlocksInput, listBlocksInput } from './contract';
import { blockState, restoreUntilMs } from './rules';

const blockColumns = {
  id: accessBlock.id,
  kind: accessBlock.kind,
  value: accessBlock.value,
  reason: accessBlock.reason,
  createdBy: accessBlock.createdBy,
  createdAt: accessBlock.createdAt,
  expiresAt: accessBlock.expiresAt,
  liftedAt: accessBlock.liftedAt,
  liftedBy: accessBlock.liftedBy,
  nowMs: sql<number>`floor(extract(epoch from statement_timestamp()) * 1000)::float8`,
  createdAtExact: sql<string>`to_char(${accessBlock.createdAt} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`,
};

export type BlockFacts = Awaited<ReturnType<typeof selectBlocks>>[number];

export async function selectBlocks(tx: ReadTx, where: SQL | undefined, limit: number) {
  return tx
    .select(blockColumns)
    .from(accessBlock)
    .where(where)
    .orderBy(desc(accessBlock.createdAt), desc(accessBlock.id))
    .limit(limit);
}

interface Names {
  users: Map<string, string>;
  keys: Map<string, string>;
}

async function namesOf(tx: ReadTx, tenantId: string, rows: readonly BlockFacts[]): Promise<Names> {
  const userIds = rows.flatMap(({ kind, value, createdBy, liftedBy }) => [
    ...(kind === 'owner' || kind === 'user' ? [value] : []),
    ...(createdBy ? [createdBy] : []),
    ...(liftedBy ? [liftedBy] : []),
  ]);
  const keyIds = rows.flatMap(({ kind, value }) => (kind === 'key' ? [value] : []));
  const users = await tx
    .select({ id: userAccount.id, name: userAccount.displayName })
    .from(userAccount)
    .where(inArray(userAccount.id, userIds.filter(isId)));
  return {
    users: new Map(users.map(({ id, name }) => [id, name])),
    keys: await readKeyNames(tx, tenantId, keyIds.filter(isId)),
  };
}

function personOf(userId: string | null, { users }: Names) {
  return userId ? { userId, name: users.get(userId) ?? 'Former member' } : null;
}

function labelOf({ kind, value }: BlockFacts, { users, keys }: Names): string | null {
  if (kind === 'key') return keys.get(value) ?? null;
  return kind === 'owner' || kind === 'user' ? (users.get(value) ?? null) : null;
}

function blockDtoOf(row: BlockFacts, names: Names): BlockDto {
  const times = {
    expiresAtMs: row.expiresAt?.getTime() ?? null,
    liftedAtMs: row.liftedAt?.getTime() ?? null,
  };
  const untilMs = restoreUntilMs(times, row.nowMs);
  return {
    id: row.id,
    kind: row.kind,
    value: row.value,
    label: labelOf(row, names),
    reason: row.reason,
    state: blockState(times, row.nowMs),
    createdBy: personOf(row.createdBy, names),
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt?.toISOString() ?? null,
    liftedAt: row.liftedAt?.toISOString() ?? null,
    liftedBy: personOf(row.liftedBy, names),
    restoreUntil: untilMs === null ? null : new Date(untilMs).toISOString(),
  };
}

export function blockNotFound(): AppError {
  return new AppError('not_found', 'Block not found in this tenant.');
}

/** One block in the caller's transaction. @throws AppError `not_found` */
export async function readBlock(tx: ReadTx, tenantId: string, blockId: string): Promise<BlockDto> {
  if (!isId(blockId)) throw blockNotFound();
  const where = and(eq(accessBlock.tenantId, tenantId), eq(accessBlock.id, blockId));
  const [row] = await selectBlocks(tx, where, 1);
  if (!row) throw blockNotFound();
  return blockDtoOf(row, await namesOf(tx, tenantId, [row]));
}

const isOver = sql`${accessBlock.expiresAt} <= statement_timestamp()`;

/** Stands now: neither lifted nor over. */
export const isStanding = sql`(${accessBlock.liftedAt} is null and (${accessBlock.expiresAt} is null or ${accessBlock.expiresAt} > statement_timestamp()))`;

const inState = {
  active: isStanding,
  lifted: sql`${accessBlock.liftedAt} is not null`,
  expired: sql`(${accessBlock.liftedAt} is null and ${isOver})`,
};

function matchesText(text: string): SQL {
  const pattern = `%${text.replace(/[\\%_]/g, '\\$&')}%`;
  return sql`(${accessBlock.value} ilike ${pattern} or ${accessBlock.reason} ilike ${pattern})`;
}

function filterOf(tenantId: string, filter: z.output<typeof listBlocksInput>): SQL | undefined {
  const place = filter.cursor ? decodeCursor(filter.cursor, timeAndId) : null;
  return and(
    eq(accessBlock.tenantId, tenantId),
    place
      ? sql`(${accessBlock.createdAt}, ${accessBlock.id}) < (${place.at}::timestamptz, ${place.id}::uuid)`
      : undefined,
    filter.state ? inState[filter.state] : undefined,
    filter.kind ? eq(accessBlock.kind, filter.kind) : undefined,
    filter.covers
      ? sql`case when ${accessBlock.kind} = 'ip' then ${accessBlock.value}::cidr >>= ${filter.covers}::inet else false end`
      : undefined,
    filter.q ? matchesText(filter.q) : undefined,
  );
}

/** A page of blocks, newest first; expired and lifted ones stay listed. */
export async function listBlocks(actor: Actor, input: ListBlocksInput): Promise<BlockListDto> {
  requirePermission(actor, 'blocks:read');
  const filter = listBlocksInput.parse(input);
  const where = filterOf(actor.tenantId, filter);
  return readTenant(actor, async (tx) => {
    const rows = await selectBlocks(tx, where, filter.limit + 1);
    const page = rows.slice(0, filter.limit);
    const last = rows.length > filter.limit ? page.at(-1) : undefined;
    const names = await namesOf(tx, actor.tenantId, page);
    return {
      items: page.map((row) => blockDtoOf(row, names)),
      nextCursor: last ? encodeCursor({ at: last.createdAtExact, id: last.id }) : null,
    };
  });
}
