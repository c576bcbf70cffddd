'use client';

import {
  type ColumnDef,
  columnVisibilityFeature,
  type RowSelectionState,
  rowSelectionFeature,
  tableFeatures,
  useTable,
} from '@tanstack/react-table';
import { useMemo, useState } from 'react';
import type { DataColumn } from './data-view-types';

const features = tableFeatures({ columnVisibilityFeature, rowSelectionFeature });

export interface ListTableOptions<Row extends object> {
  columns: readonly DataColumn<Row>[];
  rows: Row[];
  rowId: (row: Row) => string;
  /** Ids of hidden columns from the URL; null means the columns' own default. */
  hidden: readonly string[] | null;
}

/** Rows, visible columns and the selection. Sorting and filtering are the server's. */
export function useListTable<Row extends object>({ columns, rows, rowId, hidden }: ListTableOptions<Row>) {
  const [rowSelection, setRowSelection] = useState<RowSelectionState>({});
  const definitions = useMemo(
    () => columns.map(({ id, header }): ColumnDef<typeof features, Row> => ({ id, header })),
    [columns],
  );
  const columnVisibility = useMemo(() => {
    const off = hidden ?? columns.filter(({ defaultHidden }) => defaultHidden).map(({ id }) => id);
    return Object.fromEntries(columns.map(({ id }) => [id, !off.includes(id)]));
  }, [columns, hidden]);
  const table = useTable({
    features,
    columns: definitions,
    data: rows,
    getRowId: rowId,
    state: { columnVisibility, rowSelection },
    onRowSelectionChange: setRowSelection,
  });
  const byId = useMemo(() => new Map(columns.map((column) => [column.id, column])), [columns]);
  const visible = table.getVisibleLeafColumns().flatMap(({ id }) => byId.get(id) ?? []);
  return {
    visible,
    items: table.getRowModel().rows,
    selected: rows.filter((row) => rowSelection[rowId(row)]),
    allSelected: table.getIsAllRowsSelected(),
    someSelected: table.getIsSomeRowsSelected(),
    toggleAll: (on: boolean) => table.toggleAllRowsSelected(on),
    clearSelection: () => setRowSelection({}),
  };
}

export type ListTable<Row extends object> = ReturnType<typeof useListTable<Row>>;
