import type { DataPage } from './data-view-types';

export interface LiveMerge<Row> {
  pages: DataPage<Row>[];
  /** Ids of the rows that were not there before. */
  added: string[];
  /** True when the newest page does not reach the known rows: older ones are missing, so load afresh. */
  gap: boolean;
}

/** Puts the newest page's unknown rows on top and renews the known ones. */
export function mergeNewest<Row>(
  pages: readonly DataPage<Row>[],
  newest: DataPage<Row>,
  rowId: (row: Row) => string,
): LiveMerge<Row> {
  const known = new Set(pages.flatMap((page) => page.items.map(rowId)));
  const renewed = new Map(newest.items.map((row) => [rowId(row), row]));
  const unknown = newest.items.filter((row) => !known.has(rowId(row)));
  const gap = known.size > 0 && newest.items.length > 0 && unknown.length === newest.items.length;
  const [first, ...rest] = pages;
  if (!first) return { pages: [newest], added: unknown.map(rowId), gap: false };
  const renew = (row: Row) => renewed.get(rowId(row)) ?? row;
  return {
    pages: [
      { ...first, total: newest.total ?? first.total, items: [...unknown, ...first.items.map(renew)] },
      ...rest.map((page) => ({ ...page, items: page.items.map(renew) })),
    ],
    added: unknown.map(rowId),
    gap,
  };
}
