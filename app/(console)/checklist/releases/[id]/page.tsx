import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { VerdictScreen } from '@/components/checklist/verdict-screen';
import { requireActor } from '@/lib/auth/page';
import { may } from '@/lib/auth/rules';
import { getVerdict } from '@/lib/checklist/queries';
import { isAppError } from '@/lib/core/errors';

export const metadata: Metadata = { title: 'Release' };

export default async function ReleasePage({ params }: { params: Promise<{ id: string }> }) {
  const actor = await requireActor('checklist:read');
  const { id } = await params;
  const verdict = await getVerdict(actor, id).catch((error: unknown) => {
    if (isAppError(error) && error.code === 'not_found') return notFound();
    throw error;
  });
  return <VerdictScreen initial={verdict} canOverride={may(actor, 'checklist:write')} />;
}
