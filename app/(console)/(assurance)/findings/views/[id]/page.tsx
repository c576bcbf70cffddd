import type { Metadata } from 'next';
import { notFound, redirect } from 'next/navigation';
import { viewHref } from '@/components/assurance/findings/finding-url';
import { getView } from '@/lib/assurance/findings/views/saved-views';
import { requireActor } from '@/lib/platform/auth/session/page';
import { isAppError } from '@/lib/platform/core/errors';

export const metadata: Metadata = { title: 'Findings' };

/** The lasting link of a saved view: it leads to what the view asks today. */
export default async function FindingViewPage({ params }: { params: Promise<{ id: string }> }) {
  const actor = await requireActor('findings:read');
  const { id } = await params;
  const view = await getView(actor, id).catch((error: unknown) => {
    if (isAppError(error) && error.code === 'not_found') notFound();
    throw error;
  });
  redirect(viewHref(view));
}
