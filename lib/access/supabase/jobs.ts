import { and, desc, eq, isNull, or, sql } from 'drizzle-orm';
import { accessBlock } from '@/db/schema/blocks';
import { inTenant, readDeciding } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { JobActor } from '@/lib/platform/auth/contract';
import { SECOND_MS } from '@/lib/platform/core/clock';
import { getEnv } from '@/lib/platform/core/env/env';
import { log } from '@/lib/platform/core/log';
import type { JobHandler } from '@/lib/platform/jobs/enqueue';
import { supabaseAdminOf } from './admin';

const ROUNDS_MAX = 3;

/** How long a user is blocked for from now; null: without an end, 0: not at all. The longest block counts. */
type Blocked = { forSeconds: number | null; blockId: string | null };

async function readBlocked(actor: JobActor, userId: string): Promise<Blocked> {
  return readDeciding(actor, async (tx) => {
    const [row] = await tx
      .select({
        id: accessBlock.id,
        leftMs: sql<
          number | null
        >`(extract(epoch from ${accessBlock.expiresAt} - statement_timestamp()) * 1000)::float8`,
      })
      .from(accessBlock)
      .where(
        and(
          eq(accessBlock.tenantId, actor.tenantId),
          eq(accessBlock.kind, 'user'),
          eq(accessBlock.value, userId),
          isNull(accessBlock.liftedAt),
          or(isNull(accessBlock.expiresAt), sql`${accessBlock.expiresAt} > statement_timestamp()`),
        ),
      )
      .orderBy(sql`${accessBlock.expiresAt} desc nulls first`, desc(accessBlock.id))
      .limit(1);
    if (!row) return { forSeconds: 0, blockId: null };
    return { forSeconds: row.leftMs === null ? null : row.leftMs / SECOND_MS, blockId: row.id };
  });
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
