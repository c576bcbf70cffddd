import { and, eq, sql } from 'drizzle-orm';
import { scan, scanStream, sighting } from '@/db/schema/findings';
import { inTenant, type WriteTx } from '@/db/scope';
import { type DecideScanInput, decideScanInput, type ScanDto } from '@/lib/assurance/findings/contract';
import { readScan } from '@/lib/assurance/findings/read/scan-queries';
import { findingSettings } from '@/lib/assurance/findings/settings';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { isId } from '@/lib/platform/core/ids';
import type { MergeContext } from './merge-findings';
import { writeMissing } from './merge-missing';

type ScanRow = typeof scan.$inferSelect;

async function lockHeld(
  tx: WriteTx,
  tenantId: string,
  scanId: string,
): Promise<ScanRow & { streamId: string }> {
  const own = and(eq(scan.tenantId, tenantId), eq(scan.id, scanId));
  const [row] = await tx.select().from(scan).where(own).for('update');
  if (!row) throw new AppError('not_found', 'Scan not found.');
  const { streamId } = row;
  if (row.status !== 'held' || streamId === null) {
    throw new AppError(
      'conflict',
      `The scan is no longer held: its status is ${row.status}. Reload the page.`,
    );
  }
  return { ...row, streamId };
}

async function heldIds(tx: WriteTx, row: ScanRow & { streamId: string }): Promise<string[]> {
  const rows = await tx
    .select({ id: sighting.findingId })
    .from(sighting)
    .where(
      and(
        eq(sighting.tenantId, row.tenantId),
        eq(sighting.streamId, row.streamId),
        eq(sighting.heldScanId, row.id),
      ),
    );
  return rows.map(({ id }) => id);
}

/** Believes a held run: what it lacks is fixed at its time, and it becomes what later runs are compared with. */
async function confirm(tx: WriteTx, actor: Actor, row: ScanRow & { streamId: string }): Promise<number> {
  await tx.execute(sql`select set_config('statement_timeout', '120000', true)`);
  const policy = await findingSettings(tx, actor.tenantId);
  const { assetId, streamId, id: scanId } = row;
  const at = row.createdAt.toISOString();
  const context: MergeContext = {
    actor,
    scanId,
    at,
    assetId,
    streamId,
    branch: row.branch,
    defaultBranch: row.branch,
    tool: row.tool ?? '',
    policy,
    kev: new Set(),
  };
  const fixed = await writeMissing(tx, context, await heldIds(tx, row), 1);
  await tx
    .update(scanStream)
    .set({ toolVersion: row.toolVersion, options: row.options, targets: row.targets, lastStatus: 'done' })
    .where(and(eq(scanStream.tenantId, row.tenantId), eq(scanStream.id, row.streamId)));
  return fixed;
}

async function reject(tx: WriteTx, row: ScanRow & { streamId: string }): Promise<void> {
  await tx
    .update(sighting)
    .set({ heldScanId: null })
    .where(
      and(
        eq(sighting.tenantId, row.tenantId),
        eq(sighting.streamId, row.streamId),
        eq(sighting.heldScanId, row.id),
      ),
    );
}

/** A person's answer to a held run: close what it lacks, or keep everything open. */
export async function decideScan(actor: Actor, scanId: string, given: DecideScanInput): Promise<ScanDto> {
  requirePermission(actor, 'findings:write');
  const { verdict, reason } = decideScanInput.parse(given);
  if (!isId(scanId)) throw new AppError('not_found', 'Scan not found.');
  return inTenant(actor, async (tx) => {
    const row = await lockHeld(tx, actor.tenantId, scanId);
    const fixedCount = verdict === 'confirm' ? await confirm(tx, actor, row) : 0;
    if (verdict === 'reject') await reject(tx, row);
    await tx
      .update(scan)
      .set(verdict === 'confirm' ? { status: 'confirmed', fixedCount, heldCount: 0 } : { status: 'rejected' })
      .where(and(eq(scan.tenantId, actor.tenantId), eq(scan.id, scanId)));
    await recordAudit(tx, actor, {
      action: verdict === 'confirm' ? 'scan.confirmed' : 'scan.rejected',
      target: { type: 'scan', id: scanId, label: row.tool },
      ...(reason ? { reason } : {}),
      details: { fixed: fixedCount, held: row.heldCount },
    });
    return readScan(tx, actor.tenantId, scanId);
  });
}
