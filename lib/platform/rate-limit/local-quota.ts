import { MemoryStore } from './memory-store';
import type { Limit } from './plan';

/** A bound that this process keeps for itself, outside the policy: so many in any window of this length. */
export class LocalQuota {
  private readonly store = new MemoryStore(50_000);
  private readonly limit: Limit;

  constructor(quota: number, windowMs: number) {
    this.limit = {
      name: 'local',
      quota,
      windowMs,
      windowSeconds: windowMs / 1_000,
      cost: 1,
      isShadow: false,
      onStoreFailure: 'local',
      line: 0,
    };
  }

  /** Counts one for the subject; false, and not counted, beyond the quota. */
  take(subject: string): boolean {
    return this.store.take([{ limit: this.limit, counter: subject, cost: 1 }], performance.now()).isAllowed;
  }
}
