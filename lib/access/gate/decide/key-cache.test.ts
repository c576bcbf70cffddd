import { describe, expect, it } from 'vitest';
import type { KeyRow, SnapshotFacts } from '@/db/gate-rows';
import { KeyCache } from './key-cache';

function row(publicId: string, more: Partial<KeyRow> = {}): KeyRow {
  return {
    tenantId: 'a',
    keyId: `key of ${publicId}`,
    versionId: `version of ${publicId}`,
    number: 1,
    publicId,
    digest: `digest of ${publicId}`,
    pepperId: 'p1',
    state: 'current',
    graceUntilMs: null,
    revokedReason: null,
    name: 'a key',
    environment: 'live',
    ownerUserId: null,
    scopes: [],
    allowedCidrs: [],
    rateLimits: [],
    expiresAtMs: null,
    isDisabled: false,
    isRevoked: false,
    ...more,
  };
}

function facts(revisions: Record<string, number>, more: Partial<SnapshotFacts> = {}): SnapshotFacts {
  return {
    nowMs: 0,
    revisions: new Map(Object.entries(revisions)),
    changed: [],
    overtaken: [],
    found: [],
    sources: [],
    blocks: new Map(),
    ...more,
  };
}

describe('KeyCache', () => {
  it('holds the keys that were found, at the revision at which they were', () => {
    const cache = new KeyCache(10);
    cache.apply(facts({ a: 5 }, { found: [row('k1')] }));
    expect(cache.get('k1')).toMatchObject({
      tenant: { id: 'a', revision: 5 },
      snapshot: { keyId: 'key of k1' },
    });
    expect(cache.revisionOf('a')).toBe(5);
    expect(cache.get('k2')).toBeUndefined();
  });

  it('takes changes of the keys it holds, and only of those', () => {
    const cache = new KeyCache(10);
    cache.apply(facts({ a: 5 }, { found: [row('k1')] }));
    cache.apply(facts({ a: 7 }, { changed: [row('k1', { isRevoked: true }), row('k2')] }));
    expect(cache.get('k1')?.snapshot.isRevoked).toBe(true);
    expect(cache.get('k1')?.tenant.revision).toBe(7);
    expect(cache.get('k2')).toBeUndefined();
  });

  it('moves every key of the tenant to the new revision, and no other tenant’s', () => {
    const cache = new KeyCache(10);
    cache.apply(facts({ a: 5, b: 1 }, { found: [row('k1'), row('k2'), row('k3', { tenantId: 'b' })] }));
    cache.apply(facts({ a: 6 }, { changed: [row('k1')] }));
    expect(cache.get('k2')?.tenant.revision).toBe(6);
    expect(cache.get('k3')?.tenant.revision).toBe(1);
  });

  it('forgets a tenant that was overtaken, but keeps what the same facts found', () => {
    const cache = new KeyCache(10);
    cache.apply(facts({ a: 5, b: 1 }, { found: [row('k1'), row('k2'), row('k3', { tenantId: 'b' })] }));
    cache.apply(facts({ a: 4 }, { overtaken: ['a'], found: [row('k1', { isDisabled: true })] }));
    expect(cache.get('k1')?.snapshot.isDisabled).toBe(true);
    expect(cache.revisionOf('a')).toBe(4);
    expect(cache.get('k2')).toBeUndefined();
    expect(cache.get('k3')).toBeDefined();
  });

  it('keeps a proof only while the digest is the same', () => {
    const cache = new KeyCache(10);
    cache.apply(facts({ a: 1 }, { found: [row('k1')] }));
    const entry = cache.get('k1');
    if (entry) entry.proof = 'proven';
    cache.apply(facts({ a: 2 }, { changed: [row('k1', { name: 'renamed' })] }));
    expect(cache.get('k1')?.proof).toBe('proven');
    cache.apply(facts({ a: 3 }, { changed: [row('k1', { digest: 'another' })] }));
    expect(cache.get('k1')?.proof).toBeNull();
  });

  it('forgets the key read longest ago when it is full, and tenants without keys once they are too many', () => {
    const cache = new KeyCache(2);
    cache.apply(facts({ a: 1 }, { found: [row('k1'), row('k2')] }));
    cache.apply(facts({ b: 1 }, { found: [row('k3', { tenantId: 'b' })] }));
    expect(cache.size).toBe(2);
    expect(cache.get('k1')).toBeUndefined();
    cache.apply(facts({ b: 1 }, { found: [row('k4', { tenantId: 'b' })] }));
    expect(cache.revisionOf('a')).toBe(1);
    cache.apply(facts({ c: 1 }));
    expect(cache.revisionOf('a')).toBeUndefined();
    expect(cache.tenant('b')?.size).toBe(2);
    cache.clear();
    expect([cache.size, cache.tenantCount]).toEqual([0, 0]);
  });

  it('holds the blocks of a tenant, also without a key of it, and while its keys are forgotten', () => {
    const cache = new KeyCache(2);
    const block = {
      tenantId: 'a',
      id: 'b1',
      kind: 'key',
      value: 'k',
      reason: 'leaked',
      expiresAtMs: null,
    } as const;
    cache.apply(facts({ a: 1 }, { blocks: new Map([['a', [block]]]) }));
    expect(cache.tenant('a')?.blocks.size).toBe(1);
    cache.apply(facts({ a: 9 }, { overtaken: ['a'] }));
    expect(cache.tenant('a')?.blocks.size).toBe(1);
    cache.apply(facts({ a: 10 }, { blocks: new Map([['a', []]]) }));
    expect(cache.tenant('a')).toMatchObject({ revision: 10, blocks: { size: 0 } });
  });

  it('does not hold a key whose tenant has no known revision', () => {
    const cache = new KeyCache(2);
    cache.apply(facts({}, { found: [row('k1')] }));
    expect(cache.size).toBe(0);
  });
});
