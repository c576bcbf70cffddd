import { type LimitUse, quotaOf } from './plan';
import { SlidingWindow } from './sliding-window';

/** What a store says of one request; the lists run parallel to the limits that were asked about. */
export interface Tally {
  /** Limits that refuse, shadow limits among them. */
  refused: readonly boolean[];
  isAllowed: boolean;
  /** After this request. */
  used: readonly number[];
  resetMs: readonly number[];
  /** Until every enforced limit has room; 0 where it is allowed. */
  retryMs: number;
  /** Of a shared store: since when it counts, by its own clock. */
  countedSinceMs?: number;
}

const SUBJECTS_MAX = 500_000;
const SHARED_WINDOWS = 4_096;
const SWEPT_PER_NEW = 2;

function sharedCounter(counter: string): string {
  let hash = 0;
  for (let i = 0; i < counter.length; i++) hash = (Math.imul(hash, 31) + counter.charCodeAt(i)) | 0;
  return `\u0000${(hash >>> 0) % SHARED_WINDOWS}`;
}

/**
 * Counters in this process's memory, a bounded number. Where a flood of new subjects fills it, further ones share windows
 * until others expire: they may be refused early, and have at most one window more when they get their own.
 */
export class MemoryStore {
  private readonly windows = new Map<string, SlidingWindow>();
  private sweep = this.windows.entries();
  /** Counters without a window of their own, met since the last look around. */
  private strangers = 0;

  /** @param subjectsMax above it new subjects share windows */
  constructor(private readonly subjectsMax = SUBJECTS_MAX) {}

  get subjects(): number {
    return this.windows.size;
  }

  /** Counts what another store admitted, so that this one knows it if it must decide alone. */
  note(uses: readonly LimitUse[], nowMs: number): void {
    for (const use of uses) {
      const window = this.windowOf(use);
      window.usedAt(nowMs);
      window.add(use.cost, use.limit.quota, nowMs);
    }
    if (this.strangers > 0) this.forgetSome(nowMs);
  }

  /**
   * Takes one request: all its enforced limits, or none.
   * @param share of every quota that is admitted, at least 1; or which share of each limit
   */
  take(uses: readonly LimitUse[], nowMs: number, share: number | ((use: LimitUse) => number) = 1): Tally {
    const quotaOfUse = (use: LimitUse) => quotaOf(use.limit, typeof share === 'number' ? share : share(use));
    const count = uses.length;
    const windows = new Array<SlidingWindow>(count);
    const refused = new Array<boolean>(count);
    let isAllowed = true;
    for (let i = 0; i < count; i++) {
      const use = uses[i] as LimitUse;
      const window = this.windowOf(use);
      windows[i] = window;
      refused[i] = window.usedAt(nowMs) + use.cost > quotaOfUse(use);
      if (refused[i] && !use.limit.isShadow) isAllowed = false;
    }
    const used = new Array<number>(count);
    const resetMs = new Array<number>(count);
    let retryMs = 0;
    for (let i = 0; i < count; i++) {
      const use = uses[i] as LimitUse;
      const { limit, cost } = use;
      const window = windows[i] as SlidingWindow;
      const quota = quotaOfUse(use);
      if (isAllowed && !refused[i]) window.add(cost, quota, nowMs);
      if (refused[i] && !limit.isShadow) retryMs = Math.max(retryMs, window.waitMs(cost, quota, nowMs));
      used[i] = window.used;
      resetMs[i] = window.resetMs(nowMs);
    }
    if (this.strangers > 0) this.forgetSome(nowMs);
    return { refused, isAllowed, used, resetMs, retryMs };
  }

  private windowOf({ counter, limit: { windowMs } }: LimitUse): SlidingWindow {
    const known = this.windows.get(counter);
    if (known) return known;
    this.strangers += 1;
    const id = this.windows.size < this.subjectsMax ? counter : `${sharedCounter(counter)}|${windowMs}`;
    const shared = this.windows.get(id);
    if (shared) return shared;
    const window = new SlidingWindow(windowMs);
    this.windows.set(id, window);
    return window;
  }

  /** Every new subject pays for looking at two others, so that what expired is gone after half a round. */
  private forgetSome(nowMs: number): void {
    for (; this.strangers > 0; this.strangers -= 1 / SWEPT_PER_NEW) {
      let next = this.sweep.next();
      if (next.done) {
        this.sweep = this.windows.entries();
        next = this.sweep.next();
        if (next.done) return;
      }
      const [counter, window] = next.value;
      if (window.usedAt(nowMs) === 0) this.windows.delete(counter);
    }
  }
}
