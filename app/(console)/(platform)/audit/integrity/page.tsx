import type { Metadata } from 'next';
import { IntegrityScreen } from '@/components/platform/audit/integrity/integrity-screen';
import { may } from '@/lib/platform/auth/rules';
import { requireActor } from '@/lib/platform/auth/session/page';
import { getIntegrity } from '@/lib/platform/sealing/queries';

export const metadata: Metadata = { title: 'Log integrity' };

export default async function IntegrityPage() {
  const actor = await requireActor('audit:read');
  return <IntegrityScreen initial={await getIntegrity(actor)} canExport={may(actor, 'audit:export')} />;
}
