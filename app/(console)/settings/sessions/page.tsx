import type { Metadata } from 'next';
import { SessionsScreen } from '@/components/settings/sessions-screen';
import { requireActor } from '@/lib/auth/page';
import { listMySessions } from '@/lib/auth/queries';

export const metadata: Metadata = { title: 'My sessions' };

export default async function SessionsPage() {
  const actor = await requireActor('session');
  return <SessionsScreen initial={await listMySessions(actor)} />;
}
