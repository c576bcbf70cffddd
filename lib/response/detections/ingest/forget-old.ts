import { sql } from 'drizzle-orm';
import { inTenant } from '@/db/scope';
import type { JobActor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import type { DetectionPolicy } from '@/lib/response/detections/policy/policy-schema';

/** Rows per statement, so that none takes long. */
const CHUNK = 5_000;
const CHUNKS_PER_RUN_MAX = 200;
/** So long a delivery that was read can be told from one that a gate sends again after it was cut off. */
const PROCESSED_HOURS = 6;
const UNREADABLE_DAYS = 30;
const MINUTES_DAYS = 2;
const HOURS_DAYS = 60;

/** What goes when it is old, each with its condition. The counts of groups by day and month stay with them. */
const conditions = (days: number): readonly (readonly [table: string, condition: string])[] => [
  ['event_delivery', `processed_at < now() - interval '${PROCESSED_HOURS} hours' and problem is null`],
  ['event_delivery', `processed_at < now() - interval '${UNREADABLE_DAYS} days'`],
  ['detection', `received_at < date_trunc('day', now() - interval '${days} days', 'UTC')`],
  ['detection_tally', `span = 'minute' and at < now() - interval '${MINUTES_DAYS} days'`],
  ['detection_tally', `span = 'hour' and at < now() - interval '${HOURS_DAYS} days'`],
  ['detection_tally', `span = 'day' and at < date_trunc('day', now() - interval '${days} days', 'UTC')`],
  ['detection_tally', `span = 'month' and at + interval '1 month' < now() - interval '${days} days'`],
  ['detection_volume', `hour < now() - interval '${days} days'`],
  ['detection_entity', `last_at < now() - interval '${days} days'`],
  ['detection_sensor_hour', `hour < now() - interval '${days} days'`],
];

/** Deletes what is older than the policy keeps, chunk by chunk. */
// guard: retention that the policy file states; what was detected stands in the record
export async function forgetOld(actor: JobActor, { retention }: DetectionPolicy): Promise<void> {
  requirePermission(actor, 'detections:write');
  for (const [table, condition] of conditions(retention.days)) {
    for (let chunk = 0; chunk < CHUNKS_PER_RUN_MAX; chunk++) {
      const gone = await inTenant(actor, (tx) =>
        tx.execute(sql`
          delete from ${sql.identifier(table)} where ctid = any(array(
            select ctid from ${sql.identifier(table)}
            where tenant_id = ${actor.tenantId}::uuid and (${sql.raw(condition)}) limit ${CHUNK}))`),
      );
      if (gone.count < CHUNK) break;
    }
  }
}
