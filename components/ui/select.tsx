'use client';

import { Select as Base } from '@base-ui/react/select';
import { Check, ChevronsUpDown } from 'lucide-react';
import type { ReactNode } from 'react';
import { cn } from './cn';
import { controlClass } from './input';
import { popupClass } from './popup-class';

export interface SelectOption<Value extends string> {
  value: Value;
  label: string;
  description?: ReactNode;
  icon?: ReactNode;
  disabled?: boolean;
}

export interface SelectProps<Value extends string> {
  options: readonly SelectOption<Value>[];
  value?: Value | null;
  defaultValue?: Value;
  onValueChange?: (value: Value) => void;
  placeholder?: string;
  /** Needed when the select stands outside a Field. */
  'aria-label'?: string;
  name?: string;
  disabled?: boolean;
  size?: 'sm' | 'md';
  className?: string;
}

export function Select<Value extends string>({
  options,
  onValueChange,
  placeholder = 'Choose',
  size = 'md',
  className,
  'aria-label': ariaLabel,
  ...root
}: SelectProps<Value>) {
  return (
    <Base.Root
      {...root}
      items={options}
      onValueChange={(value) => {
        if (value !== null) onValueChange?.(value);
      }}
    >
      <Base.Trigger
        aria-label={ariaLabel}
        className={cn(
          controlClass,
          'inline-flex items-center justify-between gap-2 pr-2 text-left whitespace-nowrap',
          size === 'sm' ? 'h-7 pl-2 text-sm' : 'h-8 pl-2.5',
          className,
        )}
      >
        <Base.Value placeholder={placeholder} className="truncate data-placeholder:text-faint" />
        <Base.Icon className="text-faint">
          <ChevronsUpDown aria-hidden className="size-3.5" />
        </Base.Icon>
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner alignItemWithTrigger={false} sideOffset={4} className="z-50">
          <Base.Popup
            className={cn(
              popupClass,
              'scroll-quiet max-h-[min(22rem,var(--available-height))] min-w-[var(--anchor-width)] overflow-y-auto p-1',
            )}
          >
            {options.map((option) => (
              <Base.Item
                key={option.value}
                value={option.value}
                disabled={option.disabled}
                className="grid cursor-default grid-cols-[16px_1fr] items-start gap-x-2 rounded-sm px-2 py-1.5 text-sm outline-none select-none data-disabled:text-faint data-highlighted:bg-hover"
              >
                <Base.ItemIndicator className="col-start-1 row-start-1 flex h-5 items-center text-accent-text">
                  <Check aria-hidden />
                </Base.ItemIndicator>
                <Base.ItemText className="col-start-2 row-start-1 flex items-center gap-2">
                  {option.icon}
                  {option.label}
                </Base.ItemText>
                {option.description ? (
                  <span className="col-start-2 max-w-72 text-xs text-faint">{option.description}</span>
                ) : null}
              </Base.Item>
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
