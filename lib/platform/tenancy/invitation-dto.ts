import { and, desc, eq, gt, isNull, lt, or, type SQL, sql } from 'drizzle-orm';
import { invitation, userAccount } from '@/db/schema/identity';
import type { ReadTx } from '@/db/scope';
import { AppError } from '@/lib/platform/core/errors';
import { isId } from '@/lib/platform/core/ids';
import type { InvitationDto } from './contract';

const columns = {
  id: invitation.id,
  provider: invitation.provider,
  matcher: invitation.matcher,
  value: invitation.value,
  role: invitation.role,
  invitedBy: invitation.invitedBy,
  invitedByName: userAccount.displayName,
  createdAt: invitation.createdAt,
  expiresAt: invitation.expiresAt,
  acceptedAt: invitation.acceptedAt,
  revokedAt: invitation.revokedAt,
  isExpired: sql<boolean>`${invitation.expiresAt} <= now()`,
  place: sql<string>`to_char(${invitation.createdAt} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`,
};

type Row = Awaited<ReturnType<typeof selectInvitations>>[number];

export interface InvitationPage {
  onlyOpen: boolean;
  limit: number;
  after: { at: string; id: string } | null;
}

const isOpen = () =>
  and(isNull(invitation.acceptedAt), isNull(invitation.revokedAt), gt(invitation.expiresAt, sql`now()`));

function isAfter(place: { at: string; id: string }): SQL | undefined {
  const at = sql`${place.at}::timestamptz`;
  return or(lt(invitation.createdAt, at), and(eq(invitation.createdAt, at), lt(invitation.id, place.id)));
}

export function selectInvitations(tx: ReadTx, tenantId: string, page: InvitationPage) {
  return tx
    .select(columns)
    .from(invitation)
    .leftJoin(userAccount, eq(userAccount.id, invitation.invitedBy))
    .where(
      and(
        eq(invitation.tenantId, tenantId),
        page.onlyOpen ? isOpen() : undefined,
        page.after ? isAfter(page.after) : undefined,
      ),
    )
    .orderBy(desc(invitation.createdAt), desc(invitation.id))
    .limit(page.limit);
}

export function invitationDtoOf(row: Row): InvitationDto {
  const state = row.acceptedAt ? 'accepted' : row.revokedAt ? 'revoked' : row.isExpired ? 'expired' : 'open';
  return {
    id: row.id,
    provider: row.provider,
    matcher: row.matcher,
    value: row.value,
    role: row.role,
    state,
    invitedBy: row.invitedBy ? { userId: row.invitedBy, name: row.invitedByName ?? 'former member' } : null,
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
    acceptedAt: row.acceptedAt?.toISOString() ?? null,
    revokedAt: row.revokedAt?.toISOString() ?? null,
  };
}

/** @throws AppError not_found, also for another tenant's */
export async function findInvitation(tx: ReadTx, tenantId: string, id: string): Promise<InvitationDto> {
  if (!isId(id)) throw new AppError('not_found', 'Invitation not found.');
  const [row] = await tx
    .select(columns)
    .from(invitation)
    .leftJoin(userAccount, eq(userAccount.id, invitation.invitedBy))
    .where(and(eq(invitation.tenantId, tenantId), eq(invitation.id, id)));
  if (!row) throw new AppError('not_found', 'Invitation not found.');
  return invitationDtoOf(row);
}
