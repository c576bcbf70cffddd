import type { Metadata } from 'next';
import { OverviewScreen } from '@/components/insight/overview/overview-screen';
import { getOverview } from '@/lib/insight/overview/queries';
import { may } from '@/lib/platform/auth/rules';
import { requireActor } from '@/lib/platform/auth/session/page';
import { getEnv } from '@/lib/platform/core/env/env';

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
