'use client';

import {
  Children,
  type ComponentProps,
  cloneElement,
  createContext,
  isValidElement,
  type ReactNode,
  use,
} from 'react';
import { cn } from './cn';
import { nameOf, Table, TableBody, type TableColumn, TableHeadings, TableRow } from './table';

const ColumnsContext = createContext<readonly TableColumn[]>([]);

export interface StackedTableProps {
  'aria-label'?: string;
  columns: readonly TableColumn[];
  /** The last column holds buttons. */
  hasActions?: boolean;
  /** Rows, each a StackedRow. */
  children: ReactNode;
}

/** A plain list with many columns: on a phone each row stands as a card, with the name of the column before its value. */
export function StackedTable({ columns, hasActions, children, ...props }: StackedTableProps) {
  return (
    <Table className="max-sm:block" {...props}>
      <TableHeadings columns={columns} hasActions={hasActions} className="max-sm:sr-only" />
      <TableBody className="max-sm:block">
        <ColumnsContext value={columns}>{children}</ColumnsContext>
      </TableBody>
    </Table>
  );
}

const CELL = 'max-sm:px-0 max-sm:py-0 max-sm:text-left';
const NAMED_CELL = cn(
  'max-sm:flex max-sm:justify-between max-sm:gap-4 max-sm:before:shrink-0 max-sm:before:font-sans max-sm:before:text-faint',
  'max-sm:before:content-[attr(data-label)]',
);

/** The first cell names the row and buttons have no name; the others say of which column they are. */
function namedCells(children: ReactNode, columns: readonly TableColumn[]) {
  return Children.toArray(children).map((cell, i) => {
    if (!isValidElement<ComponentProps<'td'>>(cell)) return cell;
    const column = i === 0 ? undefined : columns[i];
    const className = cn(cell.props.className, CELL, column && NAMED_CELL);
    return cloneElement(cell, { className, ...(column ? { 'data-label': nameOf(column) } : {}) } as object);
  });
}

/** A row of a StackedTable. */
export function StackedRow({ className, children, ...props }: ComponentProps<'tr'>) {
  const columns = use(ColumnsContext);
  return (
    <TableRow
      className={cn('max-sm:flex max-sm:h-auto max-sm:flex-col max-sm:gap-1 max-sm:py-2.5', className)}
      {...props}
    >
      {namedCells(children, columns)}
    </TableRow>
  );
}
