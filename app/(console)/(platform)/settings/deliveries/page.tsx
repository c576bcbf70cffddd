import type { Metadata } from 'next';
import { DeliveriesScreen } from '@/components/platform/notifications/deliveries-screen';
import { requireActor } from '@/lib/platform/auth/page';
import { may } from '@/lib/platform/auth/rules';
import { getEnv } from '@/lib/platform/core/env';

export const metadata: Metadata = { title: 'Delivery log' };

export default async function DeliveriesPage() {
  const actor = await requireActor('notifications:read');
  return <DeliveriesScreen canWrite={may(actor, 'notifications:write')} consoleUrl={getEnv().consoleUrl} />;
}
