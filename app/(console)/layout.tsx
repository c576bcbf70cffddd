import { cookies } from 'next/headers';
import type { ReactNode } from 'react';
import { Bell } from '@/components/platform/notifications/bell';
import { ConsoleFrame } from '@/components/shell/console-frame';
import { SIDEBAR_COOKIE } from '@/components/shell/nav';
import { ROLE_PERMISSIONS } from '@/lib/platform/auth/contract';
import { currentActor, leave } from '@/lib/platform/auth/session/page';
import { listMyTenants } from '@/lib/platform/tenancy/queries';

/** The frame only: each page decides for itself who may see it. Strangers leave here, before a skeleton is streamed. */
export default async function ConsoleLayout({ children }: { children: ReactNode }) {
  const actor = await currentActor();
  if (!actor) return leave();
  const tenants = await listMyTenants(actor);
  return (
    <ConsoleFrame
      user={{ name: actor.label, role: actor.role }}
      tenantId={actor.tenantId}
      tenants={tenants.map(({ id, name }) => ({ id, name }))}
      permissions={ROLE_PERMISSIONS[actor.role]}
      notices={<Bell />}
      defaultCollapsed={(await cookies()).get(SIDEBAR_COOKIE)?.value === 'collapsed'}
    >
      {children}
    </ConsoleFrame>
  );
}
