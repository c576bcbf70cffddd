import type { Metadata } from 'next';
import { TenantsScreen } from '@/components/platform/settings/tenants-screen';
import { may } from '@/lib/platform/auth/rules';
import { requireActor } from '@/lib/platform/auth/session/page';
import { listMyTenants } from '@/lib/platform/tenancy/queries';

export const metadata: Metadata = { title: 'Tenants' };

export default async function TenantsPage() {
  const actor = await requireActor('settings:read');
  return <TenantsScreen initial={await listMyTenants(actor)} canWrite={may(actor, 'settings:write')} />;
}
