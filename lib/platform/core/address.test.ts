import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import { canonicalAddress, canonicalNetwork, limitSubject, NetworkSet } from './address';

const ipv4 = fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => [...bytes].join('.'));
const hex = (address: string) => {
  const bytes = address.split('.').map((part) => Number(part).toString(16).padStart(2, '0'));
  return `${bytes[0]}${bytes[1]}:${bytes[2]}${bytes[3]}`;
};

/** Every way in which an IPv4 address is written within IPv6. */
const spellings = (address: string) => [
  `::ffff:${address}`,
  `::ffff:${hex(address)}`,
  `::FFFF:${hex(address).toUpperCase()}`,
  `0:0:0:0:0:ffff:${address}`,
  `0000:0000:0000:0000:0000:ffff:${hex(address)}`,
  `::ffff:${address}%eth0`,
  `64:ff9b::${address}`,
  `64:ff9b::${hex(address)}`,
  `0064:ff9b:0:0:0:0:${hex(address)}`,
  `2002:${hex(address)}::`,
  `2002:${hex(address)}:1:2:3:4:5`,
];

describe('an IPv4 address within IPv6', () => {
  it('counts, is listed and is written as IPv4, however it is spelled', () => {
    fc.assert(
      fc.property(ipv4, (address) => {
        const one = new NetworkSet([address]);
        for (const text of spellings(address)) {
          expect(canonicalAddress(text), text).toBe(address);
          expect(limitSubject(text), text).toBe(address);
          expect(one.has(text), text).toBe(true);
          expect(new NetworkSet([text]).has(address), text).toBe(true);
        }
      }),
    );
  });

  it.each([
    ['::ffff:10.1.2.3/104', '10.0.0.0/8'],
    ['64:ff9b::a01:203/104', '10.0.0.0/8'],
    ['2002:a01:203::/24', '10.0.0.0/8'],
    ['2002:c000:207:1::/64', '192.0.2.7/32'],
    ['64:ff9b::/96', '0.0.0.0/0'],
    ['64:ff9b::/32', '64:ff9b::/32'],
    ['2002::/15', '2002::/15'],
    ['192.0.2.0/33', null],
    ['2001:db8::/129', null],
    ['192.0.2.0/', null],
    ['192.0.2.0/8/8', null],
  ])('as the network %s is %s', (text, expected) => expect(canonicalNetwork(text)).toBe(expected));
});

describe('an address of IPv6', () => {
  it('is written as RFC 5952 says', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        const address = ipaddr.fromByteArray([...bytes]) as ipaddr.IPv6;
        const written = canonicalAddress(address.toNormalizedString()) ?? '';
        if (written.includes('.')) return;
        expect(written).toBe(address.toRFC5952String());
        expect(canonicalAddress(written)).toBe(written);
      }),
    );
  });

  it.each([
    [64, '2001:db8:1:2::/64'],
    [56, '2001:db8:1::/56'],
    [48, '2001:db8:1::/48'],
    [128, '2001:db8:1:2::9/128'],
  ])('counts by its first %i bits', (bits, expected) =>
    expect(limitSubject('2001:db8:1:2::9', bits)).toBe(expected),
  );
});

it('what is no address counts with the others that are none', () => {
  for (const text of ['', 'localhost', '192.0.2', '1::2::3']) expect(limitSubject(text)).toBe('unknown');
});
