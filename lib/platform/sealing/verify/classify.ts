import { isoOfMicroseconds } from '@/lib/platform/audit/sealable-rows';
import { type Fault, SEALING_LAG_MAX_MS } from '../contract';
import { encodeLeaf } from '../leaf/encode-leaf';
import type { SealedEvent } from '../leaf/sealed-event';
import { TIME_SLACK_MS } from '../rules';
import { equalBytes, fromBase64 } from '../tlog/bytes';
import { leafHash } from '../tlog/merkle';
import type { ChangedRow, ExtraRow, MissingLeaf } from './slice-result';

/** What the differences between leaves and rows mean. */

export interface TreeDifferences {
  tenantId: string;
  origin: string;
  missing: readonly MissingLeaf[];
  changed: readonly ChangedRow[];
}

/** Comparing all pairs of these is still cheap. */
const PAIRED_MAX = 60;

function opens(leaf: MissingLeaf, event: SealedEvent): boolean {
  const salt = fromBase64(leaf.salt);
  const hash = fromBase64(leaf.hash);
  return salt !== null && hash !== null && equalBytes(leafHash(encodeLeaf(event, { salt })), hash);
}

/** The places that two events may have exchanged: their times, with what goes with them. */
const exchanged = (event: SealedEvent, other: SealedEvent): SealedEvent[] => [
  { ...event, at: other.at },
  { ...event, at: other.at, id: other.id },
  { ...event, at: other.at, recordedAt: other.recordedAt },
  { ...event, at: other.at, id: other.id, recordedAt: other.recordedAt },
];

/** A leaf whose content now stands at another place, and the event there. */
interface Pair {
  leaf: MissingLeaf;
  event: SealedEvent;
}

/** Pairs that become true once two of them exchange their places. */
function exchangedPairs(pairs: readonly Pair[]): Set<Pair> {
  const found = new Set<Pair>();
  for (const a of pairs.slice(0, PAIRED_MAX)) {
    for (const b of pairs.slice(0, PAIRED_MAX)) {
      if (a === b) continue;
      const isMoved = exchanged(a.event, b.event).some(
        (event) => opens(a.leaf, event) || opens(b.leaf, event),
      );
      if (isMoved) found.add(a).add(b);
    }
  }
  return found;
}

const at = (time: number) => isoOfMicroseconds(time);

/** A missing leaf and an extra row with the same id, or at the same time, are one row that was changed. */
function pairUp(missing: readonly MissingLeaf[], extra: readonly ExtraRow[]) {
  const rows = new Set(extra);
  const pairs: (Pair & { row: ExtraRow })[] = [];
  const alone: MissingLeaf[] = [];
  for (const leaf of missing) {
    const all = [...rows];
    const row = all.find(({ tag }) => tag === leaf.tag) ?? all.find(({ time }) => time === leaf.time);
    if (!row) alone.push(leaf);
    else {
      rows.delete(row);
      pairs.push({ leaf, event: row.event, row });
    }
  }
  return { pairs, alone, rows: [...rows] };
}

export interface Classified {
  faults: Fault[];
  /** Leaves without a row, and rows without a leaf, that nothing explains within the tenant. */
  missing: { leaf: MissingLeaf; fault: Fault }[];
  extra: ExtraRow[];
}

/** @param trees of one tenant @param extra its rows without a leaf */
export function classifyDifferences(
  trees: readonly TreeDifferences[],
  extra: readonly ExtraRow[],
): Classified {
  const result: Classified = { faults: [], missing: [], extra: [...extra] };
  for (const { tenantId, origin, missing, changed } of trees) {
    const fault = (
      kind: Fault['kind'],
      leaf: MissingLeaf,
      eventId: string | null,
      message: string,
    ): Fault => ({
      ...{ kind, tenantId, origin, index: leaf.index, eventId, message },
    });
    const { pairs, alone, rows } = pairUp(missing, result.extra);
    result.extra = rows;
    const all: Pair[] = [...changed.map((leaf) => ({ leaf, event: leaf.event })), ...pairs];
    const moved = exchangedPairs(all);
    for (const pair of all) {
      const { leaf, event } = pair;
      const message = moved.has(pair)
        ? `The event ${event.id} has exchanged its place with another one.`
        : event.at === at(leaf.time)
          ? `The event ${event.id} is not what was sealed.`
          : `The event ${event.id} is not what was sealed: its time was ${at(leaf.time)}, and is ${event.at}.`;
      result.faults.push(
        fault(moved.has(pair) ? 'order_changed' : 'content_changed', leaf, event.id, message),
      );
    }
    for (const leaf of alone) {
      const id = leaf.tag.toString(16).padStart(8, '0');
      const missingFault = fault(
        'row_missing',
        leaf,
        null,
        `The event of ${at(leaf.time)}, id ending in ${id}, is gone.`,
      );
      result.faults.push(missingFault);
      result.missing.push({ leaf, fault: missingFault });
    }
  }
  return result;
}

/** The state of the sequencer when it sealed last; times in milliseconds. */
export interface SealingState {
  tenantId: string;
  origin: string;
  snapshotMs: number | null;
  nowMs: number;
}

/** A row without a leaf: put in afterwards, missed by the sequencer, or merely waiting. @returns null for that */
export function classifyExtra(row: ExtraRow, state: SealingState): Fault | null {
  const { event } = row;
  const eventMs = Date.parse(`${event.at.slice(0, 23)}Z`);
  const fault = (kind: Fault['kind'], message: string): Fault => ({
    ...{ kind, tenantId: state.tenantId, origin: state.origin, index: row.index, eventId: event.id, message },
  });
  if (row.wasCommitted && row.isAmongSealed) {
    return fault('row_extra', `The event ${event.id} of ${event.at} has no leaf, though later events have.`);
  }
  if (row.wasCommitted) {
    return fault(
      'unsealed_late',
      `The event ${event.id} of ${event.at} was there when the log was sealed, but has no leaf.`,
    );
  }
  const isOfGate = event.category === 'decision' || event.action.startsWith('gate.');
  const slackMs = isOfGate ? TIME_SLACK_MS : 0;
  const sealedMs = state.snapshotMs === null ? Number.NEGATIVE_INFINITY : state.snapshotMs - slackMs;
  if (!row.hadBegun && eventMs < sealedMs) {
    return fault(
      'row_extra',
      `The event ${event.id} was added among events of ${event.at}, after they were sealed.`,
    );
  }
  if (state.nowMs - eventMs > SEALING_LAG_MAX_MS) {
    return fault('unsealed_late', `The event ${event.id} of ${event.at} is not sealed yet.`);
  }
  return null;
}

/** Explains what one tenant lacks and another one has: the same row, moved. Changes the messages of the faults. */
export function explainMoves(
  missing: readonly { leaf: MissingLeaf; fault: Fault }[],
  extra: readonly { row: ExtraRow; fault: Fault }[],
): void {
  for (const { leaf, fault } of missing) {
    const found = extra.find(({ row }) => row.tag === leaf.tag && row.time === leaf.time);
    if (!found || !opens(leaf, { ...found.row.event, tenantId: fault.tenantId })) continue;
    fault.eventId = found.row.event.id;
    fault.message = `The event ${fault.eventId} was moved to the tenant ${found.fault.tenantId}.`;
    found.fault.kind = 'row_extra';
    found.fault.message = `The event ${fault.eventId} was moved here: it is leaf ${leaf.index} of the tenant ${fault.tenantId}.`;
  }
}
