import type { Metadata } from 'next';
import { RolesTable } from '@/components/platform/settings/roles-table';
import { PageBody, PageHeader } from '@/components/ui/page-header';
import { requireActor } from '@/lib/platform/auth/session/page';

export const metadata: Metadata = { title: 'Roles' };

export default async function RolesPage() {
  const actor = await requireActor('session');
  return (
    <PageBody width="read">
      <PageHeader
        title="Roles"
        status={`You are ${actor.role} here. What each role may do, as the code applies it.`}
      />
      <RolesTable />
    </PageBody>
  );
}
