import { CircleCheck, CircleDashed, Info, OctagonX, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { cn } from './cn';
import { type Tone, toneText } from './tone';

const ICONS: Record<Tone, ReactNode> = {
  neutral: <CircleDashed aria-hidden />,
  info: <Info aria-hidden />,
  success: <CircleCheck aria-hidden />,
  warning: <TriangleAlert aria-hidden />,
  danger: <OctagonX aria-hidden />,
};

const SURFACE: Record<Tone, string> = {
  neutral: 'border-line bg-sunken',
  info: 'border-info-line bg-info-wash',
  success: 'border-success-line bg-success-wash',
  warning: 'border-warning-line bg-warning-wash',
  danger: 'border-danger-line bg-danger-wash',
};

export interface CalloutProps {
  tone?: Tone;
  title?: ReactNode;
  children?: ReactNode;
  /** A button at the right edge. */
  action?: ReactNode;
  className?: string;
}

/** One thing the reader must know before going on. */
export function Callout({ tone = 'info', title, children, action, className }: CalloutProps) {
  return (
    <div
      role={tone === 'danger' ? 'alert' : 'note'}
      className={cn(
        'flex items-start gap-2.5 rounded-md border px-3 py-2.5 text-base',
        SURFACE[tone],
        className,
      )}
    >
      <span className={cn('flex h-5 items-center', toneText[tone])}>{ICONS[tone]}</span>
      <div className="flex min-w-0 flex-1 flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <div className="flex min-w-0 flex-col gap-0.5">
          {title ? <p className="font-medium">{title}</p> : null}
          {children ? (
            <div className={cn('text-sm', title ? 'text-muted' : 'text-ink')}>{children}</div>
          ) : null}
        </div>
        {action}
      </div>
    </div>
  );
}
