import { and, eq, gt, isNull, lt, sql } from 'drizzle-orm';
import { membership, session, userAccount } from '@/db/schema/identity';
import { asSystem } from '@/db/scope';
import { getEnv } from '@/lib/platform/core/env/env';
import type { Role } from '@/lib/platform/tenancy/contract';

/** A session that may be used now. `role` is null without an enabled membership of its tenant. */
export interface LiveSession {
  id: string;
  userId: string;
  userName: string;
  isUserDisabled: boolean;
  tenantId: string | null;
  role: Role | null;
  expiresAt: Date;
}

/**
 * Where live sessions are looked up. Sessions begin and end as rows in Postgres only, inside the transaction of the
 * sign-in or the revocation: another store may answer faster, but is never the only copy of a revocation.
 */
export interface SessionStore {
  /** The session behind a token's digest; null when unknown, revoked, idle too long or past its end. */
  find(tokenDigest: string): Promise<LiveSession | null>;
}

const SEEN_EVERY = sql`interval '1 minute'`;

/** Rows that neither ended nor idled out, by the database's clock. */
export const isLive = () =>
  and(
    isNull(session.revokedAt),
    gt(session.expiresAt, sql`now()`),
    gt(session.lastSeenAt, sql`now() - make_interval(mins => ${getEnv().sessionIdleMinutes}::integer)`),
  );

/** One look-up per request, so that sign-out, disabling and a role change hold from the next request on. */
export const postgresSessions: SessionStore = {
  // guard: it only notes when a session was last seen, at most once a minute; before it nobody is known
  find: (tokenDigest) =>
    asSystem('look up a session', async (tx) => {
      const [row] = await tx
        .select({
          id: session.id,
          userId: session.userId,
          userName: userAccount.displayName,
          userDisabledAt: userAccount.disabledAt,
          tenantId: session.tenantId,
          role: membership.role,
          membershipDisabledAt: membership.disabledAt,
          expiresAt: session.expiresAt,
          isSeenLately: sql<boolean>`${session.lastSeenAt} >= now() - ${SEEN_EVERY}`,
        })
        .from(session)
        .innerJoin(userAccount, eq(userAccount.id, session.userId))
        .leftJoin(
          membership,
          and(eq(membership.tenantId, session.tenantId), eq(membership.userId, session.userId)),
        )
        .where(and(eq(session.tokenDigest, tokenDigest), isLive()));
      if (!row) return null;
      if (!row.isSeenLately) {
        await tx
          .update(session)
          .set({ lastSeenAt: sql`now()` })
          .where(and(eq(session.id, row.id), lt(session.lastSeenAt, sql`now() - ${SEEN_EVERY}`)));
      }
      const isUserDisabled = row.userDisabledAt !== null;
      return {
        id: row.id,
        userId: row.userId,
        userName: row.userName,
        isUserDisabled,
        tenantId: row.tenantId,
        role: isUserDisabled || row.membershipDisabledAt ? null : row.role,
        expiresAt: row.expiresAt,
      };
    }),
};
