import { and, eq, isNull } from 'drizzle-orm';
import { membership, tenant } from '@/db/schema/identity';
import { inTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePerson } from '@/lib/platform/auth/require';
import { moveSession } from '@/lib/platform/auth/session/move-session';
import { forgetSession } from '@/lib/platform/auth/session/session-cache';
import { AppError } from '@/lib/platform/core/errors';
import { isId } from '@/lib/platform/core/ids';
import type { MyTenantDto } from './contract';
import { tenantDtoOf } from './tenant-dto';

/**
 * Makes another tenant of the caller the active one of this session; recorded in the tenant that is entered.
 * @throws AppError not_found for a tenant that the caller is no enabled member of
 */
// guard: everybody may move between tenants they are a member of; the membership is what is checked
export async function switchTenant(actor: Actor, tenantId: string): Promise<MyTenantDto> {
  const person = requirePerson(actor);
  if (!isId(tenantId)) throw new AppError('not_found', 'Tenant not found, or you are not a member of it.');
  const { dto, tokenDigest } = await inTenant({ ...person, tenantId }, async (tx) => {
    const [entered] = await tx
      .select({ row: tenant, role: membership.role })
      .from(membership)
      .innerJoin(tenant, eq(tenant.id, membership.tenantId))
      .where(
        and(
          eq(membership.tenantId, tenantId),
          eq(membership.userId, person.userId),
          isNull(membership.disabledAt),
        ),
      );
    if (!entered) throw new AppError('not_found', 'Tenant not found, or you are not a member of it.');
    const tokenDigest = await moveSession(tx, person, tenantId);
    const { row, role } = entered;
    await recordAudit(
      tx,
      { ...person, tenantId, role },
      {
        action: 'auth.tenant_switched',
        target: { type: 'tenant', id: tenantId, label: row.name },
        details: { from: person.tenantId },
      },
    );
    return { dto: { ...tenantDtoOf(row), role, isCurrent: true }, tokenDigest };
  });
  if (tokenDigest) await forgetSession(tokenDigest);
  return dto;
}
