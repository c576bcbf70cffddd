import { dehydrate, HydrationBoundary, QueryClient } from '@tanstack/react-query';
import type { Metadata } from 'next';
import { listOwners } from '@/app/(console)/(access)/keys/owners';
import { SecretDetailScreen, SecretMissing } from '@/components/access/secrets/secret-detail-screen';
import { secretQuery } from '@/components/access/secrets/secrets.queries';
import { getSecret } from '@/lib/access/secrets/queries';
import { may } from '@/lib/platform/auth/rules';
import { requireActor } from '@/lib/platform/auth/session/page';
import { isAppError } from '@/lib/platform/core/errors';

export const metadata: Metadata = { title: 'Secret' };

export default async function SecretPage({ params }: { params: Promise<{ id: string }> }) {
  const actor = await requireActor('secrets:read');
  const { id } = await params;
  const found = await getSecret(actor, id).catch((error: unknown) => {
    if (isAppError(error) && error.code === 'not_found') return null;
    throw error;
  });
  if (!found) return <SecretMissing />;
  const client = new QueryClient();
  client.setQueryData(secretQuery(id).queryKey, found);
  return (
    <HydrationBoundary state={dehydrate(client)}>
      <SecretDetailScreen id={id} canWrite={may(actor, 'secrets:write')} members={await listOwners(actor)} />
    </HydrationBoundary>
  );
}
