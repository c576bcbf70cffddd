import { dehydrate, HydrationBoundary, QueryClient } from '@tanstack/react-query';
import type { Metadata } from 'next';
import { sensorsQuery } from '@/components/response/detections/sensors.queries';
import { SensorsScreen } from '@/components/response/detections/sensors-screen';
import { may } from '@/lib/platform/auth/rules';
import { requireActor } from '@/lib/platform/auth/session/page';
import { listSensors } from '@/lib/response/detections/sensors/queries';

export const metadata: Metadata = { title: 'Sensors' };

export default async function SensorsPage() {
  const actor = await requireActor('detections:read');
  const client = new QueryClient();
  await client.prefetchQuery({ queryKey: sensorsQuery.queryKey, queryFn: () => listSensors(actor) });
  return (
    <HydrationBoundary state={dehydrate(client)}>
      <SensorsScreen canWrite={may(actor, 'detections:write')} />
    </HydrationBoundary>
  );
}
