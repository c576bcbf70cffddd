import type { Actor, Permission } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { may } from '@/lib/platform/auth/rules';

/**
 * Whoever may rotate secrets may do what rotating needs: change the inventory, say which version is in use.
 * @throws AppError `forbidden`, naming the lesser permission
 */
export function requireRotateOr(actor: Actor, lesser: Permission): void {
  if (!may(actor, 'secrets:rotate')) requirePermission(actor, lesser);
}
