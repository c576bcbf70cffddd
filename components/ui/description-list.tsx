import type { ReactNode } from 'react';
import { cn } from './cn';

/** Labels and values on one shared column. */
export function DescriptionList({ className, children }: { className?: string; children: ReactNode }) {
  return (
    <dl
      className={cn('grid grid-cols-[minmax(96px,136px)_minmax(0,1fr)] gap-x-4 gap-y-2 text-sm', className)}
    >
      {children}
    </dl>
  );
}

export function DescriptionItem({
  label,
  mono,
  children,
}: {
  label: ReactNode;
  mono?: boolean;
  children: ReactNode;
}) {
  return (
    <div className="col-span-2 grid grid-cols-subgrid items-baseline">
      <dt className="text-faint">{label}</dt>
      <dd className={cn('min-w-0 break-words text-ink', mono && 'font-mono')}>{children ?? '–'}</dd>
    </div>
  );
}
