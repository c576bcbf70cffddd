import { and, eq, sql } from 'drizzle-orm';
import { accessBlock } from '@/db/schema/blocks';
import { inTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { blockTarget, followAtSupabase, lockBlock } from './block-store';
import { type BlockDto, type LiftBlockInput, liftBlockInput } from './contract';
import { readBlock } from './queries';
import { blockState } from './rules';

/** Ends a block now; for an hour it can be restored. @throws AppError `conflict` where it does not stand */
export async function liftBlock(
  actor: Actor,
  blockId: string,
  given: LiftBlockInput = {},
): Promise<BlockDto> {
  requirePermission(actor, 'blocks:write');
  const { reason } = liftBlockInput.parse(given);
  return inTenant(actor, async (tx) => {
    const block = await lockBlock(tx, actor.tenantId, blockId);
    const state = blockState(block, block.nowMs);
    if (state !== 'active') throw new AppError('conflict', `The block is already ${state}.`);
    await tx
      .update(accessBlock)
      .set({ liftedAt: sql`clock_timestamp()`, liftedBy: actor.type === 'user' ? actor.userId : null })
      .where(and(eq(accessBlock.tenantId, actor.tenantId), eq(accessBlock.id, block.id)));
    await followAtSupabase(tx, actor.tenantId, block);
    await recordAudit(tx, actor, {
      action: 'block.lifted',
      target: blockTarget(block),
      details: { kind: block.kind, value: block.value },
      ...(reason ? { reason } : {}),
    });
    return readBlock(tx, actor.tenantId, block.id);
  });
}
