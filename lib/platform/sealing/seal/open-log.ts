import { rawTenant } from '@/db/raw-scope';
import { originOf } from '../rules';

/** Makes the tenant's log where there is none. @param host of the console: the first part of the origin, for good */
// guard: an empty tree changes nothing that anyone could have recorded
export async function openLog(tenantId: string, host: string): Promise<void> {
  await rawTenant({ role: 'app_rw', tenantId }, async (tx) => {
    await tx`
      insert into public.audit_log (tenant_id, incarnation, origin)
      select ${tenantId}::uuid, 1, ${originOf(host, tenantId, 1)}
      where not exists (select from public.audit_log where tenant_id = ${tenantId}::uuid)
      on conflict do nothing`;
  });
}
