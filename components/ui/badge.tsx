import type { ReactNode } from 'react';
import { cn } from './cn';
import { type Tone, toneWash } from './tone';

export interface BadgeProps {
  tone?: Tone;
  /** Scopes, ids, environments. */
  mono?: boolean;
  icon?: ReactNode;
  className?: string;
  children: ReactNode;
}

/** A short fact: scope, environment, role, count. For a state use Status. */
export function Badge({ tone = 'neutral', mono, icon, className, children }: BadgeProps) {
  return (
    <span
      className={cn(
        'inline-flex h-5 max-w-full items-center align-top gap-1 rounded-sm border px-1.5 text-xs whitespace-nowrap [&_.lucide]:size-3',
        toneWash[tone],
        mono ? 'font-mono' : 'font-medium',
        className,
      )}
    >
      {icon}
      <span className="truncate">{children}</span>
    </span>
  );
}
