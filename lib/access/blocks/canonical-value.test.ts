import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import { NetworkIndex } from '@/lib/platform/core/address';
import { canonicalValue } from './canonical-value';
import { BLOCK_KIND_NAMES, type BlockKind } from './contract';
import { blockState, restoreUntilMs } from './rules';

const ID = '01930000-0000-7000-8000-00000000000a';

describe('a value', () => {
  it.each<[BlockKind, string, string]>([
    ['ip', '192.0.2.7', '192.0.2.7/32'],
    ['ip', '10.1.2.3/8', '10.0.0.0/8'],
    ['ip', '2001:DB8:0:0::1', '2001:db8::1/128'],
    ['ip', '2001:db8::1/32', '2001:db8::/32'],
    ['ip', '::ffff:192.0.2.7', '192.0.2.7/32'],
    ['ip', '::ffff:10.1.2.3/104', '10.0.0.0/8'],
    ['ip', 'fe80::1%eth0', 'fe80::1/128'],
    ['ip', '::', '::/128'],
    ['ip', '::0.0.0.1', '::1/128'],
    ['ip', '1:0:0:2:0:0:0:3', '1:0:0:2::3/128'],
    ['ip', '1:0:0:2:0:0:3:4', '1::2:0:0:3:4/128'],
    ['ip', '10:0:0:0:0:0:0:1', '10::1/128'],
    ['ip', '1:2:3:4:5:6:0:8', '1:2:3:4:5:6:0:8/128'],
    ['ip', '0.0.0.0/0', '0.0.0.0/0'],
    ['key', ID.toUpperCase(), ID],
    ['user', 'auth0|abc', 'auth0|abc'],
    ['user_agent', 'BadBot/*', 'BadBot/*'],
    ['route', 'post  API.Example.org/v1/*', 'POST api.example.org/v1/*'],
    ['route', '*/Admin/*', '/Admin/*'],
  ])('of %s %s is written in one way', (kind, given, expected) => {
    expect(canonicalValue(kind, given)).toBe(expected);
    expect(canonicalValue(kind, expected)).toBe(expected);
  });

  it.each<[BlockKind, string]>([
    ['ip', 'example.org'],
    ['ip', '192.0.2'],
    ['ip', '192.0.2.7/33'],
    ['ip', '192.0.2.7/'],
    ['ip', '192.0.2.7/8/8'],
    ['ip', '192.0.2.7/ 8'],
    ['ip', '0x7f.1'],
    ['ip', '::ffff:10.0.0.0/64'],
    ['ip', '2001:db8::/129'],
    ['key', 'blw_live_abc'],
    ['owner', 'ada'],
    ['user', 'two words'],
    ['session', ''],
    ['user_agent', '**'],
    ['route', 'admin'],
    ['route', '/a//b'],
    ['route', '/a/../b'],
    ['route', '/a/.'],
    ['route', '/a?b'],
    ['route', '/a;b'],
    ['route', '/a\\b'],
    ['route', '/two words'],
    ['route', 'GET /a b'],
    ['route', 'exam_ple/a'],
    ['route', '1GET /a'],
  ])('that is no %s is refused: %s', (kind, value) => {
    expect(() => canonicalValue(kind, value)).toThrow(expect.objectContaining({ code: 'bad_request' }));
  });

  it('of an address is written as ipaddr.js writes it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.nat(0xffff), (bytes, zeros) => {
        const sparse = Uint8Array.from(bytes, (byte, i) => (((zeros >> i) & 1) === 1 ? 0 : byte));
        const address = ipaddr.fromByteArray([...sparse]) as ipaddr.IPv6;
        if (address.isIPv4MappedAddress()) return;
        expect(canonicalValue('ip', address.toNormalizedString())).toBe(`${address.toRFC5952String()}/128`);
      }),
      { numRuns: 2_000 },
    );
  });

  it('of any text is refused in a sentence or is one that the gate can hold', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...BLOCK_KIND_NAMES),
        fc.oneof(fc.string(), fc.ipV4(), fc.ipV6()),
        (kind, text) => {
          let value: string;
          try {
            value = canonicalValue(kind, text);
          } catch (error) {
            expect(error).toMatchObject({ code: 'bad_request' });
            return;
          }
          if (kind === 'ip') expect(new NetworkIndex<number>().add(value, 1)).toBe(true);
          expect(canonicalValue(kind, value)).toBe(value);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe('a block', () => {
  it('is lifted before it is expired, and expired at its moment', () => {
    expect(blockState({ expiresAtMs: 10, liftedAtMs: null }, 9)).toBe('active');
    expect(blockState({ expiresAtMs: 10, liftedAtMs: null }, 10)).toBe('expired');
    expect(blockState({ expiresAtMs: 10, liftedAtMs: 5 }, 20)).toBe('lifted');
    expect(blockState({ expiresAtMs: null, liftedAtMs: null }, 9e15)).toBe('active');
  });

  it('can be restored for an hour, and never beyond its own end', () => {
    expect(restoreUntilMs({ expiresAtMs: null, liftedAtMs: 0 }, 1)).toBe(3_600_000);
    expect(restoreUntilMs({ expiresAtMs: null, liftedAtMs: 0 }, 3_600_000)).toBeNull();
    expect(restoreUntilMs({ expiresAtMs: 100, liftedAtMs: 0 }, 1)).toBe(100);
    expect(restoreUntilMs({ expiresAtMs: 100, liftedAtMs: 0 }, 100)).toBeNull();
    expect(restoreUntilMs({ expiresAtMs: null, liftedAtMs: null }, 1)).toBeNull();
  });
});
