import type { Metadata } from 'next';
import { GateRoutesScreen } from '@/components/gate-routes/gate-routes-screen';
import { requireActor } from '@/lib/auth/page';
import { getGateRoutes } from '@/lib/gate-routes/queries';

export const metadata: Metadata = { title: 'Gate routes' };

export default async function GateRoutesPage() {
  const actor = await requireActor('policies:read');
  return <GateRoutesScreen initial={await getGateRoutes(actor)} />;
}
