import { eq, sql } from 'drizzle-orm';
import { reportSetting } from '@/db/schema/reports';
import type { ReadTx } from '@/db/scope';
import { readMailChannels } from '@/lib/platform/notifications/facts';
import { type ReportSettingsDto, SECTION_KEYS, type SectionKey } from './contract';
import { nextDue, type ReportSchedule } from './rules';

export interface ReportSettings extends ReportSchedule {
  isEnabled: boolean;
  sections: SectionKey[];
  version: number;
}

const isSection = (text: string): text is SectionKey => SECTION_KEYS.some((key) => key === text);

/** A tenant's settings, standard ones as long as nobody changed them. */
export async function reportSettings(tx: ReadTx, tenantId: string): Promise<ReportSettings> {
  const [row] = await tx.select().from(reportSetting).where(eq(reportSetting.tenantId, tenantId));
  const [tenant] = await tx.execute<{ zone: string }>(
    sql`select time_zone as zone from identity.tenant where id = ${tenantId}::uuid`,
  );
  return {
    timeZone: tenant?.zone ?? 'UTC',
    isEnabled: row?.isEnabled ?? true,
    weekday: row?.weekday ?? 1,
    sendAt: row?.sendAt ?? '08:00',
    sections: row?.sections.filter(isSection) ?? [...SECTION_KEYS],
    version: row?.version ?? 0,
  };
}

export async function settingsDto(tx: ReadTx, tenantId: string, nowMs: number): Promise<ReportSettingsDto> {
  const settings = await reportSettings(tx, tenantId);
  return {
    ...settings,
    nextAt: settings.isEnabled ? new Date(nextDue(nowMs, settings)).toISOString() : null,
    mailChannels: await readMailChannels(tx, tenantId, 'report.weekly'),
  };
}
