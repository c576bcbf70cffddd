'use client';

import { Field } from '@base-ui/react/field';
import { Input as BaseInput } from '@base-ui/react/input';
import type { ComponentProps, ReactNode, Ref } from 'react';
import { cn } from './cn';

export const controlClass =
  'w-full rounded-md border border-line-strong bg-surface text-base text-ink transition-colors duration-100 hover:border-faint/60 focus-visible:border-accent focus-visible:outline-1 focus-visible:outline-offset-0 data-invalid:border-danger disabled:cursor-not-allowed disabled:bg-sunken disabled:text-faint';

export interface InputProps extends Omit<ComponentProps<typeof BaseInput>, 'className' | 'size'> {
  className?: string;
  /** Identifiers, addresses and keys. */
  mono?: boolean;
  size?: 'sm' | 'md';
  /** An icon or word inside the left edge. */
  leading?: ReactNode;
  trailing?: ReactNode;
}

export function Input({ className, mono, size = 'md', leading, trailing, ...props }: InputProps) {
  const input = (
    <BaseInput
      autoComplete="off"
      className={cn(
        controlClass,
        size === 'sm' ? 'h-7 px-2 text-sm' : 'h-8 px-2.5',
        mono && 'font-mono text-sm',
        leading ? 'pl-8' : null,
        trailing ? 'pr-8' : null,
        leading || trailing ? null : className,
      )}
      {...props}
    />
  );
  if (!leading && !trailing) return input;
  return (
    <div className={cn('relative', className)}>
      {leading ? (
        <span className="pointer-events-none absolute inset-y-0 left-2.5 flex items-center text-faint">
          {leading}
        </span>
      ) : null}
      {input}
      {trailing ? (
        <span className="absolute inset-y-0 right-1 flex items-center text-faint">{trailing}</span>
      ) : null}
    </div>
  );
}

export interface TextareaProps extends Omit<ComponentProps<'textarea'>, 'ref'> {
  mono?: boolean;
  ref?: Ref<HTMLTextAreaElement>;
}

export function Textarea({ className, mono, rows = 3, ref, ...props }: TextareaProps) {
  return (
    <Field.Control
      render={
        <textarea
          ref={ref}
          rows={rows}
          className={cn(controlClass, 'block resize-y px-2.5 py-1.5', mono && 'font-mono text-sm', className)}
          {...props}
        />
      }
    />
  );
}
