import { setTimeout as sleep } from 'node:timers/promises';

/** What a flush leaves to do once its lane is free, and a crowd that waited is on its way: writing the answers. */
export type Settle = () => void;

export interface BatcherOptions<T> {
  /** Handles one batch; must not reject. The next flush of the lane begins when it has resolved. */
  flush: (batch: T[], lane: number) => Promise<Settle>;
  itemsPerFlushMax: number;
  waitingMax: number;
  /**
   * So many are flushed at once where a lane is free, while more arrive; fewer wait for a turn of the event loop that
   * brings none. As many as a flush may take where left out.
   */
  crowd?: number;
  /** Flushes that may be on their way at once, each on a lane of its own. 1 where left out. */
  lanes?: number;
  /** Bounds a flush by size as well; one item may exceed it alone. */
  sizeOf?: (item: T) => number;
  sizePerFlushMax?: number;
  /** A lane rests so long after each flush, for more to gather where nobody is in a hurry. */
  restMs?: number;
}

/** So many turns of the event loop an item waits at most while a lane is free. */
const TURNS_MAX = 10;

/**
 * Gathers what arrives while a flush is on its way and flushes it when that returns: no timer, so a lone item waits
 * for one empty turn and a crowd shares one round trip.
 */
export class Batcher<T> {
  private waiting: T[] = [];
  private readonly freeLanes: number[];
  private readonly laneCount: number;
  private readonly crowd: number;
  private isDeferred = false;
  /** How many waited at the end of the last turn. */
  private seen = 0;
  private idle: (() => void)[] = [];

  constructor(private readonly options: BatcherOptions<T>) {
    this.laneCount = options.lanes ?? 1;
    this.crowd = options.crowd ?? options.itemsPerFlushMax;
    this.freeLanes = Array.from({ length: this.laneCount }, (_, lane) => lane);
  }

  get size(): number {
    return this.waiting.length;
  }

  /** Takes the item, unless `waitingMax` items wait already. */
  add(item: T): boolean {
    if (this.waiting.length >= this.options.waitingMax) return false;
    this.waiting.push(item);
    this.proceed();
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
    const most = this.countBySize();
    this.seen = 0;
    if (this.waiting.length <= most) {
      const all = this.waiting;
      this.waiting = [];
      return all;
    }
    return this.waiting.splice(0, most);
  }

  /** How many of those that wait a flush may take. */
  private countBySize(): number {
    const { itemsPerFlushMax, sizeOf, sizePerFlushMax = Number.POSITIVE_INFINITY } = this.options;
    if (!sizeOf) return itemsPerFlushMax;
    let size = 0;
    for (const [index, item] of this.waiting.entries()) {
      size += sizeOf(item);
      if (index >= itemsPerFlushMax || (index > 0 && size > sizePerFlushMax)) return index;
    }
    return itemsPerFlushMax;
  }

  /** Sends off a crowd; fewer wait for a turn that brings none, so that those which arrive together share a flush. */
  private proceed(): void {
    if (this.freeLanes.length === 0 || this.waiting.length === 0) return;
    if (this.waiting.length >= this.crowd) this.flushNow();
    else if (!this.isDeferred) this.defer(0);
  }

  private defer(turn: number): void {
    this.isDeferred = true;
    setImmediate(() => {
      this.isDeferred = false;
      const brought = this.waiting.length - this.seen;
      this.seen = this.waiting.length;
      if (brought > 0 && turn < TURNS_MAX) this.defer(turn + 1);
      else this.flushNow();
    });
  }

  private flushNow(): void {
    const lane = this.waiting.length > 0 ? this.freeLanes.pop() : undefined;
    if (lane === undefined) this.tellIdle();
    else void this.flushOn(lane);
  }

  private tellIdle(): void {
    if (this.isIdle) for (const resolve of this.idle.splice(0)) resolve();
  }

  private async flushOn(lane: number): Promise<void> {
    const settle = await this.options.flush(this.take(), lane);
    const { restMs = 0 } = this.options;
    if (restMs > 0) {
      settle();
      await sleep(restMs);
    }
    this.freeLanes.push(lane);
    this.proceed();
    if (restMs === 0) settle();
    this.tellIdle();
  }
}
