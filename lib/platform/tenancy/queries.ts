import { and, asc, eq, isNull } from 'drizzle-orm';
import { membership, tenant } from '@/db/schema/identity';
import { asSystem, readTenant } from '@/db/scope';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission, requirePerson } from '@/lib/platform/auth/require';
import { decodeCursor, encodeCursor, timeAndId } from '@/lib/platform/core/http/cursor';
import { hasOperator } from './bootstrap-operator';
import {
  type InvitationListDto,
  type ListInvitationsInput,
  type ListMembersInput,
  listInvitationsInput,
  listMembersInput,
  type MemberDto,
  type MemberListDto,
  type MyTenantDto,
} from './contract';
import { invitationDtoOf, selectInvitations } from './invitation-dto';
import { findMember, memberDtoOf, selectMembers } from './member-dto';
import { tenantDtoOf } from './tenant-dto';

/** The tenants that the caller may use, oldest membership first. */
export async function listMyTenants(actor: Actor): Promise<MyTenantDto[]> {
  const person = requirePerson(actor);
  const rows = await readTenant(person, (tx) =>
    tx
      .select({ row: tenant, role: membership.role })
      .from(membership)
      .innerJoin(tenant, eq(tenant.id, membership.tenantId))
      .where(and(eq(membership.userId, person.userId), isNull(membership.disabledAt)))
      .orderBy(asc(membership.createdAt), asc(tenant.id)),
  );
  return rows.map(({ row, role }) => ({
    ...tenantDtoOf(row),
    role,
    isCurrent: row.id === person.tenantId,
  }));
}

function cursorAfter(rows: readonly { place: string; id: string }[], limit: number): string | null {
  const last = rows[limit - 1];
  return rows.length > limit && last ? encodeCursor({ at: last.place, id: last.id }) : null;
}

/** Members of the active tenant in the order in which they joined. */
export async function listMembers(actor: Actor, given: ListMembersInput): Promise<MemberListDto> {
  requirePermission(actor, 'members:read');
  const { cursor, limit } = listMembersInput.parse(given);
  const after = cursor ? decodeCursor(cursor, timeAndId) : null;
  const rows = await readTenant(actor, (tx) => selectMembers(tx, actor.tenantId, limit + 1, after));
  const places = rows.map(({ place, userId }) => ({ place, id: userId }));
  return { items: rows.slice(0, limit).map(memberDtoOf), nextCursor: cursorAfter(places, limit) };
}

export async function getMember(actor: Actor, userId: string): Promise<MemberDto> {
  requirePermission(actor, 'members:read');
  return readTenant(actor, (tx) => findMember(tx, actor.tenantId, userId));
}

/** Invitations of the active tenant, newest first. */
export async function listInvitations(actor: Actor, given: ListInvitationsInput): Promise<InvitationListDto> {
  requirePermission(actor, 'members:read');
  const { cursor, limit, state } = listInvitationsInput.parse(given);
  const after = cursor ? decodeCursor(cursor, timeAndId) : null;
  const page = { onlyOpen: state === 'open', limit: limit + 1, after };
  const rows = await readTenant(actor, (tx) => selectInvitations(tx, actor.tenantId, page));
  return { items: rows.slice(0, limit).map(invitationDtoOf), nextCursor: cursorAfter(rows, limit) };
}

/** Whether the next person to sign in becomes the operator. */
export function awaitsFirstOperator(): Promise<boolean> {
  return asSystem('look for an operator', async (tx) => !(await hasOperator(tx)));
}
