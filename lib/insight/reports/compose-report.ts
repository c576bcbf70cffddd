import { sql } from 'drizzle-orm';
import type { ReadTx } from '@/db/scope';
import type { HealthPartDto } from '@/lib/insight/overview/contract';
import { standingFacts } from '@/lib/insight/overview/facts';
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
import { readFacts } from '@/lib/platform/facts/fact';
import { standingOf } from '@/lib/platform/facts/rules';
import { type ReportContent, SECTION_KEYS, type SectionKey } from './contract';
import { type Period, TONE_OF } from './rules';

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
  /** From `probeParts`, before the transaction began. */
  probed: readonly HealthPartDto[];
  sections: readonly SectionKey[];
}

const withoutStop = (sentence: string) => sentence.replace(/[.]$/, '');

/** The content of a report from the rows as they are now. Its headline is that of the overview, whatever it shows. */
export async function composeReport(tx: ReadTx, frame: ReportFrame): Promise<ReportContent> {
  const { tenantId, timeZone, period, nowMs, isLate } = frame;
  const [tenant] = await tx.execute<{ name: string }>(
    sql`select name from identity.tenant where id = ${tenantId}::uuid`,
  );
  const facts = standingFacts(frame.probed);
  const standing = standingOf(await readFacts(tx, tenantId, facts), new Date(nowMs).toISOString());
  const read = { tx, tenantId, timeZone, period, nowMs, standing, facts };
  const sections = [];
  for (const key of SECTION_KEYS) if (frame.sections.includes(key)) sections.push(await READERS[key](read));
  return {
    version: 1,
    tenant: nameOf(tenant?.name),
    timeZone,
    from: period.from,
    to: period.to,
    isLate,
    headline: withoutStop(standing.headline),
    tone: TONE_OF[standing.level],
    sections,
  };
}
