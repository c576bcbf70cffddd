import { and, eq, sql } from 'drizzle-orm';
import { membership } from '@/db/schema/identity';
import { enterTenant, type WriteTx } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { RequestInfo } from '@/lib/platform/auth/contract';
import { DEFAULT_TENANT_ID } from './contract';
import { lockTenant } from './operators';
import { tellMemberChange } from './tell-member-change';

export interface Newcomer {
  userId: string;
  label: string;
  request: RequestInfo;
}

/** Whether the home tenant ever got its operator. */
export async function hasOperator(tx: WriteTx): Promise<boolean> {
  const [found] = await tx
    .select({ userId: membership.userId })
    .from(membership)
    .where(and(eq(membership.tenantId, DEFAULT_TENANT_ID), eq(membership.role, 'operator')))
    .limit(1);
  return found !== undefined;
}

/**
 * The first person ever to sign in becomes operator of the home tenant. A disabled operator counts as one, so this can
 * happen once only. Sign-ins at the same moment take turns on the tenant's row and look again.
 */
export async function bootstrapOperator(tx: WriteTx, newcomer: Newcomer): Promise<void> {
  if (await hasOperator(tx)) return;
  await lockTenant(tx, DEFAULT_TENANT_ID);
  if (await hasOperator(tx)) return;
  const { userId, label, request } = newcomer;
  await tx
    .insert(membership)
    .values({ tenantId: DEFAULT_TENANT_ID, userId, role: 'operator' })
    .onConflictDoUpdate({
      target: [membership.tenantId, membership.userId],
      set: { role: 'operator', version: sql`${membership.version} + 1` },
    });
  await enterTenant(tx, DEFAULT_TENANT_ID);
  await recordAudit(
    tx,
    { type: 'anonymous', tenantId: DEFAULT_TENANT_ID, label, request },
    { action: 'operator.bootstrapped', target: { type: 'member', id: userId, label } },
  );
  await tellMemberChange(
    tx,
    { tenantId: DEFAULT_TENANT_ID, label },
    { change: 'bootstrapped', subject: { type: 'member', id: userId, label } },
  );
}
