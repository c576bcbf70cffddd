import { type SQL, sql } from 'drizzle-orm';
import type { ReportLine, ReportSection, ReportTone } from '@/lib/insight/reports/contract';
import { type Frame, findingsPath, line, nameOf, numberText, section } from './section';

interface Kind {
  text: (count: number) => string;
  tone: ReportTone;
  path: string;
  /** The columns `who` and `since`, one row for each matter. */
  rows: (tenantId: string) => SQL;
}

const own = (tenantId: string) => sql`tenant_id = ${tenantId}::uuid`;
const one = (count: number, single: string, many: string) => (count === 1 ? single : many);

/** Worst first. Whoever is named is who owns it; otherwise it is the operators'. */
const KINDS: readonly Kind[] = [
  {
    text: (n) => one(n, 'finding is overdue', 'findings are overdue'),
    tone: 'danger',
    path: findingsPath('sla:overdue'),
    rows: (tenantId) => sql`select u.display_name as who, f.due_at as since from finding f
      left join identity.user_account u on u.id = f.owner_user_id
      where f.tenant_id = ${tenantId}::uuid and f.status = 'open' and f.due_at < now()`,
  },
  {
    text: (n) => one(n, 'checklist objective is failing', 'checklist objectives are failing'),
    tone: 'danger',
    path: '/checklist',
    rows: (tenantId) => sql`select null as who, at as since from (
      select distinct on (objective_key) state, at from objective_state where ${own(tenantId)}
      order by objective_key, objective_state.at desc, id desc) latest where state = 'fail'`,
  },
  {
    text: (n) => one(n, 'background job failed', 'background jobs failed'),
    tone: 'danger',
    path: '/settings/health',
    rows: (tenantId) => sql`select null as who, created_on as since from pgboss.job
      where name = 'dead-letter' and state = 'created' and data ->> 'tenantId' = ${tenantId}`,
  },
  {
    text: (n) => one(n, 'notification channel is turned off', 'notification channels are turned off'),
    tone: 'warning',
    path: '/settings/notifications',
    rows: (tenantId) => sql`select null as who, disabled_at as since from notification_channel
      where ${own(tenantId)} and disabled_at is not null`,
  },
  {
    text: (n) => one(n, 'scan is held for review', 'scans are held for review'),
    tone: 'warning',
    path: `/scans?${new URLSearchParams({ q: 'status:held' })}`,
    rows: (tenantId) =>
      sql`select null as who, finished_at as since from scan where ${own(tenantId)} and status = 'held'`,
  },
  {
    text: (n) => one(n, 'new secret has not been used', 'new secrets have not been used'),
    tone: 'warning',
    path: '/keys',
    rows: (tenantId) => sql`select u.display_name as who, v.created_at as since from api_key_version v
      join api_key k on k.tenant_id = v.tenant_id and k.id = v.key_id
      left join identity.user_account u on u.id = k.owner_user_id
      where v.tenant_id = ${tenantId}::uuid and v.state = 'pending' and v.created_at < now() - interval '24 hours'
        and k.revoked_at is null`,
  },
  {
    text: (n) => one(n, 'risk acceptance awaits approval', 'risk acceptances await approval'),
    tone: 'warning',
    path: findingsPath('state:open'),
    rows: (tenantId) =>
      sql`select null as who, requested_at as since from acceptance where ${own(tenantId)} and state = 'requested'`,
  },
  {
    text: (n) =>
      one(
        n,
        'exception of the checklist waits for approval',
        'exceptions of the checklist wait for approval',
      ),
    tone: 'warning',
    path: '/checklist',
    rows: (tenantId) => sql`select null as who, requested_at as since from check_exception
      where ${own(tenantId)} and approved_at is null and revoked_at is null and expires_at > now()`,
  },
  {
    text: (n) => one(n, 'critical or high finding is open', 'critical or high findings are open'),
    tone: 'warning',
    path: findingsPath('severity:critical severity:high'),
    rows: (tenantId) => sql`select u.display_name as who, f.opened_at as since from finding f
      left join identity.user_account u on u.id = f.owner_user_id
      where f.tenant_id = ${tenantId}::uuid and f.status = 'open' and f.severity_rank <= 1
        and (f.due_at is null or f.due_at >= now())`,
  },
];

interface Counted extends Record<string, unknown> {
  count: number;
  people: { who: string; count: number }[] | null;
  since: string | null;
}

const PEOPLE_SHOWN = 3;

/** Each owner with how many are theirs; what nobody owns is the operators'. */
function whoOf({ count, people }: Counted): string {
  const named = people ?? [];
  const left = count - named.reduce((sum, person) => sum + person.count, 0);
  const parts = named.map(({ who, count: theirs }) =>
    named.length === 1 && left === 0 ? nameOf(who) : `${nameOf(who)} ${theirs}`,
  );
  if (left > 0) parts.push(parts.length === 0 ? 'operators' : `operators ${left}`);
  return parts.join(', ').slice(0, 120);
}

async function lineOf(
  { tx, tenantId, timeZone }: Frame,
  { rows, text, tone, path }: Kind,
): Promise<ReportLine[]> {
  const [counted] = await tx.execute<Counted>(sql`
    with matter as materialized (${rows(tenantId)}), person as (
      select who, count(*)::int as count from matter where who is not null group by who order by 2 desc, who limit ${PEOPLE_SHOWN})
    select (select count(*)::int from matter) as count, (select json_agg(person) from person) as people,
      (select to_char(min(since) at time zone ${timeZone}, 'FMDD Mon YYYY') from matter) as since`);
  if (!counted || counted.count === 0) return [];
  const { count, since } = counted;
  const detail = since === null ? null : `${count === 1 ? 'since' : 'oldest since'} ${since}`;
  return [line(text(count), { value: numberText(count), who: whoOf(counted), detail, tone, path })];
}

/** What is overdue, waits for somebody or is broken at this moment, with whom it concerns. */
export async function needs(frame: Frame): Promise<ReportSection> {
  const lines: ReportLine[] = [];
  for (const kind of KINDS) lines.push(...(await lineOf(frame, kind)));
  return section('needs', { lines, empty: 'No open actions.' });
}
