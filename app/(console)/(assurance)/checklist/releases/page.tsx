import type { Metadata } from 'next';
import { VerdictsScreen } from '@/components/assurance/checklist/verdicts-screen';
import { listVerdicts } from '@/lib/assurance/checklist/queries';
import { requireActor } from '@/lib/platform/auth/session/page';

export const metadata: Metadata = { title: 'Releases' };

export default async function ReleasesPage() {
  const actor = await requireActor('checklist:read');
  return <VerdictsScreen initial={await listVerdicts(actor, {})} />;
}
