'use client';

import { Checkbox as Base } from '@base-ui/react/checkbox';
import { Switch as BaseSwitch } from '@base-ui/react/switch';
import { Check, Minus } from 'lucide-react';
import type { ComponentProps, ReactNode } from 'react';
import { cn } from './cn';

export interface CheckboxProps extends Omit<ComponentProps<typeof Base.Root>, 'className' | 'children'> {
  /** Text beside the box; leave out only when the box has an aria-label. */
  label?: ReactNode;
  hint?: ReactNode;
  className?: string;
}

export function Checkbox({ label, hint, className, indeterminate, ...props }: CheckboxProps) {
  const box = (
    <Base.Root
      indeterminate={indeterminate}
      className={cn(
        'inline-flex size-4 shrink-0 items-center justify-center rounded-sm border border-faint/70 bg-surface text-accent-ink transition-colors duration-100',
        'data-checked:border-accent data-checked:bg-accent data-indeterminate:border-accent data-indeterminate:bg-accent data-disabled:opacity-50',
        label ? 'mt-0.5' : className,
      )}
      {...props}
    >
      <Base.Indicator className="flex data-unchecked:hidden">
        {indeterminate ? (
          <Minus aria-hidden className="size-3 stroke-3" />
        ) : (
          <Check aria-hidden className="size-3 stroke-3" />
        )}
      </Base.Indicator>
    </Base.Root>
  );
  if (!label) return box;
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the checkbox is the child, rendered by Base UI
    <label className={cn('flex items-start gap-2 text-base', className)}>
      {box}
      <span className="flex flex-col">
        <span>{label}</span>
        {hint ? <span className="text-xs text-faint">{hint}</span> : null}
      </span>
    </label>
  );
}

export interface SwitchProps extends Omit<ComponentProps<typeof BaseSwitch.Root>, 'className' | 'children'> {
  label?: ReactNode;
  hint?: ReactNode;
  className?: string;
}

export function Switch({ label, hint, className, ...props }: SwitchProps) {
  const control = (
    <BaseSwitch.Root
      className={cn(
        'inline-flex h-[18px] w-8 shrink-0 rounded-full bg-faint p-0.5 transition-colors duration-100 data-checked:bg-accent data-disabled:opacity-50',
        label ? 'mt-px' : className,
      )}
      {...props}
    >
      <BaseSwitch.Thumb className="size-3.5 rounded-full bg-surface transition-transform duration-100 data-checked:translate-x-3.5" />
    </BaseSwitch.Root>
  );
  if (!label) return control;
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the switch is the child, rendered by Base UI
    <label className={cn('flex items-start gap-3 text-base', className)}>
      {control}
      <span className="flex flex-col">
        <span>{label}</span>
        {hint ? <span className="text-xs text-faint">{hint}</span> : null}
      </span>
    </label>
  );
}
