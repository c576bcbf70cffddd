import type { KeyDto, KeyVersionDto } from '@/lib/access/api-keys/contract';

/** For tests only. */
export const NOW_MS = Date.parse('2026-11-21T12:00:00Z');

export function at(offsetMs: number): string {
  return new Date(NOW_MS + offsetMs).toISOString();
}

export function testVersion(more: Partial<KeyVersionDto> = {}): KeyVersionDto {
  const number = more.number ?? 1;
  return {
    id: `01930000-0000-7000-8000-00000000000${number}`,
    number,
    state: 'current',
    prefix: `blw_live_ab${number}`,
    last4: `xyz${number}`,
    createdAt: at(-86_400_000),
    activatedAt: at(-86_400_000),
    graceUntil: null,
    endsAt: null,
    endedAt: null,
    predecessorGraceSeconds: 0,
    reason: null,
    revokedReason: null,
    undoRevokeUntil: null,
    lastUsedAt: null,
    lastUsedIp: null,
    allowed24h: 0,
    refused24h: 0,
    ...more,
  };
}

export function testKey(more: Partial<KeyDto> = {}): KeyDto {
  return {
    id: '01930000-0000-7000-8000-0000000000aa',
    name: 'ci-deploy',
    description: '',
    tags: [],
    environment: 'live',
    owner: { userId: '01930000-0000-7000-8000-0000000000bb', name: 'Ada' },
    scopes: ['gate:verify'],
    allowedCidrs: [],
    rateLimits: [],
    status: 'operational',
    expiresAt: null,
    disabledAt: null,
    revokedAt: null,
    revokedReason: null,
    undoRevokeUntil: null,
    createdAt: at(-86_400_000),
    updatedAt: at(-86_400_000),
    version: 1,
    lastUsedAt: null,
    lastUsedIp: null,
    usage: Array.from({ length: 36 }, (_, hour) => ({
      hour: at((hour - 35) * 3_600_000),
      allowed: 0,
      refused: 0,
    })),
    versions: [testVersion()],
    ...more,
  };
}
