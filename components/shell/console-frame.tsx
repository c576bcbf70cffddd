'use client';

import {
  Activity,
  Ban,
  Bell,
  Building2,
  ChartColumn,
  FileSearch,
  Gauge,
  KeyRound,
  LayoutDashboard,
  ListChecks,
  LogOut,
  MonitorSmartphone,
  Radar,
  RefreshCw,
  Route,
  ScrollText,
  Send,
  ShieldAlert,
  ShieldCheck,
  Users,
  Vault,
} from 'lucide-react';
import { useRouter } from 'next/navigation';
import type { ReactNode } from 'react';
import { MenuItem, MenuSeparator } from '@/components/ui/dropdown-menu';
import { notify } from '@/components/ui/notify';
import type { Permission } from '@/lib/platform/auth/contract';
import { apiFetch } from './api-client';
import { AppFrame } from './app-frame';
import type { NavEntry } from './nav';
import { PolicyFileBanner } from './policy-file-banner';
import { TenantSwitcher } from './tenant-switcher';

interface ConsoleEntry extends NavEntry {
  /** Left out for who lacks it; null: for everybody. */
  permission: Permission | null;
}

/** Where the console leads; each section appears here when it exists. */
const ENTRIES: readonly ConsoleEntry[] = [
  {
    href: '/overview',
    label: 'Overview',
    icon: <LayoutDashboard aria-hidden />,
    shortcut: 'go-overview',
    permission: 'keys:read',
  },
  {
    href: '/findings',
    label: 'Findings',
    icon: <ShieldAlert aria-hidden />,
    shortcut: 'go-findings',
    permission: 'findings:read',
  },
  {
    href: '/scans',
    label: 'Scans',
    icon: <FileSearch aria-hidden />,
    permission: 'scans:read',
  },
  {
    href: '/keys',
    label: 'Keys',
    icon: <KeyRound aria-hidden />,
    shortcut: 'go-keys',
    permission: 'keys:read',
  },
  {
    href: '/secrets',
    label: 'Secrets',
    icon: <Vault aria-hidden />,
    shortcut: 'go-secrets',
    permission: 'secrets:read',
  },
  {
    href: '/checklist',
    label: 'Checklist',
    icon: <ListChecks aria-hidden />,
    shortcut: 'go-checklist',
    permission: 'checklist:read',
  },
  {
    href: '/audit',
    label: 'Audit log',
    icon: <ScrollText aria-hidden />,
    shortcut: 'go-audit',
    permission: 'audit:read',
  },
  {
    href: '/anomalies',
    label: 'Anomalies',
    icon: <Radar aria-hidden />,
    permission: 'audit:read',
  },
  {
    href: '/reports',
    label: 'Reports',
    icon: <ChartColumn aria-hidden />,
    shortcut: 'go-reports',
    permission: 'metrics:read',
  },
  {
    href: '/policies/gate-routes',
    label: 'Gate routes',
    icon: <Route aria-hidden />,
    group: 'Policies',
    permission: 'policies:read',
  },
  {
    href: '/policies/rate-limits',
    label: 'Rate limits',
    icon: <Gauge aria-hidden />,
    group: 'Policies',
    permission: 'policies:read',
  },
  {
    href: '/policies/rotation',
    label: 'Key rotation',
    icon: <RefreshCw aria-hidden />,
    group: 'Policies',
    permission: 'policies:read',
  },
  {
    href: '/policies/blocks',
    label: 'Blocks',
    icon: <Ban aria-hidden />,
    group: 'Policies',
    permission: 'blocks:read',
  },
  {
    href: '/settings/members',
    label: 'Members',
    icon: <Users aria-hidden />,
    group: 'Settings',
    permission: 'members:read',
  },
  {
    href: '/settings/roles',
    label: 'Roles',
    icon: <ShieldCheck aria-hidden />,
    group: 'Settings',
    permission: null,
  },
  {
    href: '/settings/sessions',
    label: 'My sessions',
    icon: <MonitorSmartphone aria-hidden />,
    group: 'Settings',
    permission: null,
  },
  {
    href: '/settings/tenants',
    label: 'Tenants',
    icon: <Building2 aria-hidden />,
    group: 'Settings',
    permission: 'settings:read',
  },
  {
    href: '/settings/notifications',
    label: 'Notifications',
    icon: <Bell aria-hidden />,
    group: 'Settings',
    permission: 'notifications:read',
  },
  {
    href: '/settings/deliveries',
    label: 'Delivery log',
    icon: <Send aria-hidden />,
    group: 'Settings',
    permission: 'notifications:read',
  },
  {
    href: '/settings/health',
    label: 'Health',
    icon: <Activity aria-hidden />,
    group: 'Settings',
    permission: 'settings:read',
  },
];

export interface ConsoleFrameProps {
  user: { name: string; role: string };
  tenantId: string;
  tenants: readonly { id: string; name: string }[];
  permissions: readonly Permission[];
  defaultCollapsed: boolean;
  notices: ReactNode;
  children: ReactNode;
}

const failed = (title: string) => (error: unknown) =>
  notify({ kind: 'error', title, description: error instanceof Error ? error.message : undefined });

export function ConsoleFrame({
  user,
  tenantId,
  tenants,
  permissions,
  defaultCollapsed,
  notices,
  children,
}: ConsoleFrameProps) {
  const router = useRouter();
  const nav = ENTRIES.filter(({ permission }) => permission === null || permissions.includes(permission));
  const signOut = () =>
    apiFetch('/me/sign-out', { method: 'POST', inAnyTenant: true })
      .then(() => window.location.assign('/signed-out'))
      .catch(failed('Could not sign out. You are still signed in.'));
  const switchTenant = (id: string) =>
    apiFetch(`/tenants/${id}/switch`, { method: 'POST', inAnyTenant: true })
      .then(() => window.location.assign('/overview'))
      .catch(failed('Could not switch tenant'));
  return (
    <div data-tenant-id={tenantId} className="contents">
      <AppFrame
        nav={nav}
        user={{ name: user.name, detail: user.role }}
        tenantSwitcher={<TenantSwitcher current={tenantId} tenants={tenants} onSwitch={switchTenant} />}
        userMenu={
          <>
            <MenuItem
              icon={<MonitorSmartphone aria-hidden />}
              onSelect={() => router.push('/settings/sessions')}
            >
              My sessions
            </MenuItem>
            <MenuSeparator />
            <MenuItem icon={<LogOut aria-hidden />} onSelect={signOut}>
              Sign out
            </MenuItem>
          </>
        }
        notices={notices}
        defaultCollapsed={defaultCollapsed}
      >
        {permissions.includes('settings:read') ? <PolicyFileBanner /> : null}
        {children}
      </AppFrame>
    </div>
  );
}
