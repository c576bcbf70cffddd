import { isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

export interface FailureLimit {
  /** Failed keys that one address may try in a window. */
  failuresMax: number;
  windowSeconds: number;
  /** How long an address that tried more is refused. */
  blockSeconds: number;
}

const BLOCKED_MAX = 100_000;

/** Who is counted: an IPv4 address, or the /64 network of an IPv6 address, since a host owns all of that. */
export function failureSubject(ip: string): string {
  if (!isIPv6(ip)) return ip;
  const address = ipaddr.IPv6.parse(ip);
  if (address.isIPv4MappedAddress()) return address.toIPv4Address().toString();
  return `${address.parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')}::/64`;
}

/** Slows the guessing of keys: counts failures by address and names the addresses that must wait. */
export class FailureGuard {
  private readonly limiter: RateLimiterMemory;
  private readonly blockedUntilMs = new Map<string, number>();

  constructor(limit: FailureLimit) {
    this.limiter = new RateLimiterMemory({
      points: limit.failuresMax,
      duration: limit.windowSeconds,
      blockDuration: limit.blockSeconds,
    });
  }

  /** Seconds the address has to wait; 0 where it may try. */
  waitSeconds(ip: string): number {
    if (this.blockedUntilMs.size === 0) return 0;
    const subject = failureSubject(ip);
    const untilMs = this.blockedUntilMs.get(subject);
    if (untilMs === undefined) return 0;
    const waitMs = untilMs - performance.now();
    if (waitMs > 0) return Math.ceil(waitMs / 1000);
    this.blockedUntilMs.delete(subject);
    return 0;
  }

  async countFailure(ip: string): Promise<void> {
    const subject = failureSubject(ip);
    try {
      await this.limiter.consume(subject);
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      this.block(subject, performance.now() + refusal.msBeforeNext);
    }
  }

  private block(subject: string, untilMs: number): void {
    if (this.blockedUntilMs.size >= BLOCKED_MAX) this.forgetExpired();
    if (this.blockedUntilMs.size < BLOCKED_MAX) this.blockedUntilMs.set(subject, untilMs);
  }

  private forgetExpired(): void {
    const nowMs = performance.now();
    for (const [subject, untilMs] of this.blockedUntilMs)
      if (untilMs <= nowMs) this.blockedUntilMs.delete(subject);
  }
}
