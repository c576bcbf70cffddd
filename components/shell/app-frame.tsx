'use client';

import { usePathname, useRouter } from 'next/navigation';
import { type ReactNode, useState } from 'react';
import type { Crumb } from '@/components/ui/breadcrumb';
import { CommandPalette } from './command-palette';
import { CrumbProvider, useLastCrumb } from './crumbs';
import { MobileNav } from './mobile-nav';
import { activeEntry, type NavEntry, SIDEBAR_COOKIE } from './nav';
import { useShortcut } from './shortcut-provider';
import { ShortcutSheet } from './shortcut-sheet';
import type { ShortcutId } from './shortcuts';
import { Sidebar } from './sidebar';
import { type ShellUser, TopBar } from './top-bar';

export interface AppFrameProps {
  nav: readonly NavEntry[];
  user: ShellUser;
  tenantSwitcher?: ReactNode;
  /** MenuItems at the end of the user menu, sign-out last. */
  userMenu?: ReactNode;
  /** Beside the account menu, for example the bell. */
  notices?: ReactNode;
  /** From the cookie SIDEBAR_COOKIE, so that the first paint is right. */
  defaultCollapsed?: boolean;
  children: ReactNode;
}

export function AppFrame(props: AppFrameProps) {
  return (
    <CrumbProvider>
      <Frame {...props} />
    </CrumbProvider>
  );
}

function useSidebar(defaultCollapsed: boolean): [boolean, () => void] {
  const [collapsed, setCollapsed] = useState(defaultCollapsed);
  const toggle = () => {
    const next = !collapsed;
    setCollapsed(next);
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is absent over plain http and in Firefox
    document.cookie = `${SIDEBAR_COOKIE}=${next ? 'collapsed' : 'open'}; path=/; max-age=31536000; samesite=lax`;
  };
  return [collapsed, toggle];
}

function crumbsFor(active: NavEntry | undefined, pathname: string, last: string | null): Crumb[] {
  if (!active) return last ? [{ label: last }] : [];
  if (!last || pathname === active.href) return [{ label: active.label }];
  return [{ label: active.label, href: active.href }, { label: last }];
}

function Frame({
  nav,
  user,
  tenantSwitcher,
  userMenu,
  notices,
  defaultCollapsed = false,
  children,
}: AppFrameProps) {
  const pathname = usePathname();
  const [collapsed, toggleSidebar] = useSidebar(defaultCollapsed);
  const [palette, setPalette] = useState(false);
  const [sheet, setSheet] = useState(false);
  const [menu, setMenu] = useState(false);
  const active = activeEntry(nav, pathname);
  const last = useLastCrumb();
  useShortcut('palette', () => setPalette((open) => !open));
  useShortcut('sidebar', toggleSidebar);
  useShortcut('sheet', () => setSheet(true));
  return (
    <div className="flex h-dvh overflow-hidden print:block print:h-auto">
      <nav aria-label="Skip">
        <a
          href="#main"
          className="sr-only z-50 rounded-md bg-accent px-3 py-1.5 text-sm font-medium text-accent-ink focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
        >
          Skip to content
        </a>
      </nav>
      {nav.map((entry) =>
        entry.shortcut ? <GoShortcut key={entry.href} id={entry.shortcut} href={entry.href} /> : null,
      )}
      <Sidebar nav={nav} active={active} collapsed={collapsed} onToggle={toggleSidebar} />
      <div className="flex min-w-0 flex-1 flex-col print:block">
        <TopBar
          crumbs={crumbsFor(active, pathname, last)}
          tenantSwitcher={tenantSwitcher}
          user={user}
          userMenu={userMenu}
          notices={notices}
          onMenu={() => setMenu(true)}
          onPalette={() => setPalette(true)}
          onShortcuts={() => setSheet(true)}
        />
        <main
          id="main"
          data-shell="main"
          tabIndex={-1}
          className="scroll-quiet relative min-h-0 flex-1 overflow-y-auto outline-none"
        >
          {children}
        </main>
      </div>
      <MobileNav open={menu} onOpenChange={setMenu} nav={nav} active={active} />
      <CommandPalette open={palette} onOpenChange={setPalette} nav={nav} />
      <ShortcutSheet open={sheet} onOpenChange={setSheet} />
    </div>
  );
}

function GoShortcut({ id, href }: { id: ShortcutId; href: string }) {
  const router = useRouter();
  useShortcut(id, () => router.push(href));
  return null;
}
