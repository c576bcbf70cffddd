'use client';

import { type RefObject, useCallback } from 'react';
import { useShortcut } from '@/components/shell/shortcut-provider';
import type { ListTable } from './use-list-table';

export interface RowKeys {
  /** Moves the open row, or the focus when none is open. */
  move: (by: 1 | -1) => void;
  canMove: (by: 1 | -1) => boolean;
}

function focusedRow(): number | null {
  const row = document.activeElement?.closest('[data-row]')?.getAttribute('data-row');
  return row === null || row === undefined ? null : Number(row);
}

/** j and k go through the rows, x selects. The focus is the cursor, so Enter opens by itself. */
export function useRowKeys<Row extends object>(
  table: ListTable<Row>,
  openId: string | null,
  setOpen: (id: string) => void,
  focusRow: RefObject<((index: number) => void) | null>,
  selectable: boolean,
): RowKeys {
  const openIndex = openId === null ? -1 : table.items.findIndex(({ id }) => id === openId);
  const canMove = (by: 1 | -1) => openIndex >= 0 && table.items[openIndex + by] !== undefined;
  const move = useCallback(
    (by: 1 | -1) => {
      const from = openId === null ? (focusedRow() ?? (by === 1 ? -1 : table.items.length)) : openIndex;
      const target = table.items[from + by];
      if (!target) return;
      if (openId !== null) setOpen(target.id);
      else focusRow.current?.(from + by);
    },
    [focusRow, openId, openIndex, setOpen, table.items],
  );
  useShortcut('row-next', () => move(1), table.items.length > 0);
  useShortcut('row-previous', () => move(-1), table.items.length > 0);
  useShortcut(
    'row-select',
    () => {
      const index = openIndex >= 0 ? openIndex : focusedRow();
      if (index !== null) table.items[index]?.toggleSelected();
    },
    selectable && table.items.length > 0,
  );
  return { move, canMove };
}
