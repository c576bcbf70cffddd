import { dehydrate, HydrationBoundary, QueryClient } from '@tanstack/react-query';
import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import type { SearchParams } from 'nuqs/server';
import { resolveQuery, rowsKey } from '@/components/data-table/data-query';
import { AUDIT_FROM, auditKeys } from '@/components/platform/audit/audit.queries';
import { auditInputOf, canonicalUrl, questionParams } from '@/components/platform/audit/audit-params';
import { AuditScreen } from '@/components/platform/audit/audit-screen';
import { listAuditEvents } from '@/lib/platform/audit/queries';
import { may } from '@/lib/platform/auth/rules';
import { requireActor } from '@/lib/platform/auth/session/page';
import { getEnv } from '@/lib/platform/core/env/env';
import { loadAuditParams } from './search-params';

export const metadata: Metadata = { title: 'Audit' };

export default async function AuditPage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const actor = await requireActor('audit:read');
  const canonical = canonicalUrl(await searchParams);
  if (canonical) redirect(canonical);
  const { from, to, q, sort } = await loadAuditParams(searchParams);
  const state = { range: { from: from ?? AUDIT_FROM, to: to ?? 'now' }, q, sort };
  const client = new QueryClient();
  await client.prefetchInfiniteQuery({
    queryKey: rowsKey(auditKeys.list, state),
    queryFn: () => {
      const question = questionParams(resolveQuery(state, Date.now()));
      return listAuditEvents(actor, { ...auditInputOf(question), limit: 100 });
    },
    initialPageParam: null,
  });
  const { gateUrl, consoleUrl } = getEnv();
  return (
    <HydrationBoundary state={dehydrate(client)}>
      <AuditScreen
        canBlock={may(actor, 'blocks:write')}
        canExport={may(actor, 'audit:export')}
        gateUrl={gateUrl}
        consoleUrl={consoleUrl}
      />
    </HydrationBoundary>
  );
}
