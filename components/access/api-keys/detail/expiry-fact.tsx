'use client';

import { TriangleAlert } from 'lucide-react';
import { roughDuration } from '@/components/access/api-keys/rotation/duration';
import { Time } from '@/components/ui/time';
import { formatExact } from '@/components/ui/time-format';
import { useTimeZone } from '@/components/ui/time-zone';
import { Tooltip } from '@/components/ui/tooltip';
import { useNow } from '@/components/ui/use-now';

const CLOCK_TICK_MS = 15_000;

/** When a key ends. "Never" is a risk and is shown as one. */
export function ExpiryFact({ expiresAt, mode }: { expiresAt: string | null; mode: 'exact' | 'relative' }) {
  if (expiresAt) {
    return mode === 'exact' ? (
      <Time value={expiresAt} precision="minute" />
    ) : (
      <DaysLeft expiresAt={expiresAt} />
    );
  }
  return (
    <Tooltip content="Risk: a forgotten key stays valid. Set an expiry date.">
      <span className="inline-flex items-center gap-1.5 align-middle text-warning-text [&_.lucide]:size-3.5">
        <TriangleAlert aria-hidden />
        Never
      </span>
    </Tooltip>
  );
}

/** Days rather than months: a deadline is compared to the day. */
function DaysLeft({ expiresAt }: { expiresAt: string }) {
  const { zone } = useTimeZone();
  const now = useNow(CLOCK_TICK_MS);
  const date = new Date(expiresAt);
  const exact = formatExact(date, zone, 'minute');
  const leftMs = now === null ? null : date.getTime() - now;
  const text =
    leftMs === null ? exact : leftMs > 0 ? `in ${roughDuration(leftMs)}` : `${roughDuration(-leftMs)} ago`;
  return (
    <Tooltip content={exact}>
      <time dateTime={expiresAt} className="whitespace-nowrap tabular-nums">
        {text}
      </time>
    </Tooltip>
  );
}
