import { and, desc, eq, inArray, sql } from 'drizzle-orm';
import { asset, scan } from '@/db/schema/findings';
import { userAccount } from '@/db/schema/identity';
import { type ReadTx, readTenant } from '@/db/scope';
import { keyNameOf } from '@/lib/access/api-keys/facts';
import {
  type ListScansInput,
  listScansInput,
  type ScanDto,
  type ScanListDto,
  type ScanStatus,
  SEVERITIES,
  type Severity,
} from '@/lib/assurance/findings/contract';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { decodeCursor, encodeCursor, timeAndId } from '@/lib/platform/core/http/cursor';
import { isId } from '@/lib/platform/core/ids';
import { SCAN_CONDITIONS } from './scan-conditions';

type ScanRow = typeof scan.$inferSelect;

const columns = {
  scan,
  assetName: asset.name,
  uploadedByName: sql<string | null>`case
    when ${scan.uploadedBy} like 'user:%' then
      (select ${userAccount.displayName} from ${userAccount} where ${userAccount.id} = substr(${scan.uploadedBy}, 6)::uuid)
    when ${scan.uploadedBy} like 'key:%' then
      ${keyNameOf(scan.tenantId, sql`substr(${scan.uploadedBy}, 5)::uuid`)}
    end`,
  createdAtExact: sql<string>`to_char(${scan.createdAt} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`,
};

function severitiesOf(counts: readonly number[]): Record<Severity, number> {
  return Object.fromEntries(SEVERITIES.map((severity, rank) => [severity, counts[rank] ?? 0])) as Record<
    Severity,
    number
  >;
}

function countsOf(row: ScanRow): ScanDto['counts'] {
  if (row.found === null) return null;
  return {
    found: row.found,
    new: row.newCount ?? 0,
    reopened: row.reopenedCount ?? 0,
    changed: row.changedCount ?? 0,
    unchanged: row.unchangedCount ?? 0,
    fixed: row.fixedCount ?? 0,
    held: row.heldCount ?? 0,
  };
}

interface ScanRecord {
  scan: ScanRow;
  assetName: string;
  uploadedByName: string | null;
}

function dtoOf({ scan: row, assetName, uploadedByName }: ScanRecord): ScanDto {
  const {
    id,
    tool,
    toolName,
    toolVersion,
    category,
    branch,
    isComplete,
    images,
    reasons,
    fileName,
    fileBytes,
    uploadedBy,
    progress,
  } = row;
  return {
    id,
    asset: { id: row.assetId, name: assetName },
    ...{ tool, toolName, toolVersion, category, branch, isComplete, images },
    status: row.status as ScanStatus,
    ...{ reasons, fileName, fileBytes, uploadedBy, uploadedByName },
    createdAt: row.createdAt.toISOString(),
    startedAt: row.startedAt?.toISOString() ?? null,
    finishedAt: row.finishedAt?.toISOString() ?? null,
    progress,
    counts: countsOf(row),
    severities: row.severityCounts ? severitiesOf(row.severityCounts) : null,
  };
}

const joined = and(eq(asset.tenantId, scan.tenantId), eq(asset.id, scan.assetId));

/** One scan, in the caller's transaction. */
export async function readScan(tx: ReadTx, tenantId: string, id: string): Promise<ScanDto> {
  const [row] = isId(id)
    ? await tx
        .select(columns)
        .from(scan)
        .innerJoin(asset, joined)
        .where(and(eq(scan.tenantId, tenantId), eq(scan.id, id)))
    : [];
  if (!row) throw new AppError('not_found', 'Scan not found.');
  return dtoOf(row);
}

/** One scan; while it runs, `progress` says how far it is. */
export async function getScan(actor: Actor, id: string): Promise<ScanDto> {
  requirePermission(actor, 'scans:read');
  return readTenant(actor, (tx) => readScan(tx, actor.tenantId, id));
}

/** A page of scans, newest first. */
export async function listScans(actor: Actor, input: ListScansInput): Promise<ScanListDto> {
  requirePermission(actor, 'scans:read');
  const filter = listScansInput.parse(input);
  const place = filter.cursor ? decodeCursor(filter.cursor, timeAndId) : null;
  const where = and(
    eq(scan.tenantId, actor.tenantId),
    place ? sql`(${scan.createdAt}, ${scan.id}) < (${place.at}::timestamptz, ${place.id}::uuid)` : undefined,
    filter.asset ? inArray(asset.name, filter.asset) : undefined,
    filter.branch ? inArray(scan.branch, filter.branch) : undefined,
    filter.tool ? inArray(scan.tool, filter.tool) : undefined,
    filter.status ? inArray(scan.status, filter.status) : undefined,
    ...(filter.is ?? []).map((need) => SCAN_CONDITIONS[need]),
    ...(filter.notIs ?? []).map((need) => sql`(${SCAN_CONDITIONS[need]}) is not true`),
  );
  return readTenant(actor, async (tx) => {
    const rows = await tx
      .select(columns)
      .from(scan)
      .innerJoin(asset, joined)
      .where(where)
      .orderBy(desc(scan.createdAt), desc(scan.id))
      .limit(filter.limit + 1);
    const page = rows.slice(0, filter.limit);
    const end = rows.length > filter.limit ? page.at(-1) : undefined;
    return {
      items: page.map(dtoOf),
      nextCursor: end ? encodeCursor({ at: end.createdAtExact, id: end.scan.id }) : null,
    };
  });
}
