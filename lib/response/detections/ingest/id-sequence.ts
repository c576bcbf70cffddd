import { newId } from '@/lib/platform/core/ids';

const COUNTER_MAX = 0xfff;

/**
 * UUIDs of version 7 that sort as they were asked for, also within a millisecond: a counter in the 12 bits behind the
 * time (RFC 9562 6.2, method 1). Beyond 4,096 of one millisecond they borrow from the next.
 */
export class IdSequence {
  private lastMs = 0;
  private counter = 0;

  next(ms: number): string {
    const wholeMs = Math.floor(ms);
    if (wholeMs > this.lastMs) {
      this.lastMs = wholeMs;
      this.counter = 0;
    } else if (this.counter === COUNTER_MAX) {
      this.lastMs += 1;
      this.counter = 0;
    } else this.counter += 1;
    const id = newId(this.lastMs);
    return `${id.slice(0, 15)}${this.counter.toString(16).padStart(3, '0')}${id.slice(18)}`;
  }
}
