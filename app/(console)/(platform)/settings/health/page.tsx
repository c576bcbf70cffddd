import type { Metadata } from 'next';
import { HealthScreen } from '@/components/platform/settings/health-screen';
import { QueuesSection } from '@/components/platform/settings/queues-section';
import { getHealth } from '@/lib/insight/overview/health';
import { requireActor } from '@/lib/platform/auth/page';
import { may } from '@/lib/platform/auth/rules';

export const metadata: Metadata = { title: 'Health' };

export default async function HealthPage() {
  const actor = await requireActor('settings:read');
  return (
    <HealthScreen initial={await getHealth(actor)}>
      <QueuesSection canWrite={may(actor, 'jobs:write')} />
    </HealthScreen>
  );
}
