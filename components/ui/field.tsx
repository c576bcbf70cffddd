'use client';

import { Field as Base } from '@base-ui/react/field';
import { CircleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { cn } from './cn';

export interface FieldProps {
  label: ReactNode;
  /** One sentence under the control. */
  hint?: ReactNode;
  /** Replaces the hint; says what is wrong and what to do. */
  error?: ReactNode;
  /** Adds the word "optional" after the label. */
  optional?: boolean;
  /** Keeps the label for screen readers only. */
  hideLabel?: boolean;
  disabled?: boolean;
  className?: string;
  /** Input, Textarea, Select, RadioGroup, Checkbox or Switch. */
  children: ReactNode;
}

/** Label, control, hint and error, wired with aria-labelledby, aria-describedby and aria-invalid. */
export function Field({
  label,
  hint,
  error,
  optional,
  hideLabel,
  disabled,
  className,
  children,
}: FieldProps) {
  return (
    <Base.Root
      invalid={Boolean(error)}
      disabled={disabled}
      className={cn('flex min-w-0 flex-col gap-1', className)}
    >
      <Base.Label className={cn('text-sm font-medium text-ink', hideLabel && 'sr-only')}>
        {label}
        {optional ? <span className="font-normal text-faint"> (optional)</span> : null}
      </Base.Label>
      {children}
      {error ? (
        <Base.Error match className="flex items-start gap-1 text-xs text-danger-text">
          <CircleAlert aria-hidden className="size-3.5 translate-y-px" />
          {error}
        </Base.Error>
      ) : hint ? (
        <Base.Description className="text-xs text-faint">{hint}</Base.Description>
      ) : null}
    </Base.Root>
  );
}
