import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import { parseAddress } from '@/lib/platform/core/address';
import { BlockSet, type BlockSubject } from './block-set';
import type { BlockKind, BlockRow } from './contract';
import { TextPattern } from './text-pattern';

const NOW_MS = 1_800_000_000_000;
const NOBODY: BlockSubject = {
  ip: null,
  keyId: null,
  ownerId: null,
  userId: null,
  sessionId: null,
  userAgent: null,
  method: null,
  host: null,
  path: null,
};

let made = 0;
function block(kind: BlockKind, value: string, expiresAtMs: number | null = null): BlockRow {
  made += 1;
  return { tenantId: 't', id: `block ${made}`, kind, value, reason: 'test', expiresAtMs };
}

const isBlocked = (kind: BlockKind, value: string, request: Partial<BlockSubject>) =>
  new BlockSet([block(kind, value)]).find({ ...NOBODY, ...request }, NOW_MS) !== null;

describe('a set of blocks', () => {
  it.each<[BlockKind, string, Partial<BlockSubject>, Partial<BlockSubject>]>([
    ['key', 'k1', { keyId: 'k1' }, { keyId: 'k2', ownerId: 'k1', userId: 'k1', sessionId: 'k1' }],
    ['owner', 'u1', { ownerId: 'u1' }, { userId: 'u1' }],
    ['user', 'u1', { userId: 'u1' }, { ownerId: 'u1' }],
    ['session', 's1', { sessionId: 's1' }, { keyId: 's1' }],
    ['ip', '192.0.2.0/24', { ip: '192.0.2.255' }, { ip: '192.0.3.0' }],
    ['ip', '192.0.2.7/32', { ip: '::ffff:192.0.2.7' }, { ip: '192.0.2.8' }],
    ['ip', '0.0.0.0/0', { ip: '203.0.113.9' }, { ip: '2001:db8::1' }],
    ['ip', '::/0', { ip: '2001:db8::1' }, { ip: '203.0.113.9' }],
    ['ip', '2001:db8::/32', { ip: '2001:db8:ffff::1%eth0' }, { ip: '2001:db9::' }],
    ['ip', '10.0.0.0/8', { ip: '10.255.0.1' }, { ip: 'not an address' }],
    ['user_agent', 'BadBot', { userAgent: 'Mozilla (compatible; badbot/1.0)' }, { userAgent: 'GoodBot' }],
    ['user_agent', 'curl/*', { userAgent: 'curl/8.5.0' }, { userAgent: 'not curl/8.5.0' }],
    ['user_agent', 'curl/*', { userAgent: 'CURL/8' }, { userAgent: null }],
    ['route', '/admin/*', { path: '/admin/users' }, { path: '/admin' }],
    ['route', 'POST /login', { method: 'POST', path: '/login' }, { method: 'GET', path: '/login' }],
    [
      'route',
      'api.example.org/*',
      { host: 'api.example.org', path: '/x' },
      { host: 'example.org', path: '/x' },
    ],
    [
      'route',
      '*.example.org/v1/*/secret',
      { host: 'a.example.org', path: '/v1/x/secret' },
      { host: null, path: '/v1/x/secret' },
    ],
  ])('of %s %s refuses what it names and nothing else', (kind, value, hit, miss) => {
    expect(isBlocked(kind, value, hit)).toBe(true);
    expect(isBlocked(kind, value, miss)).toBe(false);
  });

  it('ends each block at its moment and says when', () => {
    const set = new BlockSet([
      block('key', 'k1', NOW_MS + 10),
      block('ip', '192.0.2.0/24', NOW_MS + 30),
      block('user', 'u1'),
    ]);
    const key = { ...NOBODY, keyId: 'k1' };
    expect(set.holdsUntilMs(NOW_MS)).toBe(NOW_MS + 10);
    expect(set.find(key, NOW_MS + 9)).not.toBeNull();
    expect(set.find(key, NOW_MS + 10)).toBeNull();
    expect(set.holdsUntilMs(NOW_MS + 10)).toBe(NOW_MS + 30);
    expect(set.holdsUntilMs(NOW_MS + 30)).toBe(Number.MAX_SAFE_INTEGER);
    expect(set.find({ ...NOBODY, userId: 'u1' }, NOW_MS * 2)).not.toBeNull();
  });

  it('is not freed by an expired block beside one that goes on', () => {
    const set = new BlockSet([block('ip', '192.0.2.7/32', NOW_MS - 1), block('ip', '192.0.0.0/16')]);
    expect(set.find({ ...NOBODY, ip: '192.0.2.7' }, NOW_MS)?.value).toBe('192.0.0.0/16');
    const twice = new BlockSet([block('key', 'k1', NOW_MS - 1), block('key', 'k1')]);
    expect(twice.find({ ...NOBODY, keyId: 'k1' }, NOW_MS)?.expiresAtMs).toBeNull();
  });

  it('matches nothing where nothing is known, and nothing where it is empty', () => {
    const every = [
      block('ip', '::/0'),
      block('ip', '0.0.0.0/0'),
      block('user_agent', '*'),
      block('route', '/*'),
    ];
    expect(new BlockSet(every).find(NOBODY, NOW_MS)).toBeNull();
    expect(new BlockSet([]).find({ ...NOBODY, ip: '192.0.2.7', path: '/' }, NOW_MS)).toBeNull();
    expect(new BlockSet([]).holdsUntilMs(NOW_MS)).toBe(Number.MAX_SAFE_INTEGER);
  });

  it('is not made from a value that it could not hold', () => {
    expect(() => new BlockSet([block('ip', '192.0.2.7')])).toThrow('no network');
    expect(() => new BlockSet([block('ip', '192.0.2.0/33')])).toThrow('no network');
    expect(() => new BlockSet([block('route', 'admin')])).toThrow('no route');
  });

  it('finds the same networks as ipaddr.js', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
    );
    fc.assert(
      fc.property(bytes, bytes, fc.nat(128), fc.boolean(), (network, other, size, isNear) => {
        const near = Uint8Array.from(network, (byte, i) => (i < network.length / 2 ? byte : (other[i] ?? 7)));
        const base = ipaddr.fromByteArray([...network]);
        const asked = ipaddr.fromByteArray([...(isNear ? near : other)]);
        const bits = Math.min(size, network.length * 8);
        if (base.kind() === 'ipv6' && (base as ipaddr.IPv6).isIPv4MappedAddress()) return;
        if (asked.kind() === 'ipv6' && (asked as ipaddr.IPv6).isIPv4MappedAddress()) return;
        const expected = asked.kind() === base.kind() && asked.match([base, bits] as never);
        expect(isBlocked('ip', `${base.toString()}/${bits}`, { ip: asked.toString() })).toBe(expected);
      }),
      { numRuns: 2_000 },
    );
  });

  it('reads addresses as ipaddr.js does, and nothing that is none', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        const address = ipaddr.fromByteArray([...bytes]) as ipaddr.IPv6;
        const texts = [address.toString(), address.toNormalizedString(), address.toRFC5952String()];
        const values = texts.map((text) => parseAddress(text)?.value);
        expect(new Set(values).size).toBe(1);
        expect(values[0]).toBeDefined();
      }),
    );
    for (const text of [
      '',
      ':',
      ':::',
      '1::2::3',
      '1:2:3:4:5:6:7',
      '1:2:3:4:5:6:7:8:9',
      '1:2:3:4:5:6:7:8::',
      '12345::',
      'g::',
      '::1.2.3',
      '1.2.3',
      '1.2.3.4.5',
      '256.1.1.1',
      '01.2.3.4',
      '1..2.3',
      '1.2.3.4 ',
      '0x7f.1',
      '2130706433',
    ]) {
      expect([text, parseAddress(text)]).toEqual([text, null]);
    }
  });
});

describe('a pattern', () => {
  it('matches as the regular expression of it would', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 });
    const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 });
    fc.assert(
      fc.property(letters, text, (pattern, given) => {
        const expression = new RegExp(`^${pattern.replaceAll(/\*+/g, '.*')}$`);
        expect(new TextPattern(pattern).matches(given)).toBe(expression.test(given));
      }),
      { numRuns: 5_000 },
    );
  });

  it('takes no longer for a hostile text', () => {
    const pattern = new TextPattern(`${'*a'.repeat(140)}*b`);
    const startedMs = performance.now();
    for (let i = 0; i < 100; i++) pattern.matches('a'.repeat(8_000));
    expect(performance.now() - startedMs).toBeLessThan(500);
  });
});
