import { inTenant, readDeciding } from '@/db/scope';
import { readUserBlock } from '@/lib/access/blocks/facts';
import { recordAudit } from '@/lib/platform/audit/record';
import type { JobActor } from '@/lib/platform/auth/contract';
import { getEnv } from '@/lib/platform/core/env/env';
import { log } from '@/lib/platform/core/log';
import type { JobHandler } from '@/lib/platform/jobs/enqueue';
import { supabaseAdminOf } from './admin';

const ROUNDS_MAX = 3;

/** How long a user is blocked for from now; null: without an end, 0: not at all. The longest block counts. */
type Blocked = { forSeconds: number | null; blockId: string | null };

async function readBlocked(actor: JobActor, userId: string): Promise<Blocked> {
  const block = await readDeciding(actor, (tx) => readUserBlock(tx, actor.tenantId, userId));
  return block ? { forSeconds: block.forSeconds, blockId: block.id } : { forSeconds: 0, blockId: null };
}

/**
 * Brings a user's ban at Supabase in line with their block here. It looks again after each call, because a block may
 * be lifted, or made, while Supabase is being asked.
 */
export const syncBan: JobHandler<'supabase.sync-ban'> = async (actor, { userId }, context) => {
  const admin = supabaseAdminOf(getEnv().supabase);
  if (!admin) return;
  let blocked = await readBlocked(actor, userId);
  for (let round = 1; ; round++) {
    const isKnown = await admin.setBan(userId, blocked.forSeconds);
    if (!isKnown) {
      log().info({ userId }, 'the blocked user is none of Supabase');
      return;
    }
    const now = await readBlocked(actor, userId);
    if (now.blockId === blocked.blockId) break;
    if (round === ROUNDS_MAX) throw new Error('The block kept changing while Supabase was asked');
    blocked = now;
  }
  const isBanned = blocked.forSeconds !== 0;
  await inTenant(actor, async (tx) => {
    await recordAudit(tx, actor, {
      action: isBanned ? 'supabase.user_banned' : 'supabase.user_unbanned',
      target: { type: 'user', id: userId, label: null },
      details: { blockId: blocked.blockId, forSeconds: blocked.forSeconds },
    });
    await context.finish(tx);
  });
};
