'use client';

import { useQuery } from '@tanstack/react-query';
import { apiFetch } from '@/components/shell/api-client';
import { QueryProblem } from '@/components/shell/query-problem';
import { useAction } from '@/components/shell/use-action';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { PageBody, PageHeader } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { StackedRow, StackedTable } from '@/components/ui/stacked-table';
import { TableCell } from '@/components/ui/table';
import { Time } from '@/components/ui/time';
import type { MyTenantDto } from '@/lib/platform/tenancy/contract';
import { tenantsQuery } from './settings.queries';
import { TenantDialog } from './tenant-dialog';

function SwitchButton({ tenant }: { tenant: MyTenantDto }) {
  const switchTo = useAction<MyTenantDto>({
    run: async ({ id }) => {
      await apiFetch(`/tenants/${id}/switch`, { method: 'POST', inAnyTenant: true });
      window.location.assign('/overview');
    },
    refresh: [],
    done: () => null,
    failed: 'Could not switch tenant',
  });
  return (
    <Button size="sm" loading={switchTo.isPending} onClick={() => switchTo.mutate(tenant)}>
      Switch
    </Button>
  );
}

export function TenantsScreen({ initial, canWrite }: { initial: MyTenantDto[]; canWrite: boolean }) {
  const tenants = useQuery({ ...tenantsQuery, initialData: { items: initial } });
  const { items } = tenants.data;
  return (
    <PageBody width="read">
      <PageHeader
        title="Tenants"
        status="Each tenant has its own keys, members and audit log. You see only the tenants you belong to."
        actions={canWrite ? <TenantDialog /> : null}
      />
      <QueryProblem queries={[tenants]} title="Could not refresh the list" />
      <Panel className="px-4">
        <StackedTable aria-label="Tenants" columns={['Tenant', 'Slug', 'Your role', 'Created']} hasActions>
          {items.map((tenant) => (
            <StackedRow key={tenant.id}>
              <TableCell>
                <span className="flex items-center gap-2 font-medium">
                  {tenant.name}
                  {tenant.isCurrent ? <Badge tone="info">Current</Badge> : null}
                </span>
              </TableCell>
              <TableCell className="font-mono">{tenant.slug}</TableCell>
              <TableCell className="capitalize">{tenant.role}</TableCell>
              <TableCell>
                <Time value={tenant.createdAt} precision="day" />
              </TableCell>
              <TableCell>
                <span className="flex justify-end gap-2">
                  {tenant.isCurrent && canWrite ? <TenantDialog tenant={tenant} /> : null}
                  {tenant.isCurrent ? null : <SwitchButton tenant={tenant} />}
                </span>
              </TableCell>
            </StackedRow>
          ))}
        </StackedTable>
      </Panel>
    </PageBody>
  );
}
