import type { Metadata } from 'next';
import { TenantsScreen } from '@/components/settings/tenants-screen';
import { requireActor } from '@/lib/auth/page';
import { may } from '@/lib/auth/rules';
import { listMyTenants } from '@/lib/tenancy/queries';

export const metadata: Metadata = { title: 'Tenants' };

export default async function TenantsPage() {
  const actor = await requireActor('settings:read');
  return <TenantsScreen initial={await listMyTenants(actor)} canWrite={may(actor, 'settings:write')} />;
}
