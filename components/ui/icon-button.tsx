'use client';

import { Button as BaseButton } from '@base-ui/react/button';
import type { ComponentProps, ReactNode } from 'react';
import { type ButtonStyle, buttonClass } from './button-class';
import { cn } from './cn';
import { Tooltip } from './tooltip';

export interface IconButtonProps
  extends Omit<ComponentProps<typeof BaseButton>, 'className' | 'children'>,
    ButtonStyle {
  /** Accessible name; also the tooltip. */
  label: string;
  /** Keys shown in the tooltip, as in the shortcut registry, e.g. `mod+b`. */
  keys?: string;
  children: ReactNode;
  className?: string;
  tooltip?: boolean;
}

export function IconButton({
  label,
  keys,
  variant = 'ghost',
  size = 'md',
  className,
  children,
  tooltip = true,
  ...props
}: IconButtonProps) {
  const button = (
    <BaseButton
      type="button"
      aria-label={label}
      className={buttonClass({
        variant,
        size,
        className: cn('p-0', size === 'sm' ? 'w-7' : 'w-8', className),
      })}
      {...props}
    >
      {children}
    </BaseButton>
  );
  if (!tooltip) return button;
  return (
    <Tooltip content={label} keys={keys}>
      {button}
    </Tooltip>
  );
}
