import type { Metadata } from 'next';
import { GateRoutesScreen } from '@/components/access/gate-routes/gate-routes-screen';
import { getGateRoutes } from '@/lib/access/gate-routes/queries';
import { requireActor } from '@/lib/platform/auth/session/page';

export const metadata: Metadata = { title: 'Gate routes' };

export default async function GateRoutesPage() {
  const actor = await requireActor('policies:read');
  return <GateRoutesScreen initial={await getGateRoutes(actor)} />;
}
