import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { VerdictScreen } from '@/components/assurance/checklist/verdict-screen';
import { getVerdict } from '@/lib/assurance/checklist/queries';
import { may } from '@/lib/platform/auth/rules';
import { requireActor } from '@/lib/platform/auth/session/page';
import { isAppError } from '@/lib/platform/core/errors';

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
