/** Which rows and leaves are compared together, so that every leaf is looked at once and no row can hide between them. */

/** A batch without its hashes; times in microseconds since 2000. */
export interface BatchHeader {
  incarnation: number;
  firstIndex: number;
  leaves: number;
  firstTime: number;
  lastTime: number;
}

/** Times from `from` to `to`, both included. */
export interface TimeSpan {
  from: number;
  to: number;
}

/** One piece of work: leaves of one tree, and the spans of time whose rows are read for them. */
export interface Slice {
  incarnation: number;
  begin: number;
  end: number;
  spans: TimeSpan[];
  /** Batches of few leaves in the midst of other rows: their rows are read by their times. */
  listed: number[];
}

/** A multiple of a tile of the second level: the slices of a tree are its nodes. */
export const SLICE_LEAVES = 65_536;
const LISTED_LEAVES_MAX = 2_000;

interface CoveredBatch extends BatchHeader {
  /** Null where the rows around the batch are read for others. */
  span: TimeSpan | null;
}

/** Gives each gap between batches to the one behind it: the spans together are all time up to the last batch. */
function coverTime(batches: readonly BatchHeader[]): CoveredBatch[] {
  let covered = Number.NEGATIVE_INFINITY;
  return batches
    .toSorted((a, b) => a.firstTime - b.firstTime || a.lastTime - b.lastTime)
    .map((batch) => {
      const isInside = batch.lastTime <= covered && batch.leaves <= LISTED_LEAVES_MAX;
      const from = Math.min(batch.firstTime, covered + 1);
      covered = Math.max(covered, batch.lastTime);
      return { ...batch, span: isInside ? null : { from, to: batch.lastTime } };
    });
}

function merged(spans: readonly TimeSpan[]): TimeSpan[] {
  const result: TimeSpan[] = [];
  for (const span of spans.toSorted((a, b) => a.from - b.from)) {
    const last = result.at(-1);
    if (last && span.from <= last.to + 1) last.to = Math.max(last.to, span.to);
    else result.push({ ...span });
  }
  return result;
}

/** The slices of all trees of a tenant, and behind them the time that no batch reaches yet. */
export function planSlices(batches: readonly BatchHeader[]): { slices: Slice[]; tailFrom: number } {
  const slices = new Map<string, Slice>();
  let tailFrom = Number.NEGATIVE_INFINITY;
  for (const batch of coverTime(batches)) {
    tailFrom = Math.max(tailFrom, batch.lastTime + 1);
    const last = Math.floor((batch.firstIndex + batch.leaves - 1) / SLICE_LEAVES);
    for (let n = Math.floor(batch.firstIndex / SLICE_LEAVES); n <= last; n++) {
      const key = `${batch.incarnation}/${n}`;
      const slice = slices.get(key) ?? {
        incarnation: batch.incarnation,
        begin: n * SLICE_LEAVES,
        end: n * SLICE_LEAVES,
        spans: [],
        listed: [],
      };
      slices.set(key, slice);
      slice.end = Math.max(slice.end, Math.min((n + 1) * SLICE_LEAVES, batch.firstIndex + batch.leaves));
      if (batch.span) slice.spans.push(batch.span);
      else slice.listed.push(batch.firstIndex);
    }
  }
  const ordered = [...slices.values()]
    .map((slice) => ({ ...slice, spans: merged(slice.spans) }))
    .toSorted((a, b) => a.incarnation - b.incarnation || a.begin - b.begin);
  return { slices: ordered, tailFrom };
}
