import { and, eq, isNull } from 'drizzle-orm';
import { membership, userAccount } from '@/db/schema/identity';
import type { ReadTx } from '@/db/scope';
import { grantableScopes } from '@/lib/access/api-keys/rules';
import type { Actor } from '@/lib/platform/auth/contract';
import { isServiceScope } from '@/lib/platform/auth/scope-contract';
import { parseDuration, SECOND_MS } from '@/lib/platform/core/clock';
import { AppError } from '@/lib/platform/core/errors';

const GRACE_SECONDS_MAX = 30 * 24 * 3600;

/**
 * Nobody hands out what they may not do themselves: a new secret carries the key's scopes. People may give any scope of
 * their own services, a key only those it holds.
 */
export function refuseUngrantable(actor: Actor, scopes: readonly string[]): void {
  const grantable: readonly string[] = grantableScopes(actor);
  const mayGive = (scope: string) =>
    isServiceScope(scope) ? actor.type !== 'key' || actor.scopes.includes(scope) : grantable.includes(scope);
  const excess = scopes.filter((scope) => !mayGive(scope));
  if (excess.length === 0) return;
  const whose = actor.type === 'key' ? 'This key lacks' : 'Your role lacks';
  throw new AppError('forbidden', `${whose} ${excess.join(', ')}, so it cannot grant it to a key.`, {
    fields: excess.map((scope) => ({
      path: `scopes/${scopes.indexOf(scope)}`,
      message: `You do not have ${scope}.`,
    })),
  });
}

/** @throws AppError `unprocessable` where the owner is not an enabled member of the tenant */
export async function requireOwner(tx: ReadTx, tenantId: string, userId: string): Promise<void> {
  const [found] = await tx
    .select({ userId: membership.userId })
    .from(membership)
    .innerJoin(userAccount, eq(userAccount.id, membership.userId))
    .where(
      and(
        eq(membership.tenantId, tenantId),
        eq(membership.userId, userId),
        isNull(membership.disabledAt),
        isNull(userAccount.disabledAt),
      ),
    );
  if (found) return;
  const message = 'The owner must be an enabled member of this tenant.';
  throw new AppError('unprocessable', message, { fields: [{ path: 'ownerUserId', message }] });
}

/** @throws AppError `bad_request` where the end date is not in the future by the database clock */
export function requireFuture(expiresAtMs: number, nowMs: number): void {
  if (expiresAtMs > nowMs) return;
  const message = 'The end date must be in the future.';
  throw new AppError('bad_request', message, { fields: [{ path: 'expiresAt', message }] });
}

export function userIdOf(actor: Actor): string | null {
  return actor.type === 'user' ? actor.userId : null;
}

/** Seconds of a duration that the contract has checked, such as `24h`; at most 30 days. */
export function graceSecondsOf(text: string): number {
  const seconds = (parseDuration(text) ?? 0) / SECOND_MS;
  if (seconds <= GRACE_SECONDS_MAX) return seconds;
  const message = 'A grace period lasts at most 30 days.';
  throw new AppError('bad_request', message, { fields: [{ path: 'grace', message }] });
}
