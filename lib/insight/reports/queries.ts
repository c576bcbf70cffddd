import { and, desc, eq, sql } from 'drizzle-orm';
import { weeklyReport } from '@/db/schema/reports';
import { readTenant } from '@/db/scope';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { decodeCursor, encodeCursor, timeAndId } from '@/lib/platform/core/http/cursor';
import { isId } from '@/lib/platform/core/ids';
import {
  type ListReportsInput,
  listReportsInput,
  type ReportDto,
  type ReportPageDto,
  type ReportSettingsDto,
} from './contract';
import { reportDtoOf, summaryOf } from './report-dto';
import { settingsDto } from './settings';

const { id, kind, fromOn, toOn, headline, tone, madeBy, madeAt, tenantId } = weeklyReport;
const place = sql<string>`to_char(${madeAt} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** Reports, the newest first. */
export async function listReports(actor: Actor, input: ListReportsInput = {}): Promise<ReportPageDto> {
  requirePermission(actor, 'metrics:read');
  const { cursor, limit } = listReportsInput.parse(input);
  const after = cursor === undefined ? null : decodeCursor(cursor, timeAndId);
  const own = eq(tenantId, actor.tenantId);
  const where = after
    ? and(own, sql`(${madeAt}, ${id}) < (${after.at}::timestamptz, ${after.id}::uuid)`)
    : own;
  return readTenant(actor, async (tx) => {
    const rows = await tx
      .select({ id, kind, fromOn, toOn, headline, tone, madeBy, madeAt, place })
      .from(weeklyReport)
      .where(where)
      .orderBy(desc(madeAt), desc(id))
      .limit(limit + 1);
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    return {
      items: rows.slice(0, limit).map(summaryOf),
      nextCursor: last ? encodeCursor({ at: last.place, id: last.id }) : null,
    };
  });
}

/** One report as it was made. @throws AppError `not_found` */
export async function getReport(actor: Actor, reportId: string): Promise<ReportDto> {
  requirePermission(actor, 'metrics:read');
  const missing = new AppError('not_found', 'Report not found in this tenant.');
  if (!isId(reportId)) throw missing;
  return readTenant(actor, async (tx) => {
    const [row] = await tx
      .select()
      .from(weeklyReport)
      .where(and(eq(tenantId, actor.tenantId), eq(id, reportId)));
    if (!row) throw missing;
    return reportDtoOf(row);
  });
}

/** When the next report is due, what stands in it and where it goes. */
export async function getReportSettings(actor: Actor): Promise<ReportSettingsDto> {
  requirePermission(actor, 'metrics:read');
  return readTenant(actor, (tx) => settingsDto(tx, actor.tenantId, Date.now()));
}
