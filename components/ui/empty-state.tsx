import type { ReactNode } from 'react';
import { cn } from './cn';
import { CodeBlock } from './code-block';

export interface EmptyStateProps {
  icon?: ReactNode;
  /** What is not there: "No keys yet". */
  title: string;
  /** One sentence: why, and what to do first. */
  children: ReactNode;
  /** A command that works as it stands. */
  code?: string;
  copyLabel?: string;
  action?: ReactNode;
  className?: string;
}

export function EmptyState({ icon, title, children, code, copyLabel, action, className }: EmptyStateProps) {
  return (
    <div
      className={cn(
        'mx-auto flex w-full min-w-0 max-w-[560px] flex-col items-start gap-3 px-4 py-12',
        className,
      )}
    >
      {icon ? <span className="text-faint [&_.lucide]:size-5">{icon}</span> : null}
      <div className="flex flex-col gap-1">
        <h2 className="text-lg font-semibold">{title}</h2>
        <p className="text-base text-muted">{children}</p>
      </div>
      {code ? <CodeBlock code={code} copyLabel={copyLabel} className="w-full" /> : null}
      {action ? <div className="flex flex-wrap gap-2">{action}</div> : null}
    </div>
  );
}
