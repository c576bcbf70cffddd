import { CircleCheck, CircleDashed, OctagonX, TriangleAlert } from 'lucide-react';
import { cn } from '@/components/ui/cn';
import type { ReportTone } from '@/lib/insight/reports/contract';

const TONES = {
  danger: { icon: OctagonX, word: 'Act now', className: 'text-danger-text' },
  warning: { icon: TriangleAlert, word: 'Soon', className: 'text-warning-text' },
  neutral: { icon: CircleDashed, word: '', className: 'text-faint' },
  success: { icon: CircleCheck, word: 'Good', className: 'text-success-text' },
} as const satisfies Record<ReportTone, object>;

/** The mark of a line: shape, colour and a word, so that none of them alone carries it. */
export function ToneMark({ tone, hideWord }: { tone: ReportTone; hideWord?: boolean }) {
  const { icon: Icon, word, className } = TONES[tone];
  return (
    <span
      className={cn('inline-flex h-5 items-center gap-1.5 text-sm font-medium whitespace-nowrap', className)}
    >
      <Icon aria-hidden />
      <span className={hideWord ? 'sr-only' : undefined}>{word}</span>
    </span>
  );
}
