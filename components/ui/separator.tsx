import { cn } from './cn';

export function Separator({ vertical, className }: { vertical?: boolean; className?: string }) {
  return (
    <div
      role="none"
      className={cn('bg-line', vertical ? 'mx-1 h-4 w-px self-center' : 'h-px w-full', className)}
    />
  );
}
