'use client';

import { ListFilterPlus, ListX } from 'lucide-react';
import type { ReactNode } from 'react';
import { cn } from '@/components/ui/cn';
import { Tooltip } from '@/components/ui/tooltip';
import { useDataViewFilters } from './data-view-context';

export interface FilterValueProps {
  filterKey: string;
  value: string;
  children?: ReactNode;
  className?: string;
}

/** A value with Filter and Exclude beside it, for peek panels; both are reachable by keyboard. */
export function FilterValue({ filterKey, value, children, className }: FilterValueProps) {
  return (
    <span className={cn('group/value inline-flex max-w-full items-center gap-1', className)}>
      <span className="min-w-0 break-words">{children ?? value}</span>
      <FilterActions
        filterKey={filterKey}
        value={value}
        className="opacity-0 group-focus-within/value:opacity-100 group-hover/value:opacity-100 pointer-coarse:opacity-100"
      />
    </span>
  );
}

/** The two buttons alone. In table cells they are for the pointer only; the peek panel serves the keyboard. */
export function FilterActions({
  filterKey,
  value,
  pointerOnly,
  className,
}: {
  filterKey: string;
  value: string;
  pointerOnly?: boolean;
  className?: string;
}) {
  const { addClause } = useDataViewFilters();
  const button = (label: string, exclude: boolean, icon: ReactNode) => (
    <Tooltip content={label}>
      <button
        type="button"
        aria-label={`${label} ${filterKey}:${value}`}
        tabIndex={pointerOnly ? -1 : undefined}
        onClick={(event) => {
          event.stopPropagation();
          addClause({ key: filterKey, value, exclude });
        }}
        className="flex size-5 items-center justify-center rounded-sm text-faint hover:bg-hover hover:text-ink [&_.lucide]:size-3.5"
      >
        {icon}
      </button>
    </Tooltip>
  );
  return (
    <span className={cn('inline-flex shrink-0', className)}>
      {button('Filter', false, <ListFilterPlus aria-hidden />)}
      {button('Exclude', true, <ListX aria-hidden />)}
    </span>
  );
}
