'use client';

import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { CopyButton } from '@/components/ui/copy-button';
import { IconButton } from '@/components/ui/icon-button';
import { Separator } from '@/components/ui/separator';

export interface BulkBarProps {
  count: number;
  /** Makes the JSON of the selection when pressed. */
  json: () => string;
  onClear: () => void;
  children?: ReactNode;
}

/** Floats over the list while rows are selected. */
export function BulkBar({ count, json, onClear, children }: BulkBarProps) {
  if (count === 0) return null;
  return (
    <section
      aria-label="Selected rows"
      data-print="hide"
      className="fixed inset-x-4 bottom-4 z-30 mx-auto flex w-fit max-w-[calc(100vw-32px)] flex-wrap items-center gap-1 rounded-lg border border-line-strong bg-raised py-1.5 pr-1.5 pl-3 shadow-float"
    >
      <span role="status" className="pr-1 text-sm font-medium whitespace-nowrap">
        {count.toLocaleString('en')} selected
      </span>
      <Separator vertical />
      {children}
      <CopyButton value={json} label="Copy as JSON" showLabel />
      <IconButton label="Clear selection" size="sm" onClick={onClear}>
        <X aria-hidden />
      </IconButton>
    </section>
  );
}
