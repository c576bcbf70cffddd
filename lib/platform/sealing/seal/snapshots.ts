/** Snapshots of Postgres (`xmin:xmax:xip,…`), and since when the transactions under way in them can have written. */

export interface Snapshot {
  /** The first transaction that had not begun. */
  xmax: bigint;
  /** Under way when it was taken. */
  open: readonly bigint[];
}

export function parseSnapshot(text: string): Snapshot {
  const [, xmax, open] = /^\d+:(\d+):([\d,]*)$/.exec(text) ?? [];
  if (xmax === undefined) throw new Error('A snapshot of Postgres could not be read.');
  return { xmax: BigInt(xmax), open: open ? open.split(',').map(BigInt) : [] };
}

const isUnderWay = (xid: bigint, { xmax, open }: Snapshot) => xid >= xmax || open.includes(xid);

/** Whether the snapshot shows what the transaction wrote (pg_visible_in_snapshot). */
export const isVisible = (xid: bigint, snapshot: Snapshot) => !isUnderWay(xid, snapshot);

/** The transactions that were under way in the older snapshot and have ended in the newer one. */
export function endedSince(older: Snapshot, newer: Snapshot): bigint[] {
  return older.open.filter((xid) => !isUnderWay(xid, newer));
}

/** Transactions of a restored database may have numbers that this server has not reached. */
export const wentBack = (older: Snapshot, newer: Snapshot) => newer.xmax < older.xmax;

const SAMPLES_MAX = 4096;

/** When this process saw which transaction begin: a transaction wrote nothing before it had a number. */
export class TransactionTimes {
  private readonly samples: { xmax: bigint; timeMs: number }[] = [];

  /** @param timeMs of a moment before the snapshot was taken */
  saw({ xmax }: Snapshot, timeMs: number): void {
    const last = this.samples.at(-1);
    if (last && last.xmax > xmax) this.samples.length = 0;
    if (last?.xmax === xmax) last.timeMs = Math.max(last.timeMs, timeMs);
    else this.samples.push({ xmax, timeMs });
    if (this.samples.length > SAMPLES_MAX) this.thin();
  }

  /** A moment before which none of these transactions had begun; null where this process saw too little of them. */
  begunAfter(xids: readonly bigint[]): number | null {
    return this.samples.findLast(({ xmax }) => xids.every((xid) => xmax <= xid))?.timeMs ?? null;
  }

  /** Keeps every other one of the older half: a long transaction needs no exact beginning. */
  private thin(): void {
    const half = this.samples.length / 2;
    const kept = this.samples.filter((_, i) => i >= half || i % 2 === 0);
    this.samples.splice(0, this.samples.length, ...kept);
  }
}
