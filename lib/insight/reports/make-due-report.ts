import { sql } from 'drizzle-orm';
import { inTenant, type ReadTx, readDeciding } from '@/db/scope';
import { probeParts } from '@/lib/insight/overview/facts';
import type { JobActor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import type { SectionKey } from './contract';
import { isLate, lastDue, type Period, periodBefore } from './rules';
import { reportSettings } from './settings';
import { storeReport } from './store-report';

interface Now extends Record<string, unknown> {
  nowMs: number;
  /** When the tenant began. */
  beganMs: number;
}

async function nowOf(tx: ReadTx, tenantId: string): Promise<Now | undefined> {
  const [now] = await tx.execute<Now>(sql`
    select (extract(epoch from clock_timestamp()) * 1000)::float8 as "nowMs",
      (extract(epoch from created_at) * 1000)::float8 as "beganMs" from identity.tenant where id = ${tenantId}::uuid`);
  return now;
}

const isMade = (tx: ReadTx, tenantId: string, from: string) =>
  tx.execute(sql`select 1 from weekly_report
    where tenant_id = ${tenantId}::uuid and kind = 'scheduled' and from_on = ${from}::date`);

interface Due {
  period: Period;
  nowMs: number;
  isLate: boolean;
  timeZone: string;
  sections: SectionKey[];
}

/** The report that is due by the database's clock and the tenant's calendar; null: it is made, or none is. */
async function dueReport(tx: ReadTx, tenantId: string): Promise<Due | null> {
  const settings = await reportSettings(tx, tenantId);
  const now = await nowOf(tx, tenantId);
  if (!settings.isEnabled || !now) return null;
  const { sections, timeZone } = settings;
  const dueMs = lastDue(now.nowMs, settings);
  const period = periodBefore(dueMs, timeZone);
  if (now.beganMs >= dueMs || (await isMade(tx, tenantId, period.from)).length > 0) return null;
  return { period, nowMs: now.nowMs, isLate: isLate(dueMs, now.nowMs), timeZone, sections };
}

/**
 * Makes the report that is due, once: a second worker finds it made. A week that was missed is made late, and says so; only
 * the newest one is, since each shows things as they are now.
 */
export async function makeDueReport(actor: JobActor): Promise<void> {
  requirePermission(actor, 'settings:write');
  const { tenantId } = actor;
  if ((await readDeciding(actor, (tx) => dueReport(tx, tenantId))) === null) return;
  const probed = await probeParts();
  await inTenant(actor, async (tx) => {
    const due = await dueReport(tx, tenantId);
    if (due) await storeReport(tx, actor, { tenantId, ...due, probed }, { kind: 'scheduled', isSent: true });
  });
}
