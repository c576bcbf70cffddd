import { CheckCircle2, CircleAlert, CircleHelp, Info, TriangleAlert } from 'lucide-react';
import Link from 'next/link';
import { cn } from '@/components/ui/cn';
import type { StandingDto, StandingLevel } from '@/lib/platform/facts/contract';

const LEVELS: Record<StandingLevel, { icon: typeof Info; className: string }> = {
  danger: { icon: CircleAlert, className: 'text-danger-text' },
  warning: { icon: TriangleAlert, className: 'text-warning-text' },
  unknown: { icon: CircleHelp, className: 'text-warning-text' },
  info: { icon: Info, className: 'text-info-text' },
  ok: { icon: CheckCircle2, className: 'text-success-text' },
};

/** The headline of the overview, which it leads to. */
export function StandingLine({ standing, onOpen }: { standing: StandingDto; onOpen?: () => void }) {
  const level = LEVELS[standing.level];
  return (
    <Link
      href="/overview"
      prefetch={false}
      onClick={onOpen}
      className="flex items-start gap-2 text-sm underline-offset-2 hover:underline"
    >
      <level.icon aria-hidden className={cn('mt-0.5 size-4 shrink-0', level.className)} />
      <span className="min-w-0 break-words">{standing.headline}</span>
    </Link>
  );
}
