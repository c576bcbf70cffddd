import { sql } from 'drizzle-orm';
import type { ReportLine, ReportSection, ReportWeek } from '@/lib/insight/reports/contract';
import { type Frame, findingsPath, line, numberText, section } from './section';

const WEEKS = 8;

/** Weeks that end with the period, from the episodes that the metrics have counted (docs/metrics.md). */
async function weeksOf({ tx, tenantId, period }: Frame): Promise<ReportWeek[]> {
  return [
    ...(await tx.execute<ReportWeek & Record<string, unknown>>(sql`
    select w.from_on::text as "from",
      coalesce(sum(e.count) filter (where e.opened_on between w.from_on and w.from_on + 6), 0)::int as found,
      coalesce(sum(e.count) filter (where e.ending = 'fixed' and e.ended_on between w.from_on and w.from_on + 6), 0)::int as fixed,
      coalesce(sum(e.count) filter (where e.opened_on <= w.from_on + 6 and e.ended_on > w.from_on + 6), 0)::int as open
    from (select ${period.to}::date - 6 - 7 * n as from_on from generate_series(${WEEKS - 1}::int, 0, -1) as n) w
    left join metric_episode e on e.tenant_id = ${tenantId}::uuid
    group by w.from_on order by w.from_on`)),
  ];
}

function lineOf(text: string, now: number, before: number | undefined, isGoodWhenLess: boolean): ReportLine {
  const detail =
    before === undefined
      ? null
      : now === before
        ? 'as in the week before'
        : `${numberText(before)} in the week before`;
  const isWorse = before !== undefined && (isGoodWhenLess ? now > before : now < before);
  return line(text, { value: numberText(now), detail, tone: isWorse ? 'warning' : 'neutral' });
}

/** Findings found, fixed and open in each of eight weeks; nothing where no scan was ever read. */
export async function trend(frame: Frame): Promise<ReportSection> {
  const [known] = await frame.tx.execute(
    sql`select 1 from metric_episode where tenant_id = ${frame.tenantId}::uuid limit 1`,
  );
  if (!known) return section('trend', { lines: [], empty: 'No data: no scan was ever imported.' });
  const weeks = await weeksOf(frame);
  const [before, now] = [weeks.at(-2), weeks.at(-1)];
  if (!now) throw new Error('A report has no weeks.');
  const lines = [
    lineOf('found', now.found, before?.found, true),
    lineOf('fixed', now.fixed, before?.fixed, false),
    { ...lineOf('open', now.open, before?.open, true), path: findingsPath('state:open') },
  ];
  return { ...section('trend', { lines, empty: '' }), weeks };
}
