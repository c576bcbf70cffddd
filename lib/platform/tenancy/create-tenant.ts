import { eq } from 'drizzle-orm';
import { gateRevision } from '@/db/schema/api-keys';
import { membership, tenant } from '@/db/schema/identity';
import { asSystem, enterTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission, requirePerson } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { newId } from '@/lib/platform/core/ids';
import { type CreateTenantInput, createTenantInput, type TenantDto } from './contract';
import { tenantDtoOf } from './tenant-dto';

/**
 * Makes a tenant; its creator, an operator of another, becomes its operator. Both logs say so.
 * @throws AppError conflict where the slug is taken
 */
export async function createTenant(actor: Actor, given: CreateTenantInput): Promise<TenantDto> {
  requirePermission(actor, 'settings:write');
  const person = requirePerson(actor);
  const input = createTenantInput.parse(given);
  const id = newId();
  return asSystem(
    'create a tenant',
    async (tx) => {
      const [taken] = await tx.select({ id: tenant.id }).from(tenant).where(eq(tenant.slug, input.slug));
      if (taken) throw new AppError('conflict', `The slug "${input.slug}" is taken. Choose another.`);
      const [made] = await tx
        .insert(tenant)
        .values({ id, ...input })
        .returning();
      if (!made) throw new Error('The tenant row was not returned.');
      await tx.insert(membership).values({ tenantId: id, userId: person.userId, role: 'operator' });
      const entry = {
        action: 'tenant.created',
        target: { type: 'tenant', id, label: input.name },
        details: input,
      } as const;
      await recordAudit(tx, person, entry);
      await enterTenant(tx, id);
      await tx.insert(gateRevision).values({ tenantId: id, revision: 0 });
      await recordAudit(tx, { ...person, tenantId: id }, entry);
      return tenantDtoOf(made);
    },
    person.tenantId,
  );
}
