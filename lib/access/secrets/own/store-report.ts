import { and, eq, lt, notInArray, sql } from 'drizzle-orm';
import { processSecret } from '@/db/schema/secrets';
import { inTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import { requirePermission } from '@/lib/platform/auth/require';
import { log } from '@/lib/platform/core/log';
import { jobActor } from '@/lib/platform/jobs/contract';
import { DEFAULT_TENANT_ID } from '@/lib/platform/tenancy/contract';
import { type ProcessReport, readReport } from './process-report';

/** A process that was silent for longer has ended. */
const FORGET_AFTER = sql`interval '1 day'`;

async function keepReport({ process, instance, secrets }: ProcessReport): Promise<void> {
  const actor = jobActor(DEFAULT_TENANT_ID, 'process secrets');
  requirePermission(actor, 'secrets:write');
  await inTenant(actor, async (tx) => {
    const own = and(
      eq(processSecret.tenantId, DEFAULT_TENANT_ID),
      eq(processSecret.process, process),
      eq(processSecret.instance, instance),
    );
    const before = await tx.select().from(processSecret).where(own);
    const changed: { setting: string; version: string; before: string | null }[] = [];
    for (const { setting, version, source, path, isReadableByOthers } of secrets) {
      const known = before.find((one) => one.setting === setting);
      const isNew = known?.versionLabel !== version;
      if (isNew) changed.push({ setting, version, before: known?.versionLabel ?? null });
      const seen = {
        source,
        path,
        isReadableByOthers,
        versionLabel: version,
        seenAt: sql`clock_timestamp()`,
      };
      await tx
        .insert(processSecret)
        .values({
          tenantId: DEFAULT_TENANT_ID,
          process,
          instance,
          setting,
          loadedAt: sql`clock_timestamp()`,
          ...seen,
        })
        .onConflictDoUpdate({
          target: [
            processSecret.tenantId,
            processSecret.process,
            processSecret.instance,
            processSecret.setting,
          ],
          set: isNew ? { ...seen, loadedAt: sql`clock_timestamp()` } : seen,
        });
    }
    const settings = secrets.map(({ setting }) => setting);
    if (settings.length > 0)
      await tx.delete(processSecret).where(and(own, notInArray(processSecret.setting, settings)));
    await tx
      .delete(processSecret)
      .where(
        and(
          eq(processSecret.tenantId, DEFAULT_TENANT_ID),
          lt(processSecret.seenAt, sql`clock_timestamp() - ${FORGET_AFTER}`),
        ),
      );
    if (changed.length === 0) return;
    await recordAudit(tx, actor, {
      action: 'system.secrets_loaded',
      target: { type: 'process', id: instance, label: process },
      details: { secrets: changed },
    });
  });
}

/** Keeps what a process says of its secrets; a message that no process of ours signed is dropped. */
export async function onProcessReport(message: string): Promise<void> {
  const report = readReport(message);
  if (report) await keepReport(report);
  else log().warn('a report of loaded secrets was not signed by a process of this installation');
}
