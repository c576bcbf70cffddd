import type { CachedKey } from './key-cache';

const REPEAT_MS = 1_000;
const REMEMBERED_MAX = 10_000;

/**
 * Tells the worker of uses of a pending version: after the first, and again at most once a second while the cache
 * still sees it pending, so that a lost notification costs a second.
 */
export class FirstUseNotifier {
  private readonly toldAtMs = new Map<string, number>();

  constructor(private readonly notify: (tenantId: string, versionId: string) => void) {}

  used(key: CachedKey): void {
    const { tenantId, versionId, state } = key.snapshot;
    if (state !== 'pending') return;
    const nowMs = performance.now();
    if (nowMs - (this.toldAtMs.get(versionId) ?? Number.NEGATIVE_INFINITY) < REPEAT_MS) return;
    if (this.toldAtMs.size >= REMEMBERED_MAX) this.toldAtMs.clear();
    this.toldAtMs.set(versionId, nowMs);
    this.notify(tenantId, versionId);
  }
}
