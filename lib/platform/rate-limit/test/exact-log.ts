import type { LimitedRequest } from '@/lib/platform/rate-limit/contract';
import type { Limit } from '@/lib/platform/rate-limit/plan';

export const quietLog = { info: () => undefined, warn: () => undefined };

export function requestBy(more: Partial<LimitedRequest> = {}): LimitedRequest {
  return {
    method: 'GET',
    host: 'api.example.com',
    path: '/orders',
    ip: '192.0.2.1',
    userId: 'user-1',
    keyId: 'key-1',
    ownerId: 'owner-1',
    tenantId: 'tenant-1',
    cost: 1,
    keyLimits: [],
    ...more,
  };
}

export function testLimit(name: string, quota: number, windowMs: number, more: Partial<Limit> = {}): Limit {
  return {
    name,
    quota,
    windowMs,
    windowSeconds: windowMs / 1_000,
    cost: 1,
    isShadow: false,
    onStoreFailure: 'local',
    line: 1,
    ...more,
  };
}

/** The most that any half-open span of this length holds. */
export function admittedAtMost(log: readonly { atMs: number; cost: number }[], lengthMs: number): number {
  const sorted = log.toSorted((a, b) => a.atMs - b.atMs);
  let most = 0;
  let sum = 0;
  let from = 0;
  for (const { atMs, cost } of sorted) {
    sum += cost;
    while ((sorted[from]?.atMs ?? 0) <= atMs - lengthMs) sum -= sorted[from++]?.cost ?? 0;
    most = Math.max(most, sum);
  }
  return most;
}
