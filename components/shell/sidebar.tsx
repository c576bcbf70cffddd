'use client';

import { PanelLeftClose, PanelLeftOpen } from 'lucide-react';
import Link from 'next/link';
import { cn } from '@/components/ui/cn';
import { IconButton } from '@/components/ui/icon-button';
import { Tooltip } from '@/components/ui/tooltip';
import { Logo } from './logo';
import type { NavEntry } from './nav';
import { shortcutKeys } from './shortcuts';

export interface SidebarProps {
  nav: readonly NavEntry[];
  active: NavEntry | undefined;
  collapsed: boolean;
  onToggle: () => void;
}

export function Sidebar({ nav, active, collapsed, onToggle }: SidebarProps) {
  return (
    <aside
      data-shell="sidebar"
      className={cn(
        'hidden shrink-0 flex-col border-r border-line bg-canvas md:flex',
        collapsed ? 'w-[53px]' : 'w-[216px]',
      )}
    >
      <div className="flex h-12 items-center px-2">
        <Brand collapsed={collapsed} />
      </div>
      <nav aria-label="Main" className="scroll-quiet min-h-0 flex-1 overflow-y-auto px-2 pt-2 pb-4">
        <NavList nav={nav} active={active} collapsed={collapsed} />
      </nav>
      <div className={cn('flex p-2', collapsed ? 'justify-center' : 'justify-end')}>
        <IconButton
          label={collapsed ? 'Expand sidebar' : 'Collapse sidebar'}
          keys={shortcutKeys('sidebar')}
          aria-expanded={!collapsed}
          onClick={onToggle}
        >
          {collapsed ? <PanelLeftOpen aria-hidden /> : <PanelLeftClose aria-hidden />}
        </IconButton>
      </div>
    </aside>
  );
}

export function Brand({ collapsed }: { collapsed?: boolean }) {
  return (
    <Link
      href="/"
      aria-label="Bulwark, home"
      className="flex h-8 items-center gap-2.5 rounded-md px-2 text-lg font-semibold tracking-[-0.01em] text-ink"
    >
      <Logo className="text-accent" />
      {collapsed ? null : 'Bulwark'}
    </Link>
  );
}

export interface NavListProps {
  nav: readonly NavEntry[];
  active: NavEntry | undefined;
  collapsed?: boolean;
  onNavigate?: () => void;
}

export function NavList({ nav, active, collapsed, onNavigate }: NavListProps) {
  const groups = [...new Set(nav.map(({ group }) => group))];
  return (
    <div className="flex flex-col gap-5">
      {groups.map((group) => (
        <div key={group ?? ''}>
          {group ? <p className={cn('label-caps mb-1 px-2', collapsed && 'sr-only')}>{group}</p> : null}
          <ul className="flex flex-col gap-px">
            {nav
              .filter((entry) => entry.group === group)
              .map((entry) => (
                <li key={entry.href}>
                  <NavLink
                    entry={entry}
                    current={entry.href === active?.href}
                    collapsed={collapsed}
                    onNavigate={onNavigate}
                  />
                </li>
              ))}
          </ul>
        </div>
      ))}
    </div>
  );
}

function NavLink({
  entry,
  current,
  collapsed,
  onNavigate,
}: {
  entry: NavEntry;
  current: boolean;
  collapsed?: boolean;
  onNavigate?: () => void;
}) {
  const link = (
    <Link
      href={entry.href}
      aria-current={current ? 'page' : undefined}
      aria-label={collapsed ? entry.label : undefined}
      onClick={onNavigate}
      className={cn(
        'flex h-8 items-center gap-2.5 rounded-md px-2.5 text-base max-md:h-10',
        current
          ? 'bg-[color-mix(in_oklab,var(--ink)_8%,transparent)] font-medium text-ink'
          : 'text-muted hover:bg-[color-mix(in_oklab,var(--ink)_5%,transparent)] hover:text-ink',
      )}
    >
      <span className={cn('flex', current ? 'text-accent' : 'text-faint')}>{entry.icon}</span>
      {collapsed ? null : <span className="flex-1 truncate">{entry.label}</span>}
      {!collapsed && entry.count ? <span className="text-xs text-faint">{entry.count}</span> : null}
    </Link>
  );
  const keys = entry.shortcut ? shortcutKeys(entry.shortcut) : undefined;
  if (!collapsed) return link;
  return (
    <Tooltip content={entry.label} keys={keys} side="right">
      {link}
    </Tooltip>
  );
}
