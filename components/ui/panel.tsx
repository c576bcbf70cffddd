import type { ReactNode } from 'react';
import { cn } from './cn';

/** A bordered surface on the canvas. Never put one inside another. */
export function Panel({ className, children }: { className?: string; children: ReactNode }) {
  return <div className={cn('min-w-0 rounded-lg border border-line bg-surface', className)}>{children}</div>;
}

/** A number with its label. Wrap it in a link to the rows behind it. */
export function Figure({
  label,
  value,
  detail,
  className,
}: {
  label: ReactNode;
  value: ReactNode;
  detail?: ReactNode;
  className?: string;
}) {
  return (
    <div className={cn('flex flex-col gap-0.5', className)}>
      <span className="text-sm text-muted">{label}</span>
      <span className="text-2xl font-semibold tracking-[-0.02em]">{value}</span>
      {detail ? <span className="text-xs text-faint">{detail}</span> : null}
    </div>
  );
}

/** Figures side by side with hairlines between them; two columns on a phone. */
export function FigureGrid({ className, children }: { className?: string; children: ReactNode }) {
  return (
    <div
      className={cn(
        'grid grid-cols-2 gap-px overflow-hidden rounded-lg border border-line bg-line md:auto-cols-fr md:grid-flow-col md:grid-cols-none [&>*]:bg-surface [&>*]:p-4',
        className,
      )}
    >
      {children}
    </div>
  );
}
