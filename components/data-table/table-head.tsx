'use client';

import { ArrowDown, ArrowUp, ChevronsUpDown } from 'lucide-react';
import { Checkbox } from '@/components/ui/checkbox';
import { cn } from '@/components/ui/cn';
import type { DataColumn } from './data-view-types';
import type { ListTable } from './use-list-table';

export interface TableHeadProps<Row extends object> {
  table: ListTable<Row>;
  selectable: boolean;
  sort: string | null;
  onSort: (sort: string | null) => void;
}

const HEAD = 'sticky top-0 z-10 h-8 border-b border-line bg-surface px-2 text-xs font-medium text-faint';

export function DataTableHead<Row extends object>({ table, selectable, sort, onSort }: TableHeadProps<Row>) {
  return (
    <thead>
      <tr aria-rowindex={1}>
        {selectable ? (
          <th scope="col" className={cn(HEAD, 'w-10 pr-0 pl-4 text-left')}>
            <span className="flex">
              <Checkbox
                aria-label="Select all loaded rows"
                checked={table.allSelected}
                indeterminate={table.someSelected && !table.allSelected}
                onCheckedChange={table.toggleAll}
              />
            </span>
          </th>
        ) : null}
        {table.visible.map((column) => (
          <HeadCell key={column.id} column={column} sort={sort} onSort={onSort} />
        ))}
      </tr>
    </thead>
  );
}

function sortState(
  sortKey: string | undefined,
  sort: string | null,
): 'ascending' | 'descending' | 'none' | undefined {
  if (!sortKey) return undefined;
  if (sort === sortKey) return 'ascending';
  return sort === `-${sortKey}` ? 'descending' : 'none';
}

function HeadCell<Row>({
  column,
  sort,
  onSort,
}: {
  column: DataColumn<Row>;
  sort: string | null;
  onSort: (sort: string | null) => void;
}) {
  const state = sortState(column.sortKey, sort);
  const right = column.align === 'right';
  return (
    <th
      scope="col"
      aria-sort={state}
      className={cn(HEAD, 'first:pl-4 last:pr-4', right ? 'text-right' : 'text-left')}
      style={{ width: column.width }}
    >
      {state ? (
        <button
          type="button"
          onClick={() => onSort(state === 'descending' ? (column.sortKey ?? null) : `-${column.sortKey}`)}
          className={cn(
            '-mx-1 inline-flex h-6 max-w-full items-center gap-1 rounded-sm px-1 hover:bg-hover hover:text-ink',
            state !== 'none' && 'text-ink',
            right && 'flex-row-reverse',
          )}
        >
          <span className="truncate">{column.header}</span>
          {state === 'none' ? <ChevronsUpDown aria-hidden className="size-3" /> : null}
          {state === 'ascending' ? <ArrowUp aria-hidden className="size-3" /> : null}
          {state === 'descending' ? <ArrowDown aria-hidden className="size-3" /> : null}
        </button>
      ) : (
        <span className="block truncate">{column.header}</span>
      )}
    </th>
  );
}
