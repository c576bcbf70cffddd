'use client';

import { Progress as Base } from '@base-ui/react/progress';
import { cn } from './cn';

export interface ProgressProps {
  label: string;
  /** 0 to max; null while the amount is unknown. */
  value: number | null;
  max?: number;
  /** Text at the right, e.g. "3 of 8". */
  text?: string;
  hideLabel?: boolean;
  className?: string;
}

export function Progress({ label, value, max = 100, text, hideLabel, className }: ProgressProps) {
  return (
    <Base.Root
      value={value}
      max={max}
      getAriaValueText={text ? () => text : undefined}
      className={cn('flex w-full flex-col gap-1.5', className)}
    >
      <div className={cn('flex items-baseline justify-between gap-4 text-sm', hideLabel && 'sr-only')}>
        <Base.Label className="text-ink">{label}</Base.Label>
        {text ? <span className="text-xs text-faint">{text}</span> : null}
      </div>
      <Base.Track className="h-1 overflow-hidden rounded-full bg-line">
        <Base.Indicator className="h-full rounded-full bg-accent transition-[width] duration-150 data-indeterminate:w-1/3 data-indeterminate:animate-pulse" />
      </Base.Track>
    </Base.Root>
  );
}
