'use client';

import { Radio } from '@base-ui/react/radio';
import { RadioGroup as Base } from '@base-ui/react/radio-group';
import { type ReactNode, useId } from 'react';
import { cn } from './cn';

export interface RadioOption<Value extends string> {
  value: Value;
  label: ReactNode;
  hint?: ReactNode;
  disabled?: boolean;
}

export interface RadioGroupProps<Value extends string> {
  options: readonly RadioOption<Value>[];
  value?: Value;
  defaultValue?: Value;
  onValueChange?: (value: Value) => void;
  name?: string;
  disabled?: boolean;
  'aria-label'?: string;
  /** `list`: one under the other; `row`: side by side; `boxes`: bordered choices with hints. */
  layout?: 'list' | 'row' | 'boxes';
  className?: string;
}

export function RadioGroup<Value extends string>({
  options,
  onValueChange,
  layout = 'list',
  className,
  ...root
}: RadioGroupProps<Value>) {
  // Named one by one: inside a Field, Base UI would give every choice the field's label.
  const id = useId();
  return (
    <Base
      {...root}
      onValueChange={(value) => onValueChange?.(value)}
      className={cn(
        layout === 'row' ? 'flex flex-wrap gap-x-5 gap-y-2' : 'flex flex-col gap-2',
        layout === 'boxes' &&
          'gap-0 divide-y divide-line overflow-hidden rounded-md border border-line-strong',
        className,
      )}
    >
      {options.map((option) => (
        // biome-ignore lint/a11y/noLabelWithoutControl: the radio is the child, rendered by Base UI
        <label
          key={option.value}
          className={cn(
            'flex items-start gap-2 text-base',
            option.disabled && 'text-faint',
            layout === 'boxes' && 'bg-surface px-3 py-2.5 has-data-checked:bg-accent-wash',
          )}
        >
          <Radio.Root
            value={option.value}
            disabled={option.disabled}
            aria-labelledby={`${id}-${option.value}`}
            aria-describedby={option.hint ? `${id}-${option.value}-hint` : undefined}
            className="mt-0.5 flex size-4 shrink-0 items-center justify-center rounded-full border border-faint/70 bg-surface data-checked:border-accent data-checked:bg-accent data-disabled:opacity-50"
          >
            <Radio.Indicator className="size-1.5 rounded-full bg-accent-ink data-unchecked:hidden" />
          </Radio.Root>
          <span className="flex flex-col">
            <span id={`${id}-${option.value}`}>{option.label}</span>
            {option.hint ? (
              <span id={`${id}-${option.value}-hint`} className="text-xs text-muted">
                {option.hint}
              </span>
            ) : null}
          </span>
        </label>
      ))}
    </Base>
  );
}
