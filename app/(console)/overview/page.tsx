import type { Metadata } from 'next';
import { OverviewScreen } from '@/components/overview/overview-screen';
import { requireActor } from '@/lib/auth/page';
import { may } from '@/lib/auth/rules';
import { getEnv } from '@/lib/core/env';
import { getOverview } from '@/lib/overview/queries';

export const metadata: Metadata = { title: 'Overview' };

export default async function OverviewPage() {
  const actor = await requireActor('keys:read');
  return (
    <OverviewScreen
      initial={await getOverview(actor)}
      gateUrl={getEnv().gateUrl}
      canWriteKeys={may(actor, 'keys:write')}
    />
  );
}
