import type { Metadata } from 'next';
import { NotificationsScreen } from '@/components/platform/notifications/notifications-screen';
import { may } from '@/lib/platform/auth/rules';
import { requireActor } from '@/lib/platform/auth/session/page';
import { getPolicy, listChannels, listMutes } from '@/lib/platform/notifications/queries';

export const metadata: Metadata = { title: 'Notifications' };

export default async function NotificationsPage() {
  const actor = await requireActor('notifications:read');
  const [channels, policy, mutes] = await Promise.all([
    listChannels(actor),
    getPolicy(actor),
    listMutes(actor),
  ]);
  return (
    <NotificationsScreen
      channels={channels}
      policy={policy}
      mutes={mutes}
      canWrite={may(actor, 'notifications:write')}
    />
  );
}
