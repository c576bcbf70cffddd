'use client';

import { TriangleAlert } from 'lucide-react';
import { Time } from '@/components/ui/time';
import { Tooltip } from '@/components/ui/tooltip';

/** When a key ends. "Never" is a risk and is shown as one. */
export function ExpiryFact({ expiresAt, mode }: { expiresAt: string | null; mode: 'exact' | 'relative' }) {
  if (expiresAt) return <Time value={expiresAt} mode={mode} precision="minute" />;
  return (
    <Tooltip content="A risk: a key that never expires stays valid when it is forgotten. Set an end date.">
      <span className="inline-flex items-center gap-1.5 text-warning-text [&_.lucide]:size-3.5">
        <TriangleAlert aria-hidden />
        Never
      </span>
    </Tooltip>
  );
}
