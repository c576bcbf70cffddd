'use client';

import { ErrorState } from '@/components/ui/error-state';
import { PageBody } from '@/components/ui/page-header';

export default function AuditError({
  error,
  reset,
}: {
  error: Error & { digest?: string };
  reset: () => void;
}) {
  return (
    <PageBody>
      <ErrorState title="The audit log could not be loaded" onRetry={reset} requestId={error.digest} />
    </PageBody>
  );
}
