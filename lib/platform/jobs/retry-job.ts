import { sql } from 'drizzle-orm';
import { fromDrizzle } from 'pg-boss';
import { inTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { queueingBoss } from './boss';
import { DEAD_LETTER_QUEUE } from './contract';
import { deadLetterSource } from './queries';

/** Puts a dead letter back into the queue it came from, with all its attempts. */
export async function retryJob(actor: Actor, id: string): Promise<{ id: string }> {
  requirePermission(actor, 'jobs:write');
  return inTenant(actor, async (tx) => {
    const queue = await deadLetterSource(tx, actor.tenantId, id);
    const boss = await queueingBoss();
    const moved = await boss.redrive(DEAD_LETTER_QUEUE, { ids: [id], db: fromDrizzle(tx, sql) });
    if (moved === 0)
      throw new AppError('conflict', 'Could not retry the job because its queue no longer exists.');
    await recordAudit(tx, actor, { action: 'job.retried', target: { type: 'job', id, label: queue } });
    return { id };
  });
}
