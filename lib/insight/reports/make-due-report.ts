import { sql } from 'drizzle-orm';
import { inTenant, type WriteTx } from '@/db/scope';
import type { JobActor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { isLate, lastDue, periodBefore } from './rules';
import { reportSettings } from './settings';
import { storeReport } from './store-report';

interface Now extends Record<string, unknown> {
  nowMs: number;
  /** When the tenant began. */
  beganMs: number;
}

async function nowOf(tx: WriteTx, tenantId: string): Promise<Now | undefined> {
  const [now] = await tx.execute<Now>(sql`
    select (extract(epoch from clock_timestamp()) * 1000)::float8 as "nowMs",
      (extract(epoch from created_at) * 1000)::float8 as "beganMs" from identity.tenant where id = ${tenantId}::uuid`);
  return now;
}

const isMade = (tx: WriteTx, tenantId: string, from: string) =>
  tx.execute(sql`select 1 from weekly_report
    where tenant_id = ${tenantId}::uuid and kind = 'scheduled' and from_on = ${from}::date`);

/**
 * Makes the report that is due by the database's clock and the tenant's calendar, once: a second worker finds it made.
 * A week that was missed is made late, and says so; only the newest one is, since each shows things as they are now.
 */
export async function makeDueReport(actor: JobActor): Promise<void> {
  requirePermission(actor, 'settings:write');
  const { tenantId } = actor;
  await inTenant(actor, async (tx) => {
    const settings = await reportSettings(tx, tenantId);
    const now = await nowOf(tx, tenantId);
    if (!settings.isEnabled || !now) return;
    const { sections, timeZone } = settings;
    const dueMs = lastDue(now.nowMs, settings);
    const period = periodBefore(dueMs, timeZone);
    if (now.beganMs >= dueMs || (await isMade(tx, tenantId, period.from)).length > 0) return;
    const frame = {
      tenantId,
      timeZone,
      period,
      nowMs: now.nowMs,
      isLate: isLate(dueMs, now.nowMs),
      sections,
    };
    await storeReport(tx, actor, frame, { kind: 'scheduled', isSent: true });
  });
}
