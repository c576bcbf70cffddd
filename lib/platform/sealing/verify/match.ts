import type { SealableRows } from '@/lib/platform/audit/sealable-rows';
import type { Places } from '../seal/places';

/** Which row each leaf is of. */
export interface Matching {
  /** Per leaf the number of its row, -1 where there is none. */
  rowOf: Int32Array;
  /** Rows that no leaf is of. */
  unmatched: number[];
}

/** Numbers of leaves in the order of their times. */
function byTime(times: Float64Array): Uint32Array {
  const order = Uint32Array.from(times, (_, i) => i);
  let isSorted = true;
  for (let i = 1; i < times.length && isSorted; i++) isSorted = (times[i - 1] ?? 0) <= (times[i] ?? 0);
  return isSorted ? order : order.sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0));
}

/** @param rows in any order; two of the same time are told apart by the tags of their ids */
export function matchRows(places: Places, rows: SealableRows): Matching {
  const { times, tags } = places;
  const leaves = byTime(times);
  const rowTimes = Float64Array.from({ length: rows.length }, (_, row) => rows.time(row));
  const order = byTime(rowTimes);
  const rowOf = new Int32Array(times.length).fill(-1);
  const unmatched: number[] = [];
  let first = 0;
  for (const row of order) {
    const time = rowTimes[row] ?? 0;
    while (first < leaves.length && (times[leaves[first] ?? 0] ?? 0) < time) first += 1;
    const tag = rows.tag(row);
    let found = -1;
    for (let i = first; i < leaves.length && times[leaves[i] ?? 0] === time && found < 0; i++) {
      const leaf = leaves[i] ?? 0;
      if (tags[leaf] === tag && rowOf[leaf] === -1) found = leaf;
    }
    if (found < 0) unmatched.push(row);
    else rowOf[found] = row;
    // Rows of one time come in the order of their leaves: what is matched in front is not looked at again.
    if (leaves[first] === found) first += 1;
  }
  return { rowOf, unmatched };
}
