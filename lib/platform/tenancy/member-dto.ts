import { and, asc, eq, gt, or, type SQL, sql } from 'drizzle-orm';
import { membership, userAccount } from '@/db/schema/identity';
import type { ReadTx } from '@/db/scope';
import { firstIdentity } from '@/lib/platform/auth/facts';
import { AppError } from '@/lib/platform/core/errors';
import { isId } from '@/lib/platform/core/ids';
import type { MemberDto } from './contract';

/** Enabled operators of the tenant; counted over rows that the reader may see anyway. */
const operators = sql<number>`(select count(*)::integer from identity.membership o
  join identity.user_account a on a.id = o.user_id
  where o.tenant_id = ${membership.tenantId} and o.role = 'operator' and o.disabled_at is null and a.disabled_at is null)`;

const columns = {
  userId: membership.userId,
  name: userAccount.displayName,
  email: userAccount.email,
  provider: firstIdentity('provider', membership.userId),
  handle: firstIdentity('handle', membership.userId),
  role: membership.role,
  disabledAt: membership.disabledAt,
  accountDisabledAt: userAccount.disabledAt,
  joinedAt: membership.createdAt,
  lastSignInAt: userAccount.lastSignInAt,
  version: membership.version,
  operators,
  place: sql<string>`to_char(${membership.createdAt} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`,
};

export interface MemberPlace {
  at: string;
  id: string;
}

type Row = Awaited<ReturnType<typeof selectMembers>>[number];

function isAfter(place: MemberPlace): SQL | undefined {
  const at = sql`${place.at}::timestamptz`;
  return or(gt(membership.createdAt, at), and(eq(membership.createdAt, at), gt(membership.userId, place.id)));
}

/** Members in the order in which they joined. */
export function selectMembers(tx: ReadTx, tenantId: string, limit: number, after: MemberPlace | null) {
  return tx
    .select(columns)
    .from(membership)
    .innerJoin(userAccount, eq(userAccount.id, membership.userId))
    .where(and(eq(membership.tenantId, tenantId), after ? isAfter(after) : undefined))
    .orderBy(asc(membership.createdAt), asc(membership.userId))
    .limit(limit);
}

export function memberDtoOf(row: Row): MemberDto {
  const isOperator = row.role === 'operator' && !row.disabledAt && !row.accountDisabledAt;
  return {
    userId: row.userId,
    name: row.name,
    email: row.email,
    provider: row.provider,
    handle: row.handle,
    role: row.role,
    disabledAt: row.disabledAt?.toISOString() ?? null,
    isAccountDisabled: row.accountDisabledAt !== null,
    isLastOperator: isOperator && row.operators === 1,
    joinedAt: row.joinedAt.toISOString(),
    lastSignInAt: row.lastSignInAt?.toISOString() ?? null,
    version: row.version,
  };
}

/** @throws AppError not_found, also for somebody who is a member elsewhere only */
export async function findMember(tx: ReadTx, tenantId: string, userId: string): Promise<MemberDto> {
  if (!isId(userId)) throw new AppError('not_found', 'Member not found.');
  const [row] = await tx
    .select(columns)
    .from(membership)
    .innerJoin(userAccount, eq(userAccount.id, membership.userId))
    .where(and(eq(membership.tenantId, tenantId), eq(membership.userId, userId)));
  if (!row) throw new AppError('not_found', 'Member not found.');
  return memberDtoOf(row);
}
