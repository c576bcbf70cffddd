import { sql } from 'drizzle-orm';
import type { z } from 'zod';
import { accessBlock } from '@/db/schema/blocks';
import { inTenant, type WriteTx } from '@/db/scope';
import { readKeyNames } from '@/lib/access/api-keys/facts';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { parseDuration } from '@/lib/platform/core/clock';
import { AppError } from '@/lib/platform/core/errors';
import { answerOnce } from '@/lib/platform/core/http/idempotency';
import { isId, newId } from '@/lib/platform/core/ids';
import { blockTarget, followAtSupabase, refuseLockOut, requireRoom } from './block-store';
import { canonicalValue } from './canonical-value';
import { type BlockDto, type CreateBlockInput, createBlockInput } from './contract';
import { readBlock } from './queries';

type Input = z.output<typeof createBlockInput>;

/** A mistyped id would be a block that never holds. */
async function requireKey(tx: WriteTx, tenantId: string, keyId: string): Promise<void> {
  if ((await readKeyNames(tx, tenantId, isId(keyId) ? [keyId] : [])).has(keyId)) return;
  const message = 'Key not found in this tenant.';
  throw new AppError('unprocessable', message, { fields: [{ path: 'value', message }] });
}

async function insertBlock(
  tx: WriteTx,
  actor: Actor,
  { kind, value, reason, duration }: Input,
): Promise<BlockDto> {
  if (kind === 'key') await requireKey(tx, actor.tenantId, value);
  const block = { id: newId(), kind, value };
  const durationMs = duration === null ? null : parseDuration(duration);
  await tx.insert(accessBlock).values({
    ...block,
    tenantId: actor.tenantId,
    reason,
    createdBy: actor.type === 'user' ? actor.userId : null,
    createdAt: sql`clock_timestamp()`,
    expiresAt:
      durationMs === null ? null : sql`clock_timestamp() + ${`${durationMs} milliseconds`}::text::interval`,
  });
  await requireRoom(tx, actor.tenantId, block);
  await followAtSupabase(tx, actor.tenantId, block);
  const made = await readBlock(tx, actor.tenantId, block.id);
  await recordAudit(tx, actor, {
    action: 'block.created',
    target: blockTarget(block),
    reason,
    details: { kind, value, expiresAt: made.expiresAt },
  });
  return made;
}

/**
 * Blocks an address, a key, an owner, a user, a session, a user agent or a route. From the commit on every gate
 * refuses what falls under it; it ends by itself.
 * @throws AppError `would_lock_you_out`, `conflict` (blocked already), `unprocessable` (no such key)
 */
export async function createBlock(
  actor: Actor,
  given: CreateBlockInput,
  idempotencyKey: string | null = null,
): Promise<BlockDto> {
  requirePermission(actor, 'blocks:write');
  const parsed = createBlockInput.parse(given);
  const input = { ...parsed, value: canonicalValue(parsed.kind, parsed.value) };
  refuseLockOut(actor, { ...input, id: 'new', expiresAtMs: null }, input.confirm);
  return inTenant(actor, (tx) =>
    answerOnce(tx, actor, { key: idempotencyKey, route: 'blocks.create', input }, async () => {
      const answer = await insertBlock(tx, actor, input);
      return { answer, kept: answer };
    }),
  );
}
