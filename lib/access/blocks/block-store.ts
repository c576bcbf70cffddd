import { and, eq, sql } from 'drizzle-orm';
import { accessBlock } from '@/db/schema/blocks';
import type { WriteTx } from '@/db/scope';
import type { AuditTarget } from '@/lib/platform/audit/contract';
import type { Actor } from '@/lib/platform/auth/contract';
import { getEnv } from '@/lib/platform/core/env/env';
import { AppError } from '@/lib/platform/core/errors';
import { isId } from '@/lib/platform/core/ids';
import { enqueue } from '@/lib/platform/jobs/enqueue';
import { BlockSet } from './block-set';
import {
  ACTIVE_BLOCKS_MAX,
  ACTIVE_PATTERNS_MAX,
  BLOCK_KINDS,
  type BlockKind,
  type BlockRow,
} from './contract';
import { blockNotFound, isStanding } from './queries';
import { isPattern } from './rules';

export interface LockedBlock {
  id: string;
  kind: BlockKind;
  value: string;
  reason: string;
  expiresAtMs: number | null;
  liftedAtMs: number | null;
  nowMs: number;
}

/** Reads a block and holds it until the transaction ends. @throws AppError `not_found` */
export async function lockBlock(tx: WriteTx, tenantId: string, blockId: string): Promise<LockedBlock> {
  if (!isId(blockId)) throw blockNotFound();
  const [row] = await tx
    .select({
      id: accessBlock.id,
      kind: accessBlock.kind,
      value: accessBlock.value,
      reason: accessBlock.reason,
      expiresAt: accessBlock.expiresAt,
      liftedAt: accessBlock.liftedAt,
      nowMs: sql<number>`floor(extract(epoch from clock_timestamp()) * 1000)::float8`,
    })
    .from(accessBlock)
    .where(and(eq(accessBlock.tenantId, tenantId), eq(accessBlock.id, blockId)))
    .for('update');
  if (!row) throw blockNotFound();
  const { expiresAt, liftedAt, ...block } = row;
  return { ...block, expiresAtMs: expiresAt?.getTime() ?? null, liftedAtMs: liftedAt?.getTime() ?? null };
}

export function blockTarget({
  id,
  kind,
  value,
}: {
  id: string;
  kind: BlockKind;
  value: string;
}): AuditTarget {
  return { type: 'block', id, label: `${BLOCK_KINDS[kind]} ${value}` };
}

/** Whether the block would refuse the very request that makes it. */
function hitsActor(actor: Actor, row: BlockRow): boolean {
  const { ip, userAgent, method, host, path } = actor.request;
  const userId = actor.type === 'user' ? actor.userId : null;
  const subject = {
    ip,
    keyId: actor.type === 'key' ? actor.keyId : null,
    ownerId: userId,
    userId,
    sessionId: null,
    userAgent,
    method,
    host: host?.replace(/:\d+$/, '').toLowerCase() ?? null,
    path,
  };
  return new BlockSet([row]).find(subject, 0) !== null;
}

/** @throws AppError `would_lock_you_out` where the block hits the actor, unless that is confirmed */
export function refuseLockOut(
  actor: Actor,
  block: Pick<BlockRow, 'id' | 'kind' | 'value' | 'reason' | 'expiresAtMs'>,
  isConfirmed: boolean,
): void {
  if (isConfirmed || !hitsActor(actor, { ...block, tenantId: actor.tenantId })) return;
  throw new AppError(
    'would_lock_you_out',
    `This block also matches you (${BLOCK_KINDS[block.kind].toLowerCase()} ${block.value}). Send confirm: true to block it anyway.`,
  );
}

/**
 * After the change: the tenant's revision row is held since then, so nobody else's block slips in between.
 * @throws AppError `conflict` where the same is blocked already or too many blocks stand
 */
export async function requireRoom(
  tx: WriteTx,
  tenantId: string,
  block: { kind: BlockKind; value: string },
): Promise<void> {
  const [counts] = await tx
    .select({
      standing: sql<number>`count(*)::float8`,
      patterns: sql<number>`count(*) filter (where ${accessBlock.kind} in ('user_agent', 'route'))::float8`,
      same: sql<number>`count(*) filter (where ${accessBlock.kind} = ${block.kind} and ${accessBlock.value} = ${block.value})::float8`,
    })
    .from(accessBlock)
    .where(and(eq(accessBlock.tenantId, tenantId), isStanding));
  if (!counts) throw new Error('The blocks were not counted');
  if (counts.same > 1)
    throw new AppError('conflict', 'This is already blocked. Lift the existing block first.');
  if (counts.standing > ACTIVE_BLOCKS_MAX) {
    throw new AppError(
      'conflict',
      `You can have at most ${ACTIVE_BLOCKS_MAX} active blocks. Lift some first.`,
    );
  }
  if (isPattern(block.kind) && counts.patterns > ACTIVE_PATTERNS_MAX) {
    throw new AppError(
      'conflict',
      `At most ${ACTIVE_PATTERNS_MAX} active blocks of user agents and routes are allowed. Lift some first.`,
    );
  }
}

/** A user of Supabase is also banned there, or no longer, by the worker: from here on it issues them no token. */
export async function followAtSupabase(
  tx: WriteTx,
  tenantId: string,
  { kind, value }: { kind: BlockKind; value: string },
): Promise<void> {
  const { supabase } = getEnv();
  if (kind !== 'user' || !isId(value) || !supabase?.serviceRoleKey || supabase.tenantId !== tenantId) return;
  await enqueue(tx, 'supabase.sync-ban', { v: 1, tenantId, userId: value });
}
