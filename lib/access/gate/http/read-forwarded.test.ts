import { describe, expect, it } from 'vitest';
import { TrustedProxies } from '@/lib/platform/auth/request/client-ip';
import { readAuthorizeUrl, readForwarded, seeHeaders } from './read-forwarded';

const proxies = new TrustedProxies(['10.0.0.0/8', '::1']);
const PEER = '10.0.0.5';

function read(headers: [string, string][], url = '/v1/authorize', peer = PEER, method = 'GET') {
  const parsed = readAuthorizeUrl(url);
  if (!parsed) throw new Error('not a URL of /v1/authorize');
  return readForwarded(parsed, method, peer, seeHeaders(headers.flat()), proxies);
}

const traefik: [string, string][] = [
  ['X-Forwarded-Method', 'POST'],
  ['X-Forwarded-Proto', 'https'],
  ['X-Forwarded-Host', 'API.example.org:443'],
  ['X-Forwarded-Uri', '/orders/17?x=1'],
  ['X-Forwarded-For', '6.6.6.6, 198.51.100.1'],
];
const plain = {
  problem: null,
  ip: '198.51.100.1',
  method: 'POST',
  host: 'api.example.org',
  path: '/orders/17',
  proto: 'https',
};
const without = (name: string) => traefik.filter(([given]) => given !== name);

describe('readForwarded', () => {
  it('believes a trusted proxy, each by its own headers', () => {
    expect(read(traefik)).toMatchObject({ ...plain, target: '/orders/17?x=1' });
    const original: [string, string][] = [
      ['X-Original-URI', '/n?y'],
      ['X-Original-Method', 'PUT'],
    ];
    const nginx = [...traefik.slice(1, 3), ...traefik.slice(4), ...original];
    expect(read(nginx, '/v1/authorize?proxy=nginx')).toMatchObject({ ...plain, method: 'PUT', path: '/n' });
    expect(read([...traefik, ...original])).toMatchObject(plain);
    const envoy: [string, string][] = [['Host', 'app.example.org'], ...traefik];
    expect(read(envoy, '/v1/authorize/things/1?z=2', PEER, 'DELETE')).toMatchObject({
      ...plain,
      method: 'DELETE',
      host: 'app.example.org',
      path: '/things/1',
    });
  });

  it('believes nobody else, whatever they send', () => {
    expect(read(traefik, '/v1/authorize', '203.0.113.9')).toEqual({
      problem: 'UNTRUSTED_PROXY',
      ip: '203.0.113.9',
      method: null,
      host: null,
      path: null,
      target: null,
      proto: null,
    });
  });

  it('takes the right-most address that is no proxy for the client', () => {
    const from = (value: string) => read([...without('X-Forwarded-For'), ['X-Forwarded-For', value]]).ip;
    expect(from('1.1.1.1, 198.51.100.7, 10.1.1.1')).toBe('198.51.100.7');
    expect(from('10.2.2.2')).toBe('10.2.2.2');
    expect(from('unknown')).toBe(PEER);
    expect(from('unknown')).toBe(PEER);
    expect(from('2001:db8::1')).toBe('2001:db8::1');
    expect(read(without('X-Forwarded-For')).ip).toBe(PEER);
  });

  it.each<[string, [string, string][]]>([
    ['a header sent twice', [...traefik, ['x-forwarded-uri', '/admin']]],
    ['two keys', [...traefik, ['X-API-Key', 'a'], ['x-api-key', 'b']]],
    ['an alias with underscores', [...traefik, ['X_Forwarded_Uri', '/admin']]],
    ['an alias of the key', [...traefik, ['X_API_Key', 'a']]],
    ['a header that Connection drops', [...traefik, ['Connection', 'close, X-Forwarded-Host']]],
    ['no method', without('X-Forwarded-Method')],
    ['no host', without('X-Forwarded-Host')],
    ['no path', without('X-Forwarded-Uri')],
    ['a method in small letters', [...without('X-Forwarded-Method'), ['X-Forwarded-Method', 'get']]],
    ['two hosts in one', [...without('X-Forwarded-Host'), ['X-Forwarded-Host', 'a.org, b.org']]],
    ['an unknown scheme', [...without('X-Forwarded-Proto'), ['X-Forwarded-Proto', 'file']]],
  ])('refuses %s', (_, headers) => expect(read(headers).problem).toBe('AMBIGUOUS_REQUEST'));

  it.each(['//x', '/%2e%2e/admin', '/a;b', '/api../', '/a\\b', '/%c0%af'])(
    'refuses the path %s in each way',
    (path) => {
      expect(read([...without('X-Forwarded-Uri'), ['X-Forwarded-Uri', path]]).problem).toBe('AMBIGUOUS_PATH');
      const host = traefik.slice(2, 3);
      const nginx: [string, string][] = [...host, ['X-Original-URI', path], ['X-Original-Method', 'GET']];
      expect(read(nginx, '/v1/authorize?proxy=nginx').problem).toBe('AMBIGUOUS_PATH');
      expect(read([['Host', 'a.org']], `/v1/authorize${path}`).problem).toBe('AMBIGUOUS_PATH');
    },
  );

  it('does not let a client choose nginx’s headers behind a proxy that passes on its query', () => {
    const headers: [string, string][] = [
      ...traefik,
      ['X-Original-URI', '/healthz'],
      ['X-Original-Method', 'GET'],
    ];
    expect(read(headers, '/v1/authorize?proxy=nginx').problem).toBe('AMBIGUOUS_REQUEST');
  });

  it('lets an ordinary Connection and a split cookie pass', () => {
    for (const value of ['keep-alive', 'Upgrade', 'keep-alive, Upgrade', 'TE, close'])
      expect(read([...traefik, ['Connection', value]]).problem).toBeNull();
    expect(read([...traefik, ['Cookie', 'a=1'], ['Cookie', 'b=2']]).problem).toBeNull();
  });

  it.each(['/v1/authorizer', '/v1/authorize?proxy=other', '/v1/authorize?proxy=nginx&x', '/v1/AUTHORIZE'])(
    'knows no %s',
    (url) => expect(readAuthorizeUrl(url)).toBeNull(),
  );
});
