import { AppError } from '@/lib/core/errors';
import type { Actor, Permission } from './contract';
import { may } from './rules';

/**
 * First line of every verb and query.
 * @throws AppError `unauthenticated` for nobody, `forbidden` (naming the permission) for somebody
 */
export function requirePermission(actor: Actor, permission: Permission): void {
  if (may(actor, permission)) return;
  if (actor.type === 'anonymous') {
    throw new AppError('unauthenticated', 'Sign in, or send an API key.');
  }
  const held = actor.type === 'key' ? 'The key lacks the scope' : 'Your role lacks the permission';
  throw new AppError('forbidden', `${held} "${permission}". Ask an operator of this tenant.`);
}
