import type { Metadata } from 'next';
import { SessionsScreen } from '@/components/platform/settings/sessions-screen';
import { listMySessions } from '@/lib/platform/auth/queries';
import { requireActor } from '@/lib/platform/auth/session/page';

export const metadata: Metadata = { title: 'My sessions' };

export default async function SessionsPage() {
  const actor = await requireActor('session');
  return <SessionsScreen initial={await listMySessions(actor)} />;
}
