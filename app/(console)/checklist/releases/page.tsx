import type { Metadata } from 'next';
import { VerdictsScreen } from '@/components/checklist/verdicts-screen';
import { requireActor } from '@/lib/auth/page';
import { listVerdicts } from '@/lib/checklist/queries';

export const metadata: Metadata = { title: 'Releases' };

export default async function ReleasesPage() {
  const actor = await requireActor('checklist:read');
  return <VerdictsScreen initial={await listVerdicts(actor, {})} />;
}
