const CAPACITY_FIRST = 4;
/** Quotas up to this are counted exactly; above it, what is admitted within 1/256 of the window is one entry. */
const ENTRIES_EXACT = 256;

/**
 * A log of what was admitted, oldest first: in no span of `windowMs` is more than the quota admitted. Where entries are
 * merged they bear the time of the latest, so a merged request counts up to 1/256 of the window longer, never shorter.
 */
export class SlidingWindow {
  private times = new Float64Array(CAPACITY_FIRST);
  private counts = new Float64Array(CAPACITY_FIRST);
  private head = 0;
  private size = 0;
  private openedMs = Number.NEGATIVE_INFINITY;
  private sum = 0;

  constructor(readonly windowMs: number) {}

  /** What counted when `usedAt` was asked last, and what was added since. */
  get used(): number {
    return this.sum;
  }

  /** What counts at `nowMs`. A clock that went back finds later entries at `nowMs`: they count on, never less. */
  usedAt(nowMs: number): number {
    if (this.size > 0 && (this.times[this.slot(this.size - 1)] as number) > nowMs) this.bringBackTo(nowMs);
    const overMs = nowMs - this.windowMs;
    while (this.size > 0 && (this.times[this.head] as number) <= overMs) {
      this.sum -= this.counts[this.head] as number;
      this.head = (this.head + 1) & (this.times.length - 1);
      this.size -= 1;
    }
    return this.sum;
  }

  /** Counts what was admitted; `usedAt` was asked for the same moment before. */
  add(cost: number, quota: number, nowMs: number): void {
    const mergeMs = quota <= ENTRIES_EXACT ? 0 : this.windowMs / ENTRIES_EXACT;
    this.sum += cost;
    if (this.size > 0 && nowMs - this.openedMs <= mergeMs) {
      const last = this.slot(this.size - 1);
      this.times[last] = nowMs;
      this.counts[last] = (this.counts[last] as number) + cost;
      return;
    }
    if (this.size === this.times.length) this.grow();
    const next = this.slot(this.size);
    this.times[next] = nowMs;
    this.counts[next] = cost;
    this.size += 1;
    this.openedMs = nowMs;
  }

  /** Until the oldest entry leaves; 0 where nothing counts. */
  resetMs(nowMs: number): number {
    return this.size === 0 ? 0 : (this.times[this.head] as number) + this.windowMs - nowMs;
  }

  /** Until `cost` fits into the quota; the whole window where it never does. */
  waitMs(cost: number, quota: number, nowMs: number): number {
    let excess = this.sum + cost - quota;
    for (let i = 0; i < this.size && excess > 0; i++) {
      const slot = this.slot(i);
      excess -= this.counts[slot] as number;
      if (excess <= 0) return (this.times[slot] as number) + this.windowMs - nowMs;
    }
    return excess > 0 ? this.windowMs : 0;
  }

  private slot(index: number): number {
    return (this.head + index) & (this.times.length - 1);
  }

  private bringBackTo(nowMs: number): void {
    for (let i = this.size - 1; i >= 0; i--) {
      const slot = this.slot(i);
      if ((this.times[slot] as number) <= nowMs) break;
      this.times[slot] = nowMs;
    }
    this.openedMs = Math.min(this.openedMs, nowMs);
  }

  private grow(): void {
    const times = new Float64Array(this.times.length * 2);
    const counts = new Float64Array(this.times.length * 2);
    for (let i = 0; i < this.size; i++) {
      const slot = this.slot(i);
      times[i] = this.times[slot] as number;
      counts[i] = this.counts[slot] as number;
    }
    this.times = times;
    this.counts = counts;
    this.head = 0;
  }
}
