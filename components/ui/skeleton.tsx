import { cn } from './cn';

/** A grey shape of the final size; appears only after 150 ms so that quick answers never flash. */
export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden="true" className={cn('skeleton h-4 rounded-sm', className)} />;
}

/** Lines of text to come. `label` is read out once. */
export function SkeletonLines({ lines = 3, label = 'Loading' }: { lines?: number; label?: string }) {
  return (
    <div role="status" aria-label={label} className="flex flex-col gap-2.5">
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines are identical
        <Skeleton key={line} className={line === lines - 1 ? 'w-2/5' : 'w-full'} />
      ))}
    </div>
  );
}
