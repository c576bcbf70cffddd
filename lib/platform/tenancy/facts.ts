import { sql } from 'drizzle-orm';
import type { ReadTx } from '@/db/scope';
import { sqlFact } from '@/lib/platform/facts/fact';

/** An enabled operator, of the tenant as of the whole installation. */
const isOperator = sql`m.role = 'operator' and m.disabled_at is null and u.disabled_at is null`;

const operators = (
  tenantId: string,
) => sql`identity.membership m join identity.user_account u on u.id = m.user_id
  where m.tenant_id = ${tenantId}::uuid and ${isOperator}`;

export const onlyOperator = sqlFact({
  key: 'members.one_operator',
  permission: 'members:read',
  one: 'person is the only operator',
  many: 'people are the only operators',
  remedy: 'If they are unavailable, no one can revoke a key. Invite a second operator.',
  action: 'Open members',
  href: '/settings/members?show=operators',
  from: (tenantId) => sql`${operators(tenantId)} and (select count(*) from ${operators(tenantId)}) = 1`,
  name: sql`u.display_name`,
  since: sql`m.created_at`,
  level: 'info',
  order: sql`m.created_at`,
});

/** When the first member joined, and the second enabled operator; ISO 8601, null: not yet. */
export async function readMemberMilestones(
  tx: ReadTx,
  tenantId: string,
): Promise<{ firstAt: string | null; secondOperatorAt: string | null }> {
  const [row] = await tx.execute<{ first: string | null; second: string | null }>(sql`
    select (select min(created_at) from identity.membership where tenant_id = ${tenantId}::uuid)::text as first,
      (select m.created_at from ${operators(tenantId)} order by m.created_at offset 1 limit 1)::text as second`);
  const iso = (text: string | null | undefined) => (text ? new Date(text).toISOString() : null);
  return { firstAt: iso(row?.first), secondOperatorAt: iso(row?.second) };
}
