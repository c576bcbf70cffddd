'use client';

import Link from 'next/link';
import type { ReactNode } from 'react';
import { Button } from '@/components/ui/button';
import { Checkbox } from '@/components/ui/checkbox';
import { cn } from '@/components/ui/cn';
import type { ListTable } from './use-list-table';

export interface CardRowsProps<Row extends object> {
  label: string;
  table: ListTable<Row>;
  selectable: boolean;
  /** What a card shows; without it, the first columns under each other. */
  card?: (row: Row) => ReactNode;
  rowActions?: (row: Row) => ReactNode;
  openId: string | null;
  onOpen: (id: string) => void;
  rowHref?: (row: Row) => string;
  fresh: ReadonlySet<string>;
  hasMore: boolean;
  loadingMore: boolean;
  onMore: () => void;
}

const DEFAULT_LINES = 4;

/** The rows on a phone: one tappable card each. */
export function CardRows<Row extends object>(props: CardRowsProps<Row>) {
  const { table } = props;
  return (
    <div className="bg-surface">
      <ul aria-label={props.label} className="divide-y divide-line">
        {table.items.map((item) => (
          <li
            key={item.id}
            className={cn(
              'flex items-start gap-3 px-4 py-3 [contain-intrinsic-size:auto_88px] [content-visibility:auto]',
              props.openId === item.id && 'bg-accent-wash',
              props.fresh.has(item.id) && 'animate-arrive shadow-[inset_2px_0_0_var(--accent)]',
            )}
          >
            {props.selectable ? (
              <Checkbox
                aria-label="Select row"
                className="mt-0.5"
                checked={item.getIsSelected()}
                onCheckedChange={(on) => item.toggleSelected(on)}
              />
            ) : null}
            {props.rowHref ? (
              <Link
                href={props.rowHref(item.original)}
                prefetch={false}
                className="min-w-0 flex-1 rounded-xs"
              >
                {props.card?.(item.original) ?? <DefaultCard table={table} row={item.original} />}
              </Link>
            ) : (
              <button
                type="button"
                aria-haspopup="dialog"
                onClick={() => props.onOpen(item.id)}
                className="min-w-0 flex-1 rounded-xs text-left"
              >
                {props.card?.(item.original) ?? <DefaultCard table={table} row={item.original} />}
              </button>
            )}
            {props.rowActions?.(item.original)}
          </li>
        ))}
      </ul>
      {props.hasMore ? (
        <div className="flex justify-center border-t border-line p-3">
          <Button onClick={props.onMore} loading={props.loadingMore}>
            Load more
          </Button>
        </div>
      ) : null}
    </div>
  );
}

function DefaultCard<Row extends object>({ table, row }: { table: ListTable<Row>; row: Row }) {
  const [title, ...rest] = table.visible.slice(0, DEFAULT_LINES);
  return (
    <span className="flex min-w-0 flex-col gap-1">
      <span className="truncate text-base font-medium">{title?.cell(row)}</span>
      <span className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 gap-y-0.5 text-sm">
        {rest.map((column) => (
          <span key={column.id} className="col-span-2 grid grid-cols-subgrid">
            <span className="text-faint">{column.header}</span>
            <span className="truncate">{column.cell(row)}</span>
          </span>
        ))}
      </span>
    </span>
  );
}
