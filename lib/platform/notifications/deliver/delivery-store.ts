import { and, eq, sql } from 'drizzle-orm';
import { notificationDelivery } from '@/db/schema/notifications';
import type { WriteTx } from '@/db/scope';

/** What waits for a channel that was turned off has failed: nobody wants it weeks later, when that is enabled again. */
export async function failPending(tx: WriteTx, tenantId: string, channelId: string): Promise<void> {
  await tx
    .update(notificationDelivery)
    .set({
      state: 'failed',
      nextAttemptAt: null,
      finishedAt: sql`now()`,
      lastError: 'The channel was turned off.',
    })
    .where(
      and(
        eq(notificationDelivery.tenantId, tenantId),
        eq(notificationDelivery.channelId, channelId),
        eq(notificationDelivery.state, 'pending'),
      ),
    );
}
