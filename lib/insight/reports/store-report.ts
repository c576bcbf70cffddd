import { weeklyReport } from '@/db/schema/reports';
import type { WriteTx } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { newId } from '@/lib/platform/core/ids';
import { notify } from '@/lib/platform/notifications/notify';
import { composeReport, type ReportFrame } from './compose-report';
import type { ReportDto } from './contract';
import { reportDtoOf } from './report-dto';

export interface Making {
  kind: 'scheduled' | 'on_demand';
  isSent: boolean;
}

/**
 * Composes a report and keeps it as it is; sent, it goes to the tenant's channels as it stands there.
 * @returns null where the scheduled report of that week exists already
 */
export async function storeReport(
  tx: WriteTx,
  actor: Actor,
  frame: ReportFrame,
  { kind, isSent }: Making,
): Promise<ReportDto | null> {
  const { tenantId } = actor;
  const content = await composeReport(tx, frame);
  const { from, to, headline, tone } = content;
  const [row] = await tx
    .insert(weeklyReport)
    .values({
      tenantId,
      id: newId(),
      kind,
      fromOn: from,
      toOn: to,
      headline,
      tone,
      content,
      madeBy: actor.label,
    })
    .onConflictDoNothing()
    .returning();
  if (!row) return null;
  const label = `${from} to ${to}`;
  await recordAudit(tx, actor, {
    action: 'report.made',
    target: { type: 'report', id: row.id, label },
    details: { kind, isSent, headline },
  });
  if (isSent) {
    await notify(tx, {
      tenantId,
      type: 'report.weekly',
      subject: { type: 'report', id: row.id, label },
      dedupeKey: `report ${row.id}`,
      data: { ...content },
    });
  }
  return reportDtoOf(row);
}
