import { sql } from 'drizzle-orm';
import type { ReportLine, ReportSection } from '@/lib/insight/reports/contract';
import { daysBetween } from '@/lib/insight/reports/rules';
import { DAY_MS } from '@/lib/platform/core/clock';
import { type Frame, iso, line, nameOf, section } from './section';

const AHEAD_DAYS = 30;
const SECRET_DAYS = 90;

interface Row extends Record<string, unknown> {
  id: string;
  name: string;
  who: string | null;
  expiresAt: string | null;
  oldAt: string;
}

function lineOf({ id, name, who, expiresAt, oldAt }: Row, nowMs: number): ReportLine {
  const [expiresMs, oldMs] = [
    expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(expiresAt),
    Date.parse(oldAt),
  ];
  const isEnd = expiresMs <= oldMs;
  const days = daysBetween(nowMs, isEnd ? expiresMs : oldMs);
  const when =
    days < 0
      ? `since ${-days} ${days === -1 ? 'day' : 'days'}`
      : days === 0
        ? 'today'
        : `in ${days} ${days === 1 ? 'day' : 'days'}`;
  return line(`Key ${nameOf(name)}`, {
    value: isEnd
      ? `expires ${when}`
      : days < 0
        ? `secret is over ${SECRET_DAYS} days old ${when}`
        : `secret is ${SECRET_DAYS} days old ${when}`,
    who: who === null ? 'operators' : nameOf(who).slice(0, 120),
    tone: days <= 1 ? 'danger' : days <= 7 ? 'warning' : 'neutral',
    path: `/keys/${id}`,
  });
}

/** Keys in use that expire, or whose secret becomes 90 days old, within 30 days; what is over already stands first. */
export async function keys({ tx, tenantId, nowMs }: Frame): Promise<ReportSection> {
  const until = iso(nowMs + AHEAD_DAYS * DAY_MS);
  const rows = await tx.execute<Row>(sql`
    with due as (
      select k.id, k.name, u.display_name as who, k.expires_at, v.activated_at + make_interval(days => ${SECRET_DAYS}::int) as old_at
      from api_key k join api_key_version v on v.tenant_id = k.tenant_id and v.key_id = k.id and v.state = 'current'
      left join identity.user_account u on u.id = k.owner_user_id
      where k.tenant_id = ${tenantId}::uuid and k.revoked_at is null and k.disabled_at is null
        and (k.expires_at is null or k.expires_at > ${iso(nowMs)}::timestamptz))
    select id, name, who, to_json(expires_at) #>> '{}' as "expiresAt", to_json(old_at) #>> '{}' as "oldAt" from due
    where least(expires_at, old_at) < ${until}::timestamptz
    order by least(expires_at, old_at), id`);
  return section('keys', {
    lines: rows.map((row) => lineOf(row, nowMs)),
    morePath: '/keys',
    empty: 'No keys due.',
  });
}
