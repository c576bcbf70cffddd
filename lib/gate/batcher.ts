/** What a flush leaves to do once the next flush is on its way, such as writing the answers. */
export type Settle = () => void;

export interface BatcherOptions<T> {
  /** Handles one batch; must not reject. The next flush begins when it has resolved. */
  flush: (batch: T[]) => Promise<Settle>;
  itemsPerFlushMax: number;
  waitingMax: number;
}

/**
 * Gathers what arrives while a flush is on its way and flushes it when that returns: no timer, so a lone item waits
 * for nothing and a crowd shares one round trip.
 */
export class Batcher<T> {
  private waiting: T[] = [];
  private isFlushing = false;
  private idle: (() => void)[] = [];

  constructor(private readonly options: BatcherOptions<T>) {}

  get size(): number {
    return this.waiting.length;
  }

  /** Takes the item, unless `waitingMax` items wait already. */
  add(item: T): boolean {
    if (this.waiting.length >= this.options.waitingMax) return false;
    this.waiting.push(item);
    if (!this.isFlushing) this.begin();
    return true;
  }

  /** Resolves when nothing waits and nothing is on its way. */
  drained(): Promise<void> {
    if (!this.isFlushing) return Promise.resolve();
    return new Promise((resolve) => this.idle.push(resolve));
  }

  private take(): T[] {
    const { itemsPerFlushMax } = this.options;
    if (this.waiting.length <= itemsPerFlushMax) {
      const all = this.waiting;
      this.waiting = [];
      return all;
    }
    return this.waiting.splice(0, itemsPerFlushMax);
  }

  /** Deferred by one turn, so that requests which arrived in the same read share the flush. */
  private begin(): void {
    this.isFlushing = true;
    setImmediate(() => void this.flushWaiting());
  }

  private async flushWaiting(): Promise<void> {
    const settle = await this.options.flush(this.take());
    if (this.waiting.length > 0) void this.flushWaiting();
    else this.isFlushing = false;
    settle();
    if (!this.isFlushing) for (const resolve of this.idle.splice(0)) resolve();
  }
}
