import { sql } from 'drizzle-orm';
import { fromDrizzle } from 'pg-boss';
import { inTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { queueingBoss } from './boss';
import { DEAD_LETTER_QUEUE } from './contract';
import { deadLetterSource } from './queries';

/** Gives a dead letter up for good. */
export async function discardJob(actor: Actor, id: string): Promise<{ id: string }> {
  requirePermission(actor, 'jobs:write');
  return inTenant(actor, async (tx) => {
    const queue = await deadLetterSource(tx, actor.tenantId, id);
    const boss = await queueingBoss();
    await boss.deleteJob(DEAD_LETTER_QUEUE, id, { db: fromDrizzle(tx, sql) });
    await recordAudit(tx, actor, { action: 'job.discarded', target: { type: 'job', id, label: queue } });
    return { id };
  });
}
