import { and, asc, desc, eq, gt, isNull, sql } from 'drizzle-orm';
import { scannerLog, scannerRun, scannerState, scanTarget } from '@/db/schema/scanners';
import { type ReadTx, readTenant } from '@/db/scope';
import {
  lastRunOf,
  missingRun,
  missingTarget,
  runColumns,
  runDtoOf,
  targetDtoIn,
  targetDtoOf,
  timeZoneOf,
  whereTarget,
} from '@/lib/assurance/scanners/targets/target-dto';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { decodeCursor, encodeCursor, timeAndId } from '@/lib/platform/core/http/cursor';
import { isId } from '@/lib/platform/core/ids';
import {
  type LogDto,
  type PageInput,
  pageInput,
  type ReadLogInput,
  type RunDto,
  type RunPageDto,
  readLogInput,
  SCANNER_FACTS,
  SCANNERS,
  type ScannerDto,
  type ScannerListDto,
  type TargetDto,
  type TargetPageDto,
} from './contract';

/** Every scanner, and whether the worker has it. */
export async function listScanners(actor: Actor): Promise<ScannerListDto> {
  requirePermission(actor, 'scans:read');
  const rows = await readTenant(actor, (tx) =>
    tx.select().from(scannerState).where(eq(scannerState.tenantId, actor.tenantId)),
  );
  const items = SCANNERS.map((key) => {
    const { kinds, ...facts } = SCANNER_FACTS[key];
    const row = rows.find(({ scanner }) => scanner === key);
    const lacking = row?.version ? 'incomplete' : 'not_installed';
    const state: ScannerDto['state'] = !row ? 'unknown' : row.problem === null ? 'installed' : lacking;
    return {
      key,
      ...facts,
      kinds: [...kinds],
      state,
      version: row?.version ?? null,
      problem: row?.problem ?? null,
      checkedAt: row?.checkedAt.toISOString() ?? null,
    };
  });
  return { items, nextCursor: null };
}

/** What Bulwark scans itself, the newest target first. */
export async function listTargets(actor: Actor, given: PageInput = {}): Promise<TargetPageDto> {
  requirePermission(actor, 'scans:read');
  const { cursor, limit } = pageInput.parse(given);
  const after = cursor === undefined ? null : decodeCursor(cursor, timeAndId);
  const { tenantId } = actor;
  const live = and(eq(scanTarget.tenantId, tenantId), isNull(scanTarget.deletedAt));
  const where = after
    ? and(
        live,
        sql`(${scanTarget.createdAt}, ${scanTarget.id}) < (${after.at}::timestamptz, ${after.id}::uuid)`,
      )
    : live;
  return readTenant(actor, async (tx) => {
    const timeZone = await timeZoneOf(tx, tenantId);
    const rows = await tx
      .select({
        target: scanTarget,
        place: sql<string>`to_char(${scanTarget.createdAt} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`,
      })
      .from(scanTarget)
      .where(where)
      .orderBy(desc(scanTarget.createdAt), desc(scanTarget.id))
      .limit(limit + 1);
    const items: TargetDto[] = [];
    for (const { target } of rows.slice(0, limit))
      items.push(targetDtoOf(target, timeZone, await lastRunOf(tx, tenantId, target.id)));
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    return { items, nextCursor: last ? encodeCursor({ at: last.place, id: last.target.id }) : null };
  });
}

/** One target. @throws AppError `not_found` */
export async function getTarget(actor: Actor, id: string): Promise<TargetDto> {
  requirePermission(actor, 'scans:read');
  const where = whereTarget(actor.tenantId, id);
  return readTenant(actor, async (tx) => {
    const [row] = await tx.select().from(scanTarget).where(where);
    if (!row) throw missingTarget();
    return targetDtoIn(tx, row);
  });
}

/** The runs of a target, the newest first; also of one that was deleted. */
export async function listRuns(actor: Actor, targetId: string, given: PageInput = {}): Promise<RunPageDto> {
  requirePermission(actor, 'scans:read');
  const { cursor, limit } = pageInput.parse(given);
  const after = cursor === undefined ? null : decodeCursor(cursor, timeAndId);
  if (!isId(targetId)) throw missingTarget();
  const own = and(eq(scannerRun.tenantId, actor.tenantId), eq(scannerRun.targetId, targetId));
  const where = after
    ? and(
        own,
        sql`(${scannerRun.createdAt}, ${scannerRun.id}) < (${after.at}::timestamptz, ${after.id}::uuid)`,
      )
    : own;
  return readTenant(actor, async (tx) => {
    const [target] = await tx
      .select({ id: scanTarget.id })
      .from(scanTarget)
      .where(and(eq(scanTarget.tenantId, actor.tenantId), eq(scanTarget.id, targetId)));
    if (!target) throw missingTarget();
    const rows = await tx
      .select(runColumns)
      .from(scannerRun)
      .where(where)
      .orderBy(desc(scannerRun.createdAt), desc(scannerRun.id))
      .limit(limit + 1);
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    return {
      items: rows.slice(0, limit).map(({ run, scanStatus, found }) => runDtoOf(run, scanStatus, found)),
      nextCursor: last ? encodeCursor({ at: last.place, id: last.run.id }) : null,
    };
  });
}

async function runIn(tx: ReadTx, tenantId: string, id: string): Promise<RunDto> {
  const [row] = await tx
    .select(runColumns)
    .from(scannerRun)
    .where(and(eq(scannerRun.tenantId, tenantId), eq(scannerRun.id, id)));
  if (!row) throw missingRun();
  return runDtoOf(row.run, row.scanStatus, row.found);
}

/** One run. @throws AppError `not_found` */
export async function getRun(actor: Actor, id: string): Promise<RunDto> {
  requirePermission(actor, 'scans:read');
  if (!isId(id)) throw missingRun();
  return readTenant(actor, (tx) => runIn(tx, actor.tenantId, id));
}

/** The lines of a run after the one that is known; asked again and again it is live. */
export async function readLog(actor: Actor, id: string, given: ReadLogInput = {}): Promise<LogDto> {
  requirePermission(actor, 'scans:read');
  const { after, limit } = readLogInput.parse(given);
  if (!isId(id)) throw missingRun();
  return readTenant(actor, async (tx) => {
    const run = await runIn(tx, actor.tenantId, id);
    const rows = await tx
      .select()
      .from(scannerLog)
      .where(
        and(eq(scannerLog.tenantId, actor.tenantId), eq(scannerLog.runId, id), gt(scannerLog.number, after)),
      )
      .orderBy(asc(scannerLog.number))
      .limit(limit);
    const isOpen = run.status === 'queued' || run.status === 'running' || rows.length === limit;
    const items = rows.map(({ number, at, source, line }) => ({
      number,
      at: at.toISOString(),
      source,
      line,
    }));
    return { items, last: items.at(-1)?.number ?? after, isOpen };
  });
}
