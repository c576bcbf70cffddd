import { cn } from './cn';
import { CopyButton } from './copy-button';

export interface CodeBlockProps {
  code: string;
  /** Said by the copy button: "Copy curl command". */
  copyLabel?: string;
  /** A file name or kind above the code. */
  caption?: string;
  /** Breaks long lines instead of scrolling. */
  wrap?: boolean;
  className?: string;
}

export function CodeBlock({ code, copyLabel = 'Copy code', caption, wrap, className }: CodeBlockProps) {
  return (
    <figure
      className={cn('group relative overflow-hidden rounded-md border border-line bg-sunken', className)}
    >
      {caption ? (
        <figcaption className="flex h-8 items-center border-b border-line px-3 text-xs text-faint">
          {caption}
        </figcaption>
      ) : null}
      <pre
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        tabIndex={0}
        className={cn(
          'scroll-quiet overflow-x-auto py-2.5 pr-10 pl-3 text-sm leading-5 text-ink focus-visible:-outline-offset-2',
          wrap && 'break-all whitespace-pre-wrap',
        )}
      >
        <code>{code}</code>
      </pre>
      <span className={cn('absolute right-0 bg-sunken px-1', caption ? 'top-0.5' : 'top-1.5')}>
        <CopyButton value={code} label={copyLabel} />
      </span>
    </figure>
  );
}
