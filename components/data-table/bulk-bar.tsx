'use client';

import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from '@/components/ui/button';
import { CopyButton } from '@/components/ui/copy-button';
import { IconButton } from '@/components/ui/icon-button';
import { Separator } from '@/components/ui/separator';

export interface BulkBarProps {
  count: number;
  /** All that the filter finds is meant, also what is not loaded. */
  isAll: boolean;
  /** Offered while every loaded row is selected and there are more. */
  onAll?: () => void;
  /** Makes the JSON of the selection when pressed. */
  json: () => string;
  onClear: () => void;
  children?: ReactNode;
}

/** Floats over the list while rows are selected. */
export function BulkBar({ count, isAll, onAll, json, onClear, children }: BulkBarProps) {
  if (count === 0) return null;
  return (
    <section
      aria-label="Selected rows"
      data-print="hide"
      className="fixed inset-x-4 bottom-4 z-30 mx-auto flex w-fit max-w-[calc(100vw-32px)] flex-wrap items-center gap-1 rounded-lg border border-line-strong bg-raised py-1.5 pr-1.5 pl-3 shadow-float"
    >
      <span role="status" className="pr-1 text-sm font-medium whitespace-nowrap">
        {isAll ? 'All matching rows selected' : `${count.toLocaleString('en')} selected`}
      </span>
      {onAll ? (
        <Button size="sm" variant="ghost" onClick={onAll}>
          Select all matching rows
        </Button>
      ) : null}
      <Separator vertical />
      {children}
      {isAll ? null : <CopyButton value={json} label="Copy as JSON" showLabel />}
      <IconButton label="Clear selection" size="sm" onClick={onClear}>
        <X aria-hidden />
      </IconButton>
    </section>
  );
}
