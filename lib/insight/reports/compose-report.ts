import { sql } from 'drizzle-orm';
import type { ReadTx } from '@/db/scope';
import { access } from '@/lib/insight/reports/sections/access';
import { anomalies } from '@/lib/insight/reports/sections/anomalies';
import { changes } from '@/lib/insight/reports/sections/changes';
import { checklist } from '@/lib/insight/reports/sections/checklist';
import { deliveries } from '@/lib/insight/reports/sections/deliveries';
import { keys } from '@/lib/insight/reports/sections/keys';
import { needs } from '@/lib/insight/reports/sections/needs';
import { nameOf, type SectionReader } from '@/lib/insight/reports/sections/section';
import { trend } from '@/lib/insight/reports/sections/trend';
import { unknown } from '@/lib/insight/reports/sections/unknown';
import { type ReportContent, SECTION_KEYS, type SectionKey } from './contract';
import { headlineOf, type Period } from './rules';

const READERS: Readonly<Record<SectionKey, SectionReader>> = {
  needs,
  changes,
  trend,
  checklist,
  keys,
  access,
  anomalies,
  deliveries,
  unknown,
};

export interface ReportFrame {
  tenantId: string;
  timeZone: string;
  period: Period;
  nowMs: number;
  isLate: boolean;
  sections: readonly SectionKey[];
}

/** The content of a report from the rows as they are now. Its headline looks at what needs somebody, shown or not. */
export async function composeReport(tx: ReadTx, frame: ReportFrame): Promise<ReportContent> {
  const { tenantId, timeZone, period, nowMs, isLate } = frame;
  const [tenant] = await tx.execute<{ name: string }>(
    sql`select name from identity.tenant where id = ${tenantId}::uuid`,
  );
  const read = { tx, tenantId, timeZone, period, nowMs };
  const wanted = SECTION_KEYS.filter(
    (key) => frame.sections.includes(key) || key === 'needs' || key === 'unknown',
  );
  const sections = [];
  for (const key of wanted) sections.push(await READERS[key](read));
  return {
    version: 1,
    tenant: nameOf(tenant?.name),
    timeZone,
    from: period.from,
    to: period.to,
    isLate,
    ...headlineOf(sections),
    sections: sections.filter(({ key }) => frame.sections.includes(key)),
  };
}
