import type { SealedEvent } from '../leaf/sealed-event';

/** What one slice says; it crosses from thread to thread, so it holds plain values only. Hashes and salts are base64. */

export interface MissingLeaf {
  index: number;
  time: number;
  tag: number;
  salt: string;
  hash: string;
}

/** A row whose content is not what its leaf says. */
export interface ChangedRow extends MissingLeaf {
  event: SealedEvent;
}

/** A row that no leaf is of. */
export interface ExtraRow {
  time: number;
  tag: number;
  event: SealedEvent;
  /** The leaf in front of which it would stand. */
  index: number;
  /** Rows behind it are sealed. */
  isAmongSealed: boolean;
  /** Its transaction had committed when the log was sealed last. */
  wasCommitted: boolean;
  /** Its transaction had begun by then. */
  hadBegun: boolean;
}

export interface SliceResult {
  incarnation: number;
  begin: number;
  end: number;
  rows: number;
  erased: number;
  missing: MissingLeaf[];
  changed: ChangedRow[];
  extra: ExtraRow[];
  /** More were found than are listed. */
  more: { missing: number; changed: number; extra: number };
  /** Leaves whose events are from before sealing began. */
  before: number;
  /** Leaves whose events lie long before they were sealed. */
  late: number[];
  lateCount: number;
  /** Hashes of the subtrees that cover the slice, and of those that cover it up to each checkpoint within. */
  parts: string[];
  heads: { size: number; parts: string[] }[];
  /** Tiles that do not hold the root of their leaves. */
  wrongTiles: number[];
}

/** Enough to name what is wrong; a log that was replaced as a whole would fill the memory. */
export const LISTED_MAX = 500;
