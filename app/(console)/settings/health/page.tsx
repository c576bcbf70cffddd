import type { Metadata } from 'next';
import { HealthScreen } from '@/components/settings/health-screen';
import { QueuesSection } from '@/components/settings/queues-section';
import { requireActor } from '@/lib/auth/page';
import { may } from '@/lib/auth/rules';
import { getHealth } from '@/lib/overview/health';

export const metadata: Metadata = { title: 'Health' };

export default async function HealthPage() {
  const actor = await requireActor('settings:read');
  return (
    <HealthScreen initial={await getHealth(actor)}>
      <QueuesSection canWrite={may(actor, 'jobs:write')} />
    </HealthScreen>
  );
}
