import { and, count, eq, inArray, sql } from 'drizzle-orm';
import { asset, scan } from '@/db/schema/findings';
import { inTenant, type WriteTx } from '@/db/scope';
import {
  type UploadedScanDto,
  type UploadScanInput,
  uploadScanInput,
} from '@/lib/assurance/findings/contract';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { answerOnce } from '@/lib/platform/core/http/idempotency';
import { newId } from '@/lib/platform/core/ids';
import { enqueue } from '@/lib/platform/jobs/enqueue';
import { removeReport, type StoredReport, storeReport } from './report-file';

const QUEUED_MAX = 200;

function uploaderOf(actor: Actor): string {
  if (actor.type === 'user') return `user:${actor.userId}`;
  return actor.type === 'key' ? `key:${actor.keyId}` : actor.type;
}

async function refuseFlood(actor: Actor): Promise<void> {
  const waiting = await inTenant(actor, (tx) =>
    tx
      .select({ n: count() })
      .from(scan)
      .where(and(eq(scan.tenantId, actor.tenantId), inArray(scan.status, ['queued', 'running']))),
  );
  if ((waiting[0]?.n ?? 0) < QUEUED_MAX) return;
  throw new AppError(
    'rate_limited',
    `${QUEUED_MAX} scans are already waiting to be imported. Try again in a minute.`,
    {
      retryAfterSeconds: 60,
    },
  );
}

async function assetIdOf(tx: WriteTx, tenantId: string, name: string): Promise<string> {
  await tx.insert(asset).values({ tenantId, id: newId(), name }).onConflictDoNothing();
  const [row] = await tx
    .select({ id: asset.id })
    .from(asset)
    .where(and(eq(asset.tenantId, tenantId), eq(asset.name, name)));
  if (!row) throw new Error('The asset could not be made.');
  return row.id;
}

async function insertScan(
  tx: WriteTx,
  actor: Actor,
  scanId: string,
  input: ReturnType<typeof uploadScanInput.parse>,
  stored: StoredReport,
): Promise<void> {
  const assetId = await assetIdOf(tx, actor.tenantId, input.asset);
  await tx.insert(scan).values({
    tenantId: actor.tenantId,
    id: scanId,
    assetId,
    tool: input.tool ?? null,
    category: input.category,
    branch: input.branch,
    isComplete: input.complete && !input.reason,
    reasons: input.reason ?? [],
    options: input.options ?? null,
    images: input.image ? [input.image] : [],
    status: 'queued',
    fileName: input.file ?? null,
    fileBytes: stored.bytes,
    fileSha256: stored.sha256,
    uploadedBy: uploaderOf(actor),
    createdAt: sql`date_trunc('milliseconds', clock_timestamp())`,
  });
  await enqueue(tx, 'findings.import-scan', { v: 1, tenantId: actor.tenantId, scanId }, { once: scanId });
  await recordAudit(tx, actor, {
    action: 'scan.uploaded',
    target: { type: 'scan', id: scanId, label: input.asset },
    details: { ...input, bytes: stored.bytes, sha256: stored.sha256 },
  });
}

/**
 * Takes a report, as the scanner wrote it or with gzip, and queues its import.
 * @returns the scan's id at once; a repeat with the same Idempotency-Key and report gives the first one
 */
export async function uploadScan(
  actor: Actor,
  given: UploadScanInput,
  body: AsyncIterable<Uint8Array> | null,
  idempotencyKey: string | null = null,
): Promise<UploadedScanDto> {
  requirePermission(actor, 'scans:write');
  const input = uploadScanInput.parse(given);
  await refuseFlood(actor);
  const scanId = newId();
  const stored = await storeReport(body ?? [], actor.tenantId, scanId);
  try {
    const answer = await inTenant(actor, (tx) =>
      answerOnce<UploadedScanDto>(
        tx,
        actor,
        { key: idempotencyKey, route: 'scans.upload', input: { ...input, sha256: stored.sha256 } },
        async () => {
          await insertScan(tx, actor, scanId, input, stored);
          return { answer: { scanId }, kept: { scanId } };
        },
      ),
    );
    if (answer.scanId !== scanId) await removeReport(actor.tenantId, scanId);
    return answer;
  } catch (error) {
    await removeReport(actor.tenantId, scanId);
    throw error;
  }
}
