import { describe, expect, it } from 'vitest';
import { PEER_HEADER } from '@/lib/platform/core/http/own-headers';
import { clientIpOf } from './client-ip';

const ip = (peer: string, forwarded: string | null, trusted: string[]) => {
  const headers = new Headers({ [PEER_HEADER]: peer });
  if (forwarded !== null) headers.set('x-forwarded-for', forwarded);
  return clientIpOf(headers, trusted);
};

describe('the address of the caller', () => {
  it.each([
    ['is the socket without trusted proxies', '203.0.113.9', '1.2.3.4', [], '203.0.113.9'],
    ['is the socket when that is no trusted proxy', '203.0.113.9', '1.2.3.4', ['10.0.0.0/8'], '203.0.113.9'],
    ['is what the trusted proxy saw', '10.0.0.5', '198.51.100.1', ['10.0.0.0/8'], '198.51.100.1'],
    [
      'is never what the client prepended',
      '10.0.0.5',
      '6.6.6.6, 198.51.100.1',
      ['10.0.0.0/8'],
      '198.51.100.1',
    ],
    [
      'looks through a chain of trusted proxies',
      '10.0.0.5',
      '198.51.100.1, 10.0.0.9',
      ['10.0.0.0/8'],
      '198.51.100.1',
    ],
    ['stops at words that are no address', '10.0.0.5', '6.6.6.6, nonsense', ['10.0.0.0/8'], '10.0.0.5'],
    ['is the proxy when it says nothing', '10.0.0.5', null, ['10.0.0.0/8'], '10.0.0.5'],
    ['reads IPv4 inside IPv6', '::ffff:10.0.0.5', '::ffff:198.51.100.1', ['10.0.0.0/8'], '198.51.100.1'],
    ['reads ports and brackets', '::1', '[2001:db8::1]:443', ['::1/128'], '2001:db8::1'],
    ['reads an IPv4 port', '::1', '198.51.100.1:5555', ['::1/128'], '198.51.100.1'],
  ])('%s', (_, peer, forwarded, trusted, expected) => {
    expect(ip(peer, forwarded, trusted)).toBe(expected);
  });

  it('is unknown without a socket, whatever is forwarded', () => {
    expect(
      clientIpOf(new Headers({ 'x-forwarded-for': '1.2.3.4', 'x-real-ip': '1.2.3.4' }), ['0.0.0.0/0']),
    ).toBeNull();
  });
});
