import type { Metadata } from 'next';
import { InboxScreen } from '@/components/notifications/inbox-screen';
import { requireActor } from '@/lib/auth/page';
import { may } from '@/lib/auth/rules';

export const metadata: Metadata = { title: 'Inbox' };

export default async function InboxPage() {
  const actor = await requireActor('session');
  return <InboxScreen canConfigure={may(actor, 'notifications:read')} />;
}
