import { cva } from 'class-variance-authority';
import { cn } from './cn';

const button = cva(
  [
    'relative inline-flex shrink-0 items-center justify-center gap-1.5 rounded-md border font-medium whitespace-nowrap select-none',
    'transition-colors duration-100 disabled:cursor-not-allowed disabled:opacity-50 data-disabled:cursor-not-allowed data-disabled:opacity-50',
  ],
  {
    variants: {
      variant: {
        primary: 'border-transparent bg-accent text-accent-ink hover:not-data-disabled:bg-accent-hover',
        secondary:
          'border-line-strong bg-surface text-ink hover:not-data-disabled:bg-hover data-popup-open:bg-hover',
        ghost:
          'border-transparent text-muted hover:not-data-disabled:bg-hover hover:not-data-disabled:text-ink data-popup-open:bg-hover data-popup-open:text-ink',
        danger: 'border-transparent bg-danger text-danger-ink hover:not-data-disabled:brightness-92',
        'danger-quiet':
          'border-line-strong bg-surface text-danger-text hover:not-data-disabled:border-danger-line hover:not-data-disabled:bg-danger-wash',
      },
      size: { sm: 'h-7 px-2 text-sm', md: 'h-8 px-3 text-sm' },
    },
    defaultVariants: { variant: 'secondary', size: 'md' },
  },
);

export interface ButtonStyle {
  variant?: 'primary' | 'secondary' | 'ghost' | 'danger' | 'danger-quiet';
  size?: 'sm' | 'md';
}

export function buttonClass({ variant, size, className }: ButtonStyle & { className?: string }): string {
  return cn(button({ variant, size }), className);
}
