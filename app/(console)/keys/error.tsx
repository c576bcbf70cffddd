'use client';

import { ErrorState } from '@/components/ui/error-state';
import { PageBody } from '@/components/ui/page-header';

export default function KeysError({
  error,
  reset,
}: {
  error: Error & { digest?: string };
  reset: () => void;
}) {
  return (
    <PageBody>
      <ErrorState title="The keys could not be loaded" onRetry={reset} requestId={error.digest} />
    </PageBody>
  );
}
