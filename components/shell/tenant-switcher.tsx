'use client';

import { ChevronsUpDown } from 'lucide-react';
import { Button } from '@/components/ui/button';
import { DropdownMenu, MenuGroup, MenuRadioGroup } from '@/components/ui/dropdown-menu';

export interface TenantSwitcherProps {
  current: string;
  tenants: readonly { id: string; name: string }[];
  onSwitch: (id: string) => void;
}

/** The tenant whose data is shown; a menu only when there is more than one. */
export function TenantSwitcher({ current, tenants, onSwitch }: TenantSwitcherProps) {
  const name = tenants.find(({ id }) => id === current)?.name ?? current;
  if (tenants.length < 2) {
    return <span className="truncate px-1 text-sm font-medium">{name}</span>;
  }
  return (
    <DropdownMenu
      align="start"
      trigger={
        <Button size="sm" variant="ghost" className="min-w-0 px-1.5 text-ink" aria-label={`Tenant: ${name}`}>
          <span className="truncate">{name}</span>
          <ChevronsUpDown aria-hidden className="size-3.5 text-faint" />
        </Button>
      }
    >
      <MenuGroup label="Tenant">
        <MenuRadioGroup
          label="Tenant"
          value={current}
          onValueChange={onSwitch}
          options={tenants.map(({ id, name: label }) => ({ value: id, label }))}
        />
      </MenuGroup>
    </DropdownMenu>
  );
}
