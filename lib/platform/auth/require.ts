import { AppError } from '@/lib/platform/core/errors';
import type { Actor, Permission, UserActor } from './contract';
import { may } from './rules';

/**
 * First line of every verb and query.
 * @throws AppError `unauthenticated` for nobody, `forbidden` (naming the permission) for somebody
 */
export function requirePermission(actor: Actor, permission: Permission): void {
  if (may(actor, permission)) return;
  if (actor.type === 'anonymous') {
    throw new AppError('unauthenticated', 'Authentication required. Sign in, or send an API key.');
  }
  const held =
    actor.type === 'key' ? 'The key does not have the scope' : 'Your role does not have the permission';
  throw new AppError('forbidden', `${held} "${permission}". Ask an operator of this tenant.`);
}

/** Where any one of several is enough. @throws AppError as `requirePermission`, naming the first */
export function requireAny(actor: Actor, permissions: readonly [Permission, ...Permission[]]): void {
  if (!permissions.some((one) => may(actor, one))) requirePermission(actor, permissions[0]);
}

/** For what belongs to a person alone: sessions, the active tenant. @throws AppError `forbidden` for services */
export function requirePerson(actor: Actor): UserActor {
  if (actor.type === 'user') return actor;
  throw new AppError('forbidden', 'API keys cannot do this. Sign in to the console.');
}
