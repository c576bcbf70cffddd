'use client';

import { ErrorState } from '@/components/ui/error-state';
import { PageBody } from '@/components/ui/page-header';

/** What a page shows that could not be rendered; `digest` finds the cause in the server's log. */
export default function ConsoleError({
  error,
  reset,
}: {
  error: Error & { digest?: string };
  reset: () => void;
}) {
  return (
    <PageBody width="read">
      <ErrorState title="Could not load this page" onRetry={reset} requestId={error.digest}>
        The database may be temporarily unavailable. Try again. If the problem continues, check the log of the
        web process.
      </ErrorState>
    </PageBody>
  );
}
