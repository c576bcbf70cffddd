import { dehydrate, HydrationBoundary, QueryClient } from '@tanstack/react-query';
import type { Metadata } from 'next';
import { listOwners } from '@/app/(console)/(access)/keys/owners';
import { keyQuery } from '@/components/access/api-keys/api-keys.queries';
import { KeyDetailScreen, KeyMissing } from '@/components/access/api-keys/detail/key-detail-screen';
import { getKey } from '@/lib/access/api-keys/read/queries';
import { grantableScopes } from '@/lib/access/api-keys/rules';
import { may } from '@/lib/platform/auth/rules';
import { requireActor } from '@/lib/platform/auth/session/page';
import { getEnv } from '@/lib/platform/core/env/env';
import { isAppError } from '@/lib/platform/core/errors';

export const metadata: Metadata = { title: 'Key' };

export default async function KeyPage({ params }: { params: Promise<{ id: string }> }) {
  const actor = await requireActor('keys:read');
  const { id } = await params;
  const key = await getKey(actor, id).catch((error: unknown) => {
    if (isAppError(error) && error.code === 'not_found') return null;
    throw error;
  });
  if (!key) return <KeyMissing />;
  const client = new QueryClient();
  client.setQueryData(keyQuery(id).queryKey, key);
  const { gateUrl, consoleUrl } = getEnv();
  return (
    <HydrationBoundary state={dehydrate(client)}>
      <KeyDetailScreen
        id={id}
        canWrite={may(actor, 'keys:write')}
        owners={await listOwners(actor)}
        grantable={grantableScopes(actor)}
        origins={{ gateUrl, consoleUrl }}
      />
    </HydrationBoundary>
  );
}
