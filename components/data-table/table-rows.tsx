'use client';

import { useVirtualizer } from '@tanstack/react-virtual';
import Link from 'next/link';
import { type MouseEvent, type ReactNode, type RefObject, useEffect, useRef, useState } from 'react';
import { Checkbox } from '@/components/ui/checkbox';
import { cn } from '@/components/ui/cn';
import type { DataColumn } from './data-view-types';
import { FilterActions } from './filter-value';
import { DataTableHead } from './table-head';
import { type Density, ROW_HEIGHT } from './use-density';
import type { ListTable } from './use-list-table';

const VIRTUAL_FROM = 200;

export interface TableRowsProps<Row extends object> {
  /** Accessible name of the table. */
  label: string;
  table: ListTable<Row>;
  density: Density;
  selectable: boolean;
  rowActions?: (row: Row) => ReactNode;
  openId: string | null;
  onOpen: (id: string) => void;
  /** Where a row leads, in a list whose rows are opened elsewhere. */
  rowHref?: (row: Row) => string;
  fresh: ReadonlySet<string>;
  sort: string | null;
  onSort: (sort: string | null) => void;
  total: number | undefined;
  hasMore: boolean;
  loadingMore: boolean;
  onMore: () => void;
  /** Lets the caller bring a row into view and focus it. */
  focusRow: RefObject<((index: number) => void) | null>;
}

export function TableRows<Row extends object>(props: TableRowsProps<Row>) {
  const { table, density, hasMore, total, focusRow } = props;
  const scroller = useRef<HTMLElement>(null);
  const { items } = table;
  const virtual = items.length > VIRTUAL_FROM;
  const virtualizer = useVirtualizer({
    count: items.length,
    enabled: virtual,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT[density],
    overscan: 16,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: sizes are measured again when the density changes
  useEffect(() => virtualizer.measure(), [virtualizer, density]);
  const shown = virtual ? virtualizer.getVirtualItems() : null;
  const first = shown?.[0]?.index ?? 0;
  const end = shown ? (shown.at(-1)?.index ?? -1) + 1 : items.length;
  const before = shown?.[0]?.start ?? 0;
  const after = shown ? virtualizer.getTotalSize() - (shown.at(-1)?.end ?? 0) : 0;

  useEffect(() => {
    focusRow.current = (index) => {
      if (virtual) virtualizer.scrollToIndex(index, { align: 'auto' });
      requestAnimationFrame(() => {
        const target = scroller.current?.querySelector<HTMLElement>(`[data-row="${index}"] [data-open]`);
        target?.focus({ preventScroll: virtual });
      });
    };
  }, [focusRow, virtual, virtualizer]);

  return (
    <section
      ref={scroller}
      aria-label={`${props.label}, scrollable`}
      data-density={density}
      className="scroll-quiet min-h-0 min-w-0 flex-1 overflow-auto bg-surface print:overflow-visible"
    >
      <table
        aria-label={props.label}
        aria-rowcount={hasMore ? (total === undefined ? -1 : total + 1) : items.length + 1}
        className="w-full table-fixed border-separate border-spacing-0 text-sm"
        style={{ minWidth: leastWidth(table.visible) }}
      >
        <DataTableHead table={table} selectable={props.selectable} sort={props.sort} onSort={props.onSort} />
        <tbody>
          <Spacer height={before} />
          {items.slice(first, end).map((item, offset) => (
            <DataRow
              key={item.id}
              index={first + offset}
              id={item.id}
              row={item.original}
              selected={item.getIsSelected()}
              onSelect={(on) => item.toggleSelected(on)}
              columns={table.visible}
              open={props.openId === item.id}
              fresh={props.fresh.has(item.id)}
              selectable={props.selectable}
              rowActions={props.rowActions}
              onOpen={props.onOpen}
              href={props.rowHref?.(item.original)}
            />
          ))}
          <Spacer height={after} />
        </tbody>
      </table>
      <MoreRows {...props} scroller={scroller} />
    </section>
  );
}

const LEAST_AUTO_WIDTH = 160;

/** Pixels below which the table scrolls sideways, so that no column is squeezed away. */
function leastWidth<Row>(columns: readonly DataColumn<Row>[]): number {
  return columns.reduce((sum, { width }) => sum + (width ?? LEAST_AUTO_WIDTH), 48);
}

function Spacer({ height }: { height: number }) {
  if (height <= 0) return null;
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: an empty row takes no focus
    <tr aria-hidden="true">
      <td style={{ height }} />
    </tr>
  );
}

interface DataRowProps<Row> {
  index: number;
  id: string;
  row: Row;
  columns: readonly DataColumn<Row>[];
  selected: boolean;
  onSelect: (on: boolean) => void;
  open: boolean;
  fresh: boolean;
  selectable: boolean;
  rowActions?: (row: Row) => ReactNode;
  onOpen: (id: string) => void;
  href: string | undefined;
}

function isPlainClick(event: MouseEvent<HTMLElement>): boolean {
  const target = event.target as HTMLElement;
  if (!event.currentTarget.contains(target)) return false;
  if (target.closest('button, a, input, label, [role="checkbox"], [role="menuitem"]')) return false;
  return window.getSelection()?.toString() === '';
}

type RowOpenerProps = Pick<DataRowProps<unknown>, 'id' | 'open' | 'onOpen' | 'href'> & {
  children: ReactNode;
};

/** What the keyboard opens a row by: the panel beside the list, or the page that the row leads to. */
function RowOpener({ id, open, onOpen, href, children }: RowOpenerProps) {
  const className = 'block w-full truncate rounded-xs text-left focus-visible:-outline-offset-1';
  if (href !== undefined) {
    return (
      <Link href={href} prefetch={false} data-open="" className={cn(className, 'hover:underline')}>
        {children}
      </Link>
    );
  }
  return (
    <button
      type="button"
      data-open=""
      aria-haspopup="dialog"
      aria-expanded={open}
      onClick={() => onOpen(id)}
      className={className}
    >
      {children}
    </button>
  );
}

const CELL = 'h-row overflow-hidden border-b border-line px-2 py-0 first:pl-4 last:pr-4';

function DataRow<Row>(props: DataRowProps<Row>) {
  const { id, row, columns, selected, open, fresh } = props;
  const [isPointedAt, setPointedAt] = useState(false);
  return (
    <tr
      data-row={props.index}
      aria-rowindex={props.index + 2}
      aria-selected={props.selectable ? selected : undefined}
      onPointerEnter={() => setPointedAt(true)}
      onClick={(event) => {
        if (!isPlainClick(event)) return;
        if (props.href === undefined) props.onOpen(id);
        else event.currentTarget.querySelector<HTMLElement>('[data-open]')?.click();
      }}
      className={cn(
        'group/row cursor-default hover:bg-hover',
        selected && 'bg-accent-wash hover:bg-accent-wash',
        open && 'bg-accent-wash shadow-[inset_2px_0_0_var(--accent)] hover:bg-accent-wash',
        fresh && 'animate-arrive shadow-[inset_2px_0_0_var(--accent)]',
      )}
    >
      {props.selectable ? (
        <td className={cn(CELL, 'w-10 pr-0')}>
          <span className="flex">
            <Checkbox aria-label="Select row" checked={selected} onCheckedChange={props.onSelect} />
          </span>
        </td>
      ) : null}
      {columns.map((column, index) => (
        <td
          key={column.id}
          className={cn(CELL, 'group/cell relative', column.align === 'right' && 'text-right')}
        >
          {index === 0 ? (
            <RowOpener {...props}>{column.cell(row)}</RowOpener>
          ) : (
            <div className="truncate">{column.cell(row)}</div>
          )}
          {isPointedAt ? <CellFilter column={column} row={row} /> : null}
          {index === columns.length - 1 && props.rowActions ? (
            <span className="absolute inset-y-0 right-2 flex items-center bg-surface pl-1 opacity-0 group-hover/row:bg-hover group-hover/row:opacity-100 focus-within:opacity-100 has-data-popup-open:opacity-100 pointer-coarse:opacity-100">
              {props.rowActions(row)}
            </span>
          ) : null}
        </td>
      ))}
    </tr>
  );
}

/** For the pointer alone, which brings it: a long list would carry hundreds of buttons that nobody sees. */
function CellFilter<Row>({ column, row }: { column: DataColumn<Row>; row: Row }) {
  const value = column.filterKey ? column.filterValue?.(row) : null;
  if (!column.filterKey || value === null || value === undefined) return null;
  return (
    <FilterActions
      filterKey={column.filterKey}
      value={value}
      pointerOnly
      className="absolute inset-y-0 right-0 hidden items-center rounded-sm bg-surface px-0.5 group-hover/cell:inline-flex group-hover/row:bg-hover"
    />
  );
}

function MoreRows<Row extends object>({
  hasMore,
  loadingMore,
  onMore,
  scroller,
}: TableRowsProps<Row> & { scroller: RefObject<HTMLElement | null> }) {
  const sentinel = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = sentinel.current;
    if (!element || !hasMore || loadingMore) return;
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && onMore(), {
      root: scroller.current,
      rootMargin: '400px',
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [hasMore, loadingMore, onMore, scroller]);
  if (!hasMore) return null;
  return (
    <div ref={sentinel} className="flex h-row items-center justify-center text-sm text-faint">
      <button type="button" onClick={onMore} className="rounded-sm px-2 hover:text-ink">
        {loadingMore ? 'Loading more' : 'Load more'}
      </button>
    </div>
  );
}
