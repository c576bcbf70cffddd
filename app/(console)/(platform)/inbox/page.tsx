import type { Metadata } from 'next';
import { InboxScreen } from '@/components/platform/notifications/inbox-screen';
import { requireActor } from '@/lib/platform/auth/page';
import { may } from '@/lib/platform/auth/rules';

export const metadata: Metadata = { title: 'Inbox' };

export default async function InboxPage() {
  const actor = await requireActor('session');
  return <InboxScreen canConfigure={may(actor, 'notifications:read')} />;
}
