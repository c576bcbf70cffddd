import { and, count, eq, isNull, ne } from 'drizzle-orm';
import { membership, tenant, userAccount } from '@/db/schema/identity';
import type { WriteTx } from '@/db/scope';
import { AppError } from '@/lib/platform/core/errors';

/** Changes of who runs a tenant take turns on its row, so that each sees the outcome of the one before. */
export async function lockTenant(tx: WriteTx, tenantId: string): Promise<void> {
  const [locked] = await tx
    .select({ id: tenant.id })
    .from(tenant)
    .where(eq(tenant.id, tenantId))
    .for('update');
  if (!locked) throw new AppError('not_found', 'Tenant not found.');
}

/**
 * Call it after `lockTenant`, before an operator stops being one.
 * @throws AppError conflict where nobody else could run the tenant afterwards
 */
export async function requireAnotherOperator(tx: WriteTx, tenantId: string, userId: string): Promise<void> {
  const [others] = await tx
    .select({ operators: count() })
    .from(membership)
    .innerJoin(userAccount, eq(userAccount.id, membership.userId))
    .where(
      and(
        eq(membership.tenantId, tenantId),
        eq(membership.role, 'operator'),
        ne(membership.userId, userId),
        isNull(membership.disabledAt),
        isNull(userAccount.disabledAt),
      ),
    );
  if (others && others.operators > 0) return;
  throw new AppError('conflict', 'This is the tenant’s only operator. Make someone else an operator first.');
}
