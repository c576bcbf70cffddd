import type { Metadata } from 'next';
import { HealthScreen } from '@/components/settings/health-screen';
import { requireActor } from '@/lib/auth/page';
import { getHealth } from '@/lib/overview/health';

export const metadata: Metadata = { title: 'Health' };

export default async function HealthPage() {
  const actor = await requireActor('settings:read');
  return <HealthScreen initial={await getHealth(actor)} />;
}
