import { pairMembers } from '@/lib/assurance/findings/rules';
import type { Known } from './merge-rows';
import { groupAt, type Observed, placesOf, type Spool } from './spool-report';

/** A finding of the report, and the one that is stored for it. */
export interface Pair {
  observed: Observed;
  id: string;
}

/** Findings of the report beside those that the stream knows. */
export interface Match {
  found: number;
  unchanged: number;
  /** Known, and something about them is to be written. */
  touched: Pair[];
  /** Not known to the stream: the place of a whole group in the spool, or what is left of a group. */
  unknown: (number | Observed[])[];
  /** Live, and not in the report. */
  missing: Known[];
}

export function keysOf(observed: Observed): string[] {
  return [observed.key, ...observed.otherKeys];
}

/** Pairs what the report holds with what the stream knows, by key, and members of a group by line. */
export function matchStream(spool: Spool, known: readonly Known[]): Match {
  const byKey = Map.groupBy(known, ({ key }) => key);
  const seenIds = new Set<string>();
  const match: Match = { found: 0, unchanged: 0, touched: [], unknown: [], missing: [] };
  for (const place of placesOf(spool.index)) {
    const group = groupAt(spool.index, place);
    match.found += group.length;
    const [first] = group;
    const key = first && keysOf(first).find((one) => byKey.get(one)?.some(({ id }) => !seenIds.has(id)));
    if (key === undefined) {
      match.unknown.push(place);
      continue;
    }
    const mates = (byKey.get(key) ?? []).filter(({ id }) => !seenIds.has(id));
    const pairs = pairMembers(
      group.map(({ line }) => line),
      mates.map(({ line }) => line),
    );
    const left: Observed[] = [];
    for (const [i, observed] of group.entries()) {
      const mate = mates[pairs[i] ?? -1];
      if (!mate) {
        left.push(observed);
        continue;
      }
      seenIds.add(mate.id);
      const isSame = mate.isLive && !mate.isFlagged && mate.digest === observed.digest;
      if (isSame) match.unchanged += 1;
      else match.touched.push({ observed, id: mate.id });
    }
    if (left.length > 0) match.unknown.push(left);
  }
  match.missing = known.filter(({ id, isLive }) => isLive && !seenIds.has(id));
  return match;
}
