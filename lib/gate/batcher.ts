/** What a flush leaves to do once the next flush is on its way, such as writing the answers. */
export type Settle = () => void;

export interface BatcherOptions<T> {
  /** Handles one batch; must not reject. The next flush of the lane begins when it has resolved. */
  flush: (batch: T[], lane: number) => Promise<Settle>;
  itemsPerFlushMax: number;
  waitingMax: number;
  /** Flushes that may be on their way at once, each on a lane of its own. 1 where left out. */
  lanes?: number;
}

/**
 * Gathers what arrives while a flush is on its way and flushes it when that returns: no timer, so a lone item waits
 * for nothing and a crowd shares one round trip.
 */
export class Batcher<T> {
  private waiting: T[] = [];
  private readonly freeLanes: number[];
  private readonly laneCount: number;
  private isDeferred = false;
  private idle: (() => void)[] = [];

  constructor(private readonly options: BatcherOptions<T>) {
    this.laneCount = options.lanes ?? 1;
    this.freeLanes = Array.from({ length: this.laneCount }, (_, lane) => lane);
  }

  get size(): number {
    return this.waiting.length;
  }

  /** Takes the item, unless `waitingMax` items wait already. */
  add(item: T): boolean {
    if (this.waiting.length >= this.options.waitingMax) return false;
    this.waiting.push(item);
    if (!this.isDeferred && this.freeLanes.length > 0) this.begin();
    return true;
  }

  /** Resolves when nothing waits and nothing is on its way. */
  drained(): Promise<void> {
    if (this.isIdle) return Promise.resolve();
    return new Promise((resolve) => this.idle.push(resolve));
  }

  private get isIdle(): boolean {
    return !this.isDeferred && this.waiting.length === 0 && this.freeLanes.length === this.laneCount;
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
    this.isDeferred = true;
    setImmediate(() => {
      this.isDeferred = false;
      const lane = this.waiting.length > 0 ? this.freeLanes.pop() : undefined;
      if (lane === undefined) this.tellIdle();
      else void this.flushOn(lane);
    });
  }

  private tellIdle(): void {
    if (this.isIdle) for (const resolve of this.idle.splice(0)) resolve();
  }

  private async flushOn(lane: number): Promise<void> {
    const settle = await this.options.flush(this.take(), lane);
    if (this.waiting.length > 0) void this.flushOn(lane);
    else this.freeLanes.push(lane);
    settle();
    this.tellIdle();
  }
}
