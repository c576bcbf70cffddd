'use client';

import { OctagonX, RotateCw } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from './button';
import { cn } from './cn';
import { CopyText } from './copy-button';

export interface ErrorStateProps {
  /** What happened: "The audit log could not be read". */
  title?: string;
  /** What to do about it. */
  children?: ReactNode;
  onRetry?: () => void;
  retrying?: boolean;
  requestId?: string;
  className?: string;
}

export function ErrorState({
  title = 'Could not load this page',
  children = 'Try again. If the problem continues, send the request ID to your administrator.',
  onRetry,
  retrying,
  requestId,
  className,
}: ErrorStateProps) {
  return (
    <div
      role="alert"
      className={cn('mx-auto flex w-full max-w-[560px] flex-col items-start gap-3 px-4 py-12', className)}
    >
      <OctagonX aria-hidden className="size-5 text-danger" />
      <div className="flex flex-col gap-1">
        <h2 className="text-lg font-semibold">{title}</h2>
        <p className="text-base text-muted">{children}</p>
      </div>
      {requestId ? (
        <p className="flex items-center gap-1 text-sm text-faint">
          Request id <CopyText value={requestId} label="Copy request id" />
        </p>
      ) : null}
      {onRetry ? (
        <Button onClick={onRetry} loading={retrying}>
          <RotateCw aria-hidden />
          Try again
        </Button>
      ) : null}
    </div>
  );
}
