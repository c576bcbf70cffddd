'use client';

import type { ReactNode } from 'react';
import { cn } from './cn';
import { formatCountdown, formatExact, formatRelative, type TimePrecision } from './time-format';
import { useTimeZone } from './time-zone';
import { Tooltip } from './tooltip';
import { useNow } from './use-now';

const RELATIVE_TICK_MS = 15_000;

export interface TimeProps {
  /** ISO 8601, Date or epoch milliseconds. Null and undefined show `empty`. */
  value: string | number | Date | null | undefined;
  /** Exact in the audit log and wherever order matters; relative for "last used". */
  mode?: 'exact' | 'relative';
  precision?: TimePrecision;
  /** Shown when there is no time, e.g. "Never used". */
  empty?: ReactNode;
  className?: string;
}

/** A moment in the reader's zone; hover or focus shows local, UTC and relative time. */
export function Time({ value, mode = 'exact', precision = 'second', empty = '–', className }: TimeProps) {
  const { zone } = useTimeZone();
  const now = useNow(RELATIVE_TICK_MS);
  const date = value === null || value === undefined ? null : new Date(value);
  if (!date || Number.isNaN(date.getTime())) return <span className="text-faint">{empty}</span>;
  const text =
    mode === 'relative' && now !== null ? formatRelative(date, now) : formatExact(date, zone, precision);
  return (
    <Tooltip content={<TimeDetail date={date} zone={zone} now={now} />}>
      <time dateTime={date.toISOString()} className={cn('whitespace-nowrap tabular-nums', className)}>
        {text}
      </time>
    </Tooltip>
  );
}

function TimeDetail({ date, zone, now }: { date: Date; zone: string; now: number | null }) {
  const local = zone === 'UTC' ? Intl.DateTimeFormat().resolvedOptions().timeZone : zone;
  return (
    <span className="grid grid-cols-[auto_auto] gap-x-3 gap-y-0.5 tabular-nums">
      <span className="text-faint">{local === 'UTC' ? 'Local' : local}</span>
      <span>{formatExact(date, local, 'millisecond')}</span>
      <span className="text-faint">UTC</span>
      <span>{formatExact(date, 'UTC', 'millisecond')}</span>
      {now !== null ? (
        <>
          <span className="text-faint">From now</span>
          <span>{formatRelative(date, now)}</span>
        </>
      ) : null}
    </span>
  );
}

export interface CountdownProps {
  /** The deadline: ISO 8601, Date or epoch milliseconds. */
  to: string | number | Date;
  /** Server clock minus browser clock in milliseconds, when known. */
  skewMs?: number;
  /** Shown when the deadline has passed. */
  done?: ReactNode;
  className?: string;
}

/** Time left, renewed every second; screen readers get the deadline, not the ticking. */
export function Countdown({ to, skewMs = 0, done = 'Ended', className }: CountdownProps) {
  const now = useNow(1000);
  const { zone } = useTimeZone();
  const deadline = new Date(to);
  const remaining = now === null ? null : deadline.getTime() - (now + skewMs);
  if (remaining !== null && remaining <= 0) return <span className={className}>{done}</span>;
  return (
    <time dateTime={deadline.toISOString()} className={cn('whitespace-nowrap tabular-nums', className)}>
      <span aria-hidden="true">{remaining === null ? '--:--:--' : formatCountdown(remaining)}</span>
      <span className="sr-only">until {formatExact(deadline, zone, 'minute')}</span>
    </time>
  );
}
