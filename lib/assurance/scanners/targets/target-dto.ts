import { and, desc, eq, isNull, sql } from 'drizzle-orm';
import { scannerRun, scanTarget } from '@/db/schema/scanners';
import type { ReadTx } from '@/db/scope';
import { scanFoundOf, scanStatusOf } from '@/lib/assurance/findings/facts';
import { type RunDto, SCANNERS, type Scanner, type TargetDto } from '@/lib/assurance/scanners/contract';
import { nextDue } from '@/lib/assurance/scanners/rules';
import { AppError } from '@/lib/platform/core/errors';
import { isId } from '@/lib/platform/core/ids';

export type TargetRow = typeof scanTarget.$inferSelect;
export type RunRow = typeof scannerRun.$inferSelect;

export const runColumns = {
  run: scannerRun,
  scanStatus: sql<string | null>`${scanStatusOf(scannerRun.tenantId, scannerRun.scanId)}`,
  found: sql<number | null>`${scanFoundOf(scannerRun.tenantId, scannerRun.scanId)}`,
  place: sql<string>`to_char(${scannerRun.createdAt} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`,
};

const iso = (at: Date | null) => at?.toISOString() ?? null;

export function runDtoOf(run: RunRow, scanStatus: string | null, found: number | null): RunDto {
  const isOpen = run.status === 'queued' || run.status === 'running';
  return {
    id: run.id,
    targetId: run.targetId,
    status: run.status,
    sentence: run.sentence,
    isScheduled: run.isScheduled,
    requestedBy: run.requestedBy,
    createdAt: run.createdAt.toISOString(),
    startedAt: iso(run.startedAt),
    finishedAt: iso(run.finishedAt),
    isCancelling: isOpen && run.cancelRequestedAt !== null,
    toolVersion: run.toolVersion,
    exitCode: run.exitCode,
    scan: run.scanId && scanStatus ? { id: run.scanId, status: scanStatus, found } : null,
  };
}

const scannerOf = (text: string): Scanner => SCANNERS.find((one) => one === text) ?? 'secretlint';

export function targetDtoOf(row: TargetRow, timeZone: string, lastRun: RunDto | null): TargetDto {
  const { id, asset, kind, location, branch, every, runAt, weekday, isEnabled, version } = row;
  const next = isEnabled ? nextDue(Date.now(), { every, runAt, weekday, timeZone }) : null;
  return {
    ...{
      id,
      asset,
      scanner: scannerOf(row.scanner),
      kind,
      location,
      branch,
      every,
      runAt,
      weekday,
      isEnabled,
    },
    nextAt: next === null ? null : new Date(next).toISOString(),
    timeZone,
    lastRun,
    createdBy: row.createdBy,
    createdAt: row.createdAt.toISOString(),
    version,
  };
}

export async function timeZoneOf(tx: ReadTx, tenantId: string): Promise<string> {
  const [row] = await tx.execute<{ zone: string }>(
    sql`select time_zone as zone from identity.tenant where id = ${tenantId}::uuid`,
  );
  return row?.zone ?? 'UTC';
}

export async function lastRunOf(tx: ReadTx, tenantId: string, targetId: string): Promise<RunDto | null> {
  const [last] = await tx
    .select(runColumns)
    .from(scannerRun)
    .where(and(eq(scannerRun.tenantId, tenantId), eq(scannerRun.targetId, targetId)))
    .orderBy(desc(scannerRun.createdAt), desc(scannerRun.id))
    .limit(1);
  return last ? runDtoOf(last.run, last.scanStatus, last.found) : null;
}

export async function targetDtoIn(tx: ReadTx, row: TargetRow): Promise<TargetDto> {
  const timeZone = await timeZoneOf(tx, row.tenantId);
  return targetDtoOf(row, timeZone, await lastRunOf(tx, row.tenantId, row.id));
}

export const missingTarget = () => new AppError('not_found', 'Scan target not found in this tenant.');
export const missingRun = () => new AppError('not_found', 'Run not found in this tenant.');

/** The condition of one live target. @throws AppError `not_found` for what is no id */
export function whereTarget(tenantId: string, id: string) {
  if (!isId(id)) throw missingTarget();
  return and(eq(scanTarget.tenantId, tenantId), eq(scanTarget.id, id), isNull(scanTarget.deletedAt));
}
