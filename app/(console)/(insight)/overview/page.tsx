import type { Metadata } from 'next';
import { OverviewScreen } from '@/components/insight/overview/overview-screen';
import { getOverview } from '@/lib/insight/overview/queries';
import { requireActor } from '@/lib/platform/auth/page';
import { may } from '@/lib/platform/auth/rules';
import { getEnv } from '@/lib/platform/core/env';

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
