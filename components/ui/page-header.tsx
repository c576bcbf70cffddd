import type { ReactNode } from 'react';
import { cn } from './cn';

export interface PageHeaderProps {
  title: ReactNode;
  /** One sentence that answers: is something wrong, since when. */
  status?: ReactNode;
  /** Buttons; the primary one last. */
  actions?: ReactNode;
  /** Leads to the sibling pages; at the same height on each of them. */
  tabs?: ReactNode;
  className?: string;
}

export function PageHeader({ title, status, actions, tabs, className }: PageHeaderProps) {
  return (
    <header className={cn('flex flex-col gap-3', className)}>
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div className="flex min-w-0 flex-col gap-0.5">
          <h1 className="text-xl font-semibold tracking-[-0.01em]">{title}</h1>
          {status ? <div className="text-base text-muted">{status}</div> : null}
        </div>
        {actions ? <div className="flex flex-wrap items-center gap-2">{actions}</div> : null}
      </div>
      {tabs}
    </header>
  );
}

const WIDTH = { form: 'max-w-[720px]', read: 'max-w-[1080px]', full: '' };

/** The one frame of a page: `form` 720 px, `read` 1080 px, `full` for lists. */
export function PageBody({
  width = 'read',
  className,
  children,
}: {
  width?: keyof typeof WIDTH;
  className?: string;
  children: ReactNode;
}) {
  return (
    <div
      className={cn('mx-auto flex w-full min-w-0 flex-col gap-6 px-4 py-5 md:px-6', WIDTH[width], className)}
    >
      {children}
    </div>
  );
}

/** A titled part of a page. Parts are set apart by space and a rule, not by boxes in boxes. */
export function PageSection({
  title,
  description,
  actions,
  className,
  children,
}: {
  title: ReactNode;
  description?: ReactNode;
  actions?: ReactNode;
  className?: string;
  children: ReactNode;
}) {
  return (
    <section className={cn('flex flex-col gap-3', className)}>
      <div className="flex flex-wrap items-end justify-between gap-3 border-b border-line pb-2">
        <div className="flex flex-col gap-0.5">
          <h2 className="text-lg font-semibold">{title}</h2>
          {description ? <p className="text-sm text-muted">{description}</p> : null}
        </div>
        {actions}
      </div>
      {children}
    </section>
  );
}
