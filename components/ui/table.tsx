import type { ComponentProps } from 'react';
import { cn } from './cn';

/** A plain table for short lists. Long, filtered lists use DataView. */
export function Table({ className, ...props }: ComponentProps<'table'>) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <div tabIndex={0} className="scroll-quiet w-full overflow-x-auto focus-visible:-outline-offset-2">
      <table className={cn('w-full border-collapse text-sm', className)} {...props} />
    </div>
  );
}

export function TableHead({ className, ...props }: ComponentProps<'thead'>) {
  return <thead className={cn('border-b border-line', className)} {...props} />;
}

export function TableBody({ className, ...props }: ComponentProps<'tbody'>) {
  return <tbody className={cn('divide-y divide-line', className)} {...props} />;
}

export function TableRow({ className, ...props }: ComponentProps<'tr'>) {
  return <tr className={cn('h-row', className)} {...props} />;
}

export interface TableCellProps {
  /** Numbers stand on the right. */
  numeric?: boolean;
}

export function TableHeader({ className, numeric, ...props }: ComponentProps<'th'> & TableCellProps) {
  return (
    <th
      scope="col"
      className={cn(
        'h-8 px-3 text-xs font-medium whitespace-nowrap text-faint first:pl-0 last:pr-0',
        numeric ? 'text-right' : 'text-left',
        className,
      )}
      {...props}
    />
  );
}

export function TableCell({ className, numeric, ...props }: ComponentProps<'td'> & TableCellProps) {
  return (
    <td
      className={cn('px-3 py-1.5 align-middle first:pl-0 last:pr-0', numeric && 'text-right', className)}
      {...props}
    />
  );
}

export type TableColumn = string | { name: string; numeric: true };

export const nameOf = (column: TableColumn) => (typeof column === 'string' ? column : column.name);

export interface TableHeadingsProps {
  columns: readonly TableColumn[];
  /** The last column holds buttons; its name is for screen readers. */
  hasActions?: boolean;
  className?: string;
}

export function TableHeadings({ columns, hasActions, className }: TableHeadingsProps) {
  return (
    <TableHead className={className}>
      <tr className="h-row">
        {columns.map((column) => (
          <TableHeader key={nameOf(column)} numeric={typeof column !== 'string'}>
            {nameOf(column)}
          </TableHeader>
        ))}
        {hasActions ? (
          <TableHeader>
            <span className="sr-only">Actions</span>
          </TableHeader>
        ) : null}
      </tr>
    </TableHead>
  );
}
