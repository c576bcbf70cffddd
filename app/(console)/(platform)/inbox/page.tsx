import type { Metadata } from 'next';
import { InboxScreen } from '@/components/platform/notifications/inbox-screen';
import { may } from '@/lib/platform/auth/rules';
import { requireActor } from '@/lib/platform/auth/session/page';

export const metadata: Metadata = { title: 'Inbox' };

export default async function InboxPage() {
  const actor = await requireActor('session');
  return <InboxScreen canConfigure={may(actor, 'notifications:read')} />;
}
