import { sql } from 'drizzle-orm';
import type { ReportLine, ReportSection, ReportTone } from '@/lib/insight/reports/contract';
import { daysBetween } from '@/lib/insight/reports/rules';
import { type Frame, iso, line, nameOf, numberText, section } from './section';

interface Turned extends Record<string, unknown> {
  key: string;
  state: string;
  before: string | null;
  at: string;
  beforeSince: string | null;
}

const HOLDS = new Set(['pass', 'warn']);
const path = '/checklist';

/** How an objective stands at the end of the period, and how long it stood on the other side before. */
function turnedLine({ key, state, before, at, beforeSince }: Turned): ReportLine {
  const days = beforeSince === null ? null : daysBetween(Date.parse(beforeSince), Date.parse(at));
  const lasted =
    before === null || days === null
      ? ''
      : `${HOLDS.has(before) ? 'passed' : 'did not pass'} for ${numberText(days)} ${days === 1 ? 'day' : 'days'} before`;
  const tone: ReportTone = HOLDS.has(state) ? 'success' : state === 'fail' ? 'danger' : 'warning';
  const text = HOLDS.has(state)
    ? `${nameOf(key)} passes again`
    : state === 'fail'
      ? `${nameOf(key)} fails`
      : `${nameOf(key)} is ${state}`;
  return line(text, { detail: lasted || null, tone, path });
}

/** How many objectives pass at the end of the period, and those that turned within it. */
export async function checklist({ tx, tenantId, period }: Frame): Promise<ReportSection> {
  const until = iso(period.toMs);
  const [held] = await tx.execute<{ applicable: number; holding: number }>(sql`
    select count(*) filter (where state <> 'not_applicable')::int as applicable,
      count(*) filter (where state in ('pass', 'warn'))::int as holding
    from (select distinct on (objective_key) state from objective_state
      where tenant_id = ${tenantId}::uuid and at < ${until}::timestamptz order by objective_key, at desc, id desc) latest`);
  if (!held || held.applicable === 0)
    return section('checklist', { lines: [], empty: 'No data: the checklist has not run yet.' });
  const turned = await tx.execute<Turned>(sql`
    select distinct on (s.objective_key) s.objective_key as key, s.state, s.before, to_json(s.at) #>> '{}' as at,
      (select to_json(max(p.at)) #>> '{}' from objective_state p
        where p.tenant_id = s.tenant_id and p.objective_key = s.objective_key and p.at < s.at) as "beforeSince"
    from objective_state s
    where s.tenant_id = ${tenantId}::uuid and s.at >= ${iso(period.fromMs)}::timestamptz and s.at < ${until}::timestamptz
      and s.before is not null and (s.state in ('pass', 'warn')) <> (s.before in ('pass', 'warn'))
    order by s.objective_key, s.at desc, s.id desc`);
  const lines = [...turned]
    .sort((a, b) => Number(HOLDS.has(a.state)) - Number(HOLDS.has(b.state)))
    .map(turnedLine);
  const share = line('objectives pass', {
    value: `${held.holding} of ${held.applicable}`,
    tone: held.holding === held.applicable ? 'success' : 'warning',
    path,
  });
  return section('checklist', { lines: [share, ...lines], morePath: path, empty: '' });
}
