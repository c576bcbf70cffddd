import type { Metadata } from 'next';
import { HealthScreen } from '@/components/platform/settings/health-screen';
import { QueuesSection } from '@/components/platform/settings/queues-section';
import { getHealth } from '@/lib/insight/overview/health';
import { may } from '@/lib/platform/auth/rules';
import { requireActor } from '@/lib/platform/auth/session/page';

export const metadata: Metadata = { title: 'Health' };

export default async function HealthPage() {
  const actor = await requireActor('settings:read');
  return (
    <HealthScreen initial={await getHealth(actor)}>
      <QueuesSection canWrite={may(actor, 'jobs:write')} />
    </HealthScreen>
  );
}
