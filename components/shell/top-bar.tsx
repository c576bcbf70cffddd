'use client';

import { Globe, Menu, Monitor, Moon, Search, Sun } from 'lucide-react';
import { useTheme } from 'next-themes';
import { type ReactNode, useSyncExternalStore } from 'react';
import { Avatar } from '@/components/ui/avatar';
import { Breadcrumb, type Crumb } from '@/components/ui/breadcrumb';
import { Button } from '@/components/ui/button';
import {
  DropdownMenu,
  MenuGroup,
  MenuItem,
  MenuRadioGroup,
  MenuSeparator,
} from '@/components/ui/dropdown-menu';
import { IconButton } from '@/components/ui/icon-button';
import { Kbd } from '@/components/ui/kbd';
import { type TimeZoneChoice, useTimeZone } from '@/components/ui/time-zone';
import { shortcutKeys } from './shortcuts';

export interface ShellUser {
  name: string;
  /** Role, or how the person signed in. */
  detail?: string;
}

export interface TopBarProps {
  crumbs: readonly Crumb[];
  tenantSwitcher?: ReactNode;
  user: ShellUser;
  userMenu?: ReactNode;
  /** Beside the account menu, for example the bell. */
  notices?: ReactNode;
  onMenu: () => void;
  onPalette: () => void;
  onShortcuts: () => void;
}

export function TopBar(props: TopBarProps) {
  return (
    <header
      data-shell="topbar"
      className="flex h-12 shrink-0 items-center gap-2 border-b border-line bg-canvas px-2 md:px-4"
    >
      <IconButton label="Open navigation" className="md:hidden" onClick={props.onMenu} tooltip={false}>
        <Menu aria-hidden />
      </IconButton>
      <div className="flex min-w-0 flex-1 items-center gap-2">
        {props.tenantSwitcher ? (
          <>
            {props.tenantSwitcher}
            <span aria-hidden="true" className="text-line-strong max-sm:hidden">
              /
            </span>
          </>
        ) : null}
        <div className={props.tenantSwitcher ? 'min-w-0 max-sm:hidden' : 'min-w-0'}>
          <Breadcrumb items={props.crumbs} />
        </div>
      </div>
      <Button size="sm" className="text-muted max-lg:hidden" onClick={props.onPalette}>
        <Search aria-hidden className="size-3.5" />
        <span className="pr-6 font-normal">Search</span>
        <Kbd keys={shortcutKeys('palette')} />
      </Button>
      <IconButton label="Search and commands" className="lg:hidden" onClick={props.onPalette}>
        <Search aria-hidden />
      </IconButton>
      <TimeZoneChip />
      <ThemeMenu />
      {props.notices}
      <UserMenu user={props.user} onShortcuts={props.onShortcuts}>
        {props.userMenu}
      </UserMenu>
    </header>
  );
}

const never = () => () => {};

function useHydrated(): boolean {
  return useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
}

function zoneShortName(zone: string): string {
  if (zone === 'UTC') return 'UTC';
  const parts = new Intl.DateTimeFormat('en-GB', { timeZone: zone, timeZoneName: 'short' }).formatToParts();
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? zone;
}

function TimeZoneChip() {
  const { choice, zone, setChoice } = useTimeZone();
  const hydrated = useHydrated();
  const localZone = hydrated ? Intl.DateTimeFormat().resolvedOptions().timeZone : 'UTC';
  const options: { value: TimeZoneChoice; label: ReactNode }[] = [
    { value: 'local', label: `Local, ${localZone}` },
    { value: 'utc', label: 'UTC' },
  ];
  return (
    <DropdownMenu
      trigger={
        <Button size="sm" variant="ghost" className="px-1.5 max-sm:hidden">
          <Globe aria-hidden className="size-3.5" />
          <span className="sr-only">Time zone </span>
          {zoneShortName(zone)}
        </Button>
      }
    >
      <MenuGroup label="Show times in">
        <MenuRadioGroup label="Show times in" value={choice} onValueChange={setChoice} options={options} />
      </MenuGroup>
    </DropdownMenu>
  );
}

const THEMES = [
  { value: 'system', label: 'Match system' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
];

function ThemeMenu() {
  const { theme = 'system', setTheme } = useTheme();
  const hydrated = useHydrated();
  const shown = hydrated ? theme : 'system';
  const icon =
    shown === 'dark' ? (
      <Moon aria-hidden />
    ) : shown === 'light' ? (
      <Sun aria-hidden />
    ) : (
      <Monitor aria-hidden />
    );
  return (
    <DropdownMenu
      trigger={
        <IconButton label="Theme" tooltip={false} className="max-sm:hidden">
          {icon}
        </IconButton>
      }
    >
      <MenuGroup label="Theme">
        <MenuRadioGroup label="Theme" value={shown} onValueChange={setTheme} options={THEMES} />
      </MenuGroup>
    </DropdownMenu>
  );
}

function UserMenu({
  user,
  onShortcuts,
  children,
}: {
  user: ShellUser;
  onShortcuts: () => void;
  children?: ReactNode;
}) {
  const { theme = 'system', setTheme } = useTheme();
  return (
    <DropdownMenu
      className="w-56"
      trigger={
        <IconButton label={`Account: ${user.name}`} tooltip={false}>
          <Avatar name={user.name} />
        </IconButton>
      }
    >
      <div className="flex flex-col px-2 py-1.5">
        <span className="truncate text-sm font-medium">{user.name}</span>
        {user.detail ? <span className="truncate text-xs text-faint">{user.detail}</span> : null}
      </div>
      <MenuSeparator />
      <div className="sm:hidden">
        <MenuGroup label="Theme">
          <MenuRadioGroup label="Theme" value={theme} onValueChange={setTheme} options={THEMES} />
        </MenuGroup>
        <MenuSeparator />
      </div>
      <MenuItem keys={shortcutKeys('sheet')} onSelect={onShortcuts}>
        Keyboard shortcuts
      </MenuItem>
      {children}
    </DropdownMenu>
  );
}
