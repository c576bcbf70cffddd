import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { WriteTx } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { JobActor } from '@/lib/platform/auth/contract';
import { notify } from '@/lib/platform/notifications/notify';
import { oneLine } from '@/lib/response/detections/parse/fields';

/** What a gate says of deliveries that it could not keep. */
const lossNote = z.object({
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  deliveries: z.number().int().min(1),
  reason: z.string().max(200),
});

/** Nothing disappears unsaid: what a gate lost stands in the record, beside the sensors, and in a message. */
export async function noteLosses(
  tx: WriteTx,
  actor: JobActor,
  losses: readonly { id: string; body: Buffer }[],
): Promise<void> {
  const { tenantId } = actor;
  for (const { id, body } of losses) {
    const { from, to, deliveries, reason } = lossNote.parse(JSON.parse(body.toString('utf8')));
    await tx.execute(sql`
      insert into detection_loss (tenant_id, id, from_at, to_at, deliveries, reason)
      values (${tenantId}::uuid, ${id}::uuid, ${from}::timestamptz, ${to}::timestamptz, ${deliveries}, ${oneLine(reason, 200)})
      on conflict do nothing`);
    await recordAudit(tx, actor, {
      action: 'detection.events_lost',
      outcome: 'failure',
      details: { from, to, deliveries },
      reason,
    });
    await notify(tx, {
      tenantId,
      type: 'detection.lost',
      subject: { type: 'sensor', id: null, label: 'events' },
      dedupeKey: `detections lost ${id}`,
      data: { from, to, deliveries, reason: oneLine(reason, 200) },
    });
  }
}
