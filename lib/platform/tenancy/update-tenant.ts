import { eq, sql } from 'drizzle-orm';
import { tenant } from '@/db/schema/identity';
import { inTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { requireMatch } from '@/lib/platform/core/http/etag';
import { type TenantDto, type UpdateTenantInput, updateTenantInput } from './contract';
import { tenantDtoOf } from './tenant-dto';

/**
 * Renames the active tenant, or moves it to another time zone.
 * @throws AppError not_found for any other tenant, conflict where the slug is taken
 */
export async function updateTenant(
  actor: Actor,
  tenantId: string,
  given: UpdateTenantInput,
  ifMatch: string | null = null,
): Promise<TenantDto> {
  requirePermission(actor, 'settings:write');
  const input = updateTenantInput.parse(given);
  if (tenantId !== actor.tenantId) {
    throw new AppError('not_found', 'This is not the tenant you work in. Switch to it first.');
  }
  return inTenant(actor, async (tx) => {
    const [before] = await tx.select().from(tenant).where(eq(tenant.id, tenantId)).for('update');
    if (!before) throw new AppError('not_found', 'Tenant not found.');
    requireMatch(ifMatch, before.version);
    const { name, slug, timeZone } = before;
    const after = { name, slug, timeZone, ...input };
    if (after.name === name && after.slug === slug && after.timeZone === timeZone) return tenantDtoOf(before);
    const [changed] = await tx
      .update(tenant)
      .set({ ...after, version: sql`${tenant.version} + 1` })
      .where(eq(tenant.id, tenantId))
      .returning();
    if (!changed) throw new Error('The tenant row was not returned.');
    await recordAudit(tx, actor, {
      action: 'tenant.updated',
      target: { type: 'tenant', id: tenantId, label: after.name },
      details: { before: { name, slug, timeZone }, after },
    });
    return tenantDtoOf(changed);
  });
}
