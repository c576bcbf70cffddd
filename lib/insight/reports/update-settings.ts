import { sql } from 'drizzle-orm';
import { reportSetting } from '@/db/schema/reports';
import { inTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { requireMatch } from '@/lib/platform/core/http/etag';
import {
  type ReportSettingsDto,
  type UpdateReportSettingsInput,
  updateReportSettingsInput,
} from './contract';
import { reportSettings, settingsDto } from './settings';

/**
 * Changes when the weekly report is made and what stands in it; what is left out stays.
 * @param ifMatch the entity tag of the copy that was edited, or null for no check
 */
export async function updateReportSettings(
  actor: Actor,
  given: UpdateReportSettingsInput,
  ifMatch: string | null = null,
): Promise<ReportSettingsDto> {
  requirePermission(actor, 'settings:write');
  const input = updateReportSettingsInput.parse(given);
  const { tenantId } = actor;
  return inTenant(actor, async (tx) => {
    await tx.execute(
      sql`select pg_advisory_xact_lock(hashtextextended(${`report settings ${tenantId}`}, 0))`,
    );
    const before = await reportSettings(tx, tenantId);
    requireMatch(ifMatch, before.version);
    const { timeZone: _, version, ...rest } = before;
    const next = { ...rest, ...input, version: version + 1 };
    await tx
      .insert(reportSetting)
      .values({ tenantId, ...next })
      .onConflictDoUpdate({ target: reportSetting.tenantId, set: next });
    await recordAudit(tx, actor, {
      action: 'report.settings_changed',
      target: { type: 'report', id: null, label: 'Weekly report' },
      details: { before: rest, after: input },
    });
    return settingsDto(tx, tenantId, Date.now());
  });
}
