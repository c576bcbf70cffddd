import { CircleCheck, CircleDashed, Info, OctagonX, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { cn } from './cn';
import { type Tone, toneText, toneWash } from './tone';

const ICONS: Record<Tone, ReactNode> = {
  neutral: <CircleDashed aria-hidden />,
  info: <Info aria-hidden />,
  success: <CircleCheck aria-hidden />,
  warning: <TriangleAlert aria-hidden />,
  danger: <OctagonX aria-hidden />,
};

export interface StatusProps {
  tone: Tone;
  /** The word: "Expires soon". */
  children: ReactNode;
  /** Replaces the tone's icon. */
  icon?: ReactNode;
  /** `plain` in tables and lists, `pill` beside a title. */
  look?: 'plain' | 'pill';
  className?: string;
}

/** A state: icon, word and colour together, so it survives greyscale. */
export function Status({ tone, children, icon, look = 'plain', className }: StatusProps) {
  return (
    <span
      className={cn(
        'inline-flex items-center gap-1.5 align-top',
        look === 'plain'
          ? 'text-sm text-ink [&_.lucide]:size-3.5'
          : cn(
              'h-6 rounded-full border whitespace-nowrap pr-2.5 pl-1.5 text-xs font-medium [&_.lucide]:size-3.5',
              toneWash[tone],
            ),
        className,
      )}
    >
      <span className={cn('flex', look === 'plain' && cn('h-5 items-center self-start', toneText[tone]))}>
        {icon ?? ICONS[tone]}
      </span>
      {children}
    </span>
  );
}
