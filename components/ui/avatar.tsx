import { cn } from './cn';

function initials(name: string): string {
  const words = name
    .trim()
    .split(/[\s._@-]+/u)
    .filter(Boolean);
  const letters = words.length > 1 ? [words[0], words[1]] : [words[0]];
  return (
    letters
      .map((word) => Array.from(word ?? '')[0] ?? '')
      .join('')
      .toUpperCase() || '?'
  );
}

/** Initials of a person or service; no picture is fetched from anywhere. */
export function Avatar({
  name,
  size = 'md',
  className,
}: {
  name: string;
  size?: 'sm' | 'md';
  className?: string;
}) {
  return (
    <span
      aria-hidden="true"
      data-initials={initials(name)}
      className={cn(
        'inline-flex shrink-0 items-center justify-center rounded-full border border-line-strong before:content-[attr(data-initials)] bg-sunken font-medium text-muted select-none',
        size === 'sm' ? 'size-5 text-xs leading-none [zoom:0.85]' : 'size-6 text-xs leading-none',
        className,
      )}
    />
  );
}
