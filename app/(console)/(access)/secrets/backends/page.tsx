import { dehydrate, HydrationBoundary, QueryClient } from '@tanstack/react-query';
import type { Metadata } from 'next';
import { BackendsScreen } from '@/components/access/secrets/backends-screen';
import { backendsQuery } from '@/components/access/secrets/secrets.queries';
import { listBackends } from '@/lib/access/secrets/backend-queries';
import { may } from '@/lib/platform/auth/rules';
import { requireActor } from '@/lib/platform/auth/session/page';

export const metadata: Metadata = { title: 'Secret backends' };

export default async function SecretBackendsPage() {
  const actor = await requireActor('secrets:read');
  const client = new QueryClient();
  await client.prefetchQuery({ queryKey: backendsQuery.queryKey, queryFn: () => listBackends(actor) });
  return (
    <HydrationBoundary state={dehydrate(client)}>
      <BackendsScreen canWrite={may(actor, 'secrets:write')} />
    </HydrationBoundary>
  );
}
