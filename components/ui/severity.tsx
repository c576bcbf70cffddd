import type { ReactNode } from 'react';
import { cn } from './cn';

export type SeverityLevel = 'critical' | 'high' | 'medium' | 'low' | 'info';

/** Worst first. */
export const severityOrder: readonly SeverityLevel[] = ['critical', 'high', 'medium', 'low', 'info'];

export const severityLabel: Record<SeverityLevel, string> = {
  critical: 'Critical',
  high: 'High',
  medium: 'Medium',
  low: 'Low',
  info: 'Info',
};

const COLOR: Record<SeverityLevel, string> = {
  critical: 'text-severity-critical',
  high: 'text-severity-high',
  medium: 'text-severity-medium',
  low: 'text-severity-low',
  info: 'text-severity-info',
};

const SHAPE: Record<SeverityLevel, ReactNode> = {
  critical: <path d="M4.6 1h4.8L13 4.6v4.8L9.4 13H4.6L1 9.4V4.6Z" fill="currentColor" />,
  high: <path d="M7 1.4 13.2 12.4H.8Z" fill="currentColor" />,
  medium: <path d="M7 .9 13.1 7 7 13.1.9 7Z" fill="currentColor" />,
  low: (
    <path
      d="M1.9 2.4h10.2L7 11.4Z"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.8"
      strokeLinejoin="round"
    />
  ),
  info: <circle cx="7" cy="7" r="4.6" fill="none" stroke="currentColor" strokeWidth="1.6" />,
};

/** Hue, shape and order tell the level, so it reads in greyscale and with colour blindness. */
export function Severity({
  level,
  hideLabel,
  className,
}: {
  level: SeverityLevel;
  hideLabel?: boolean;
  className?: string;
}) {
  return (
    <span className={cn('inline-flex items-center gap-1.5 align-top text-sm whitespace-nowrap', className)}>
      <svg
        aria-hidden="true"
        width="14"
        height="14"
        viewBox="0 0 14 14"
        className={cn('shrink-0', COLOR[level])}
      >
        {SHAPE[level]}
      </svg>
      <span className={hideLabel ? 'sr-only' : undefined}>{severityLabel[level]}</span>
    </span>
  );
}
