import type { Metadata } from 'next';
import { DeliveriesScreen } from '@/components/platform/notifications/deliveries-screen';
import { may } from '@/lib/platform/auth/rules';
import { requireActor } from '@/lib/platform/auth/session/page';
import { getEnv } from '@/lib/platform/core/env/env';

export const metadata: Metadata = { title: 'Delivery log' };

export default async function DeliveriesPage() {
  const actor = await requireActor('notifications:read');
  return <DeliveriesScreen canWrite={may(actor, 'notifications:write')} consoleUrl={getEnv().consoleUrl} />;
}
