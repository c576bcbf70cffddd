'use client';

import { Check, Copy } from 'lucide-react';
import { Button } from './button';
import { cn } from './cn';
import { IconButton } from './icon-button';
import { useCopy } from './use-copy';

export interface CopyButtonProps {
  /** The text, or a function that makes it when pressed. */
  value: string | (() => string);
  /** What is copied: "Copy key id". With `showLabel` it is also the button's text. */
  label?: string;
  showLabel?: boolean;
  size?: 'sm' | 'md';
  variant?: 'ghost' | 'secondary' | 'primary';
  className?: string;
  onCopied?: () => void;
}

export function CopyButton({
  value,
  label = 'Copy',
  showLabel,
  size = 'sm',
  variant = 'ghost',
  className,
  onCopied,
}: CopyButtonProps) {
  const { copied, copy } = useCopy();
  const press = async () => {
    await copy(typeof value === 'function' ? value() : value);
    onCopied?.();
  };
  const icon = copied ? <Check aria-hidden className="text-success" /> : <Copy aria-hidden />;
  const announcement = (
    <span role="status" className="sr-only">
      {copied ? 'Copied' : ''}
    </span>
  );
  if (showLabel) {
    return (
      <Button size={size} variant={variant} className={className} onClick={() => void press()}>
        {icon}
        {copied ? 'Copied' : label}
        {announcement}
      </Button>
    );
  }
  return (
    <IconButton
      label={label}
      size={size}
      variant={variant}
      className={cn('[&_.lucide]:size-3.5', className)}
      onClick={() => void press()}
    >
      {icon}
      {announcement}
    </IconButton>
  );
}

/** An identifier in mono with a copy button that shows on hover and focus. */
export function CopyText({ value, display, label }: { value: string; display?: string; label?: string }) {
  return (
    <span className="group/copy inline-flex max-w-full items-center gap-0.5">
      <code className="truncate text-sm">{display ?? value}</code>
      <CopyButton
        value={value}
        label={label ?? `Copy ${value}`}
        className="size-6 opacity-0 group-hover/copy:opacity-100 focus-visible:opacity-100 pointer-coarse:opacity-100"
      />
    </span>
  );
}
