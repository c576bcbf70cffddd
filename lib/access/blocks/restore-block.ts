import { and, eq } from 'drizzle-orm';
import { accessBlock } from '@/db/schema/blocks';
import { inTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { blockTarget, followAtSupabase, lockBlock, refuseLockOut, requireRoom } from './block-store';
import { type BlockDto, type RestoreBlockInput, restoreBlockInput } from './contract';
import { readBlock } from './queries';
import { restoreUntilMs } from './rules';

/**
 * Takes back a lift within an hour: the block stands again, until the end it had.
 * @throws AppError `conflict` where it stands, is over or was lifted too long ago; `would_lock_you_out`
 */
export async function restoreBlock(
  actor: Actor,
  blockId: string,
  given: RestoreBlockInput = {},
): Promise<BlockDto> {
  requirePermission(actor, 'blocks:write');
  const { confirm } = restoreBlockInput.parse(given);
  return inTenant(actor, async (tx) => {
    const block = await lockBlock(tx, actor.tenantId, blockId);
    if (restoreUntilMs(block, block.nowMs) === null) {
      throw new AppError('conflict', 'You can no longer restore this block. Create a new one.');
    }
    refuseLockOut(actor, block, confirm);
    await tx
      .update(accessBlock)
      .set({ liftedAt: null, liftedBy: null })
      .where(and(eq(accessBlock.tenantId, actor.tenantId), eq(accessBlock.id, block.id)));
    await requireRoom(tx, actor.tenantId, block);
    await followAtSupabase(tx, actor.tenantId, block);
    await recordAudit(tx, actor, {
      action: 'block.restored',
      target: blockTarget(block),
      details: { kind: block.kind, value: block.value },
    });
    return readBlock(tx, actor.tenantId, block.id);
  });
}
