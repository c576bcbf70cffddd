import { limitSubject } from '@/lib/platform/core/address';
import { SECOND_MS } from '@/lib/platform/core/clock';
import type { Plane } from './contract';
import type { Tally } from './memory-store';
import { counterOf, type LimitUse } from './plan';
import type { PolicySource } from './policy-file';

interface FailedKeysOptions {
  policy: PolicySource;
  plane: Plane;
  now: () => number;
  take: (uses: LimitUse[]) => Tally | Promise<Tally>;
}

const BLOCKED_MAX = 100_000;

/**
 * Slows the guessing of keys: counts attempts with keys that do not exist by address, after the rules with
 * `counts: failed_keys`, and names the addresses that must wait. Asking is a look into memory; with Redis an address
 * that failed elsewhere is known here after its next failure.
 */
export class FailedKeys {
  private readonly blockedUntilMs = new Map<string, number>();

  constructor(private readonly options: FailedKeysOptions) {}

  /** Seconds the address has to wait; 0 where it may try. */
  waitSeconds(ip: string | null): number {
    if (this.blockedUntilMs.size === 0) return 0;
    const subject = this.subjectOf(ip);
    const untilMs = this.blockedUntilMs.get(subject);
    if (untilMs === undefined) return 0;
    const waitMs = untilMs - this.options.now();
    if (waitMs > 0) return Math.ceil(waitMs / SECOND_MS);
    this.blockedUntilMs.delete(subject);
    return 0;
  }

  /** Never rejects. */
  async count(ip: string | null): Promise<void> {
    const subject = this.subjectOf(ip);
    const uses = this.usesOf(subject);
    if (uses.length === 0) return;
    const tally = await this.options.take(uses);
    const full = uses.map(({ limit, cost }, i) => {
      if (limit.isShadow) return 0;
      const isFull = (tally.used[i] ?? 0) + cost > limit.quota || !tally.isAllowed;
      return isFull ? (tally.resetMs[i] ?? 0) : 0;
    });
    const waitMs = Math.max(tally.retryMs, ...full);
    if (waitMs > 0) this.block(subject, this.options.now() + waitMs);
  }

  private subjectOf(ip: string | null): string {
    return limitSubject(ip, this.options.policy.current.ipv6PrefixBits);
  }

  private usesOf(subject: string): LimitUse[] {
    const uses: LimitUse[] = [];
    for (const { rule, planes, limits } of this.options.policy.current.rules) {
      if (rule.counts !== 'failed_keys' || !planes.includes(this.options.plane)) continue;
      for (const limit of limits) {
        uses.push({
          limit,
          counter: counterOf(null, rule.name, limit.windowMs, `ip:${subject}`),
          cost: limit.cost,
        });
      }
    }
    return uses;
  }

  private block(subject: string, untilMs: number): void {
    if (this.blockedUntilMs.size >= BLOCKED_MAX) this.forgetExpired();
    if (this.blockedUntilMs.size < BLOCKED_MAX) this.blockedUntilMs.set(subject, untilMs);
  }

  private forgetExpired(): void {
    const nowMs = this.options.now();
    for (const [subject, untilMs] of this.blockedUntilMs)
      if (untilMs <= nowMs) this.blockedUntilMs.delete(subject);
  }
}
