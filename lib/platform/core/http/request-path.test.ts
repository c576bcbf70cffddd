import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalizeHost, normalizePath } from './request-path';

describe('normalizePath', () => {
  it.each([
    ['/', '/'],
    ['/orders/17', '/orders/17'],
    ['/orders/17?token=..//;x', '/orders/17'],
    ['/orders/', '/orders/'],
    ['/%61dmin', '/admin'],
    ['/a.b/c.tar.gz', '/a.b/c.tar.gz'],
    ['/.well-known/x', '/.well-known/x'],
    ['/caf%c3%a9', '/caf%C3%A9'],
    ['/a%20b%3fc%23', '/a%20b%3Fc%23'],
    ['/a[0]|b', '/a%5B0%5D%7Cb'],
    ["/~u/@x:y,z=1+2&$!*()'", "/~u/@x:y,z=1+2&$!*()'"],
    ['/%F0%9F%98%80', '/%F0%9F%98%80'],
  ])('writes %s as %s', (target, path) => expect(normalizePath(target)).toBe(path));

  it.each([
    '',
    'orders',
    '*',
    'http://host/orders',
    '//orders',
    '/orders//17',
    '/./orders',
    '/orders/..',
    '/orders/../admin',
    '/api../admin',
    '/orders./17',
    '/%2e%2e/admin',
    '/%2E/admin',
    '/orders%2fadmin',
    '/orders%2Fadmin',
    '/orders;x=1/17',
    '/orders%3Bx',
    '/orders\\admin',
    '/orders%5cadmin',
    '/%252e%252e/admin',
    '/%25',
    '/%c0%ae%c0%ae/',
    '/%c0%af',
    '/%e0%80%af',
    '/%ff',
    '/%c3',
    '/%ed%a0%80',
    '/a%00b',
    '/a\u0000b',
    '/a%0d%0aX: y',
    '/a\tb',
    '/a b',
    '/a#b',
    '/%',
    '/%4',
    '/%zz',
    '/%u002e',
    '/\u00e9',
    '/%ef%bc%8fadmin',
    '/%ef%bc%8e%ef%bc%8e/',
    '/%c2%85',
    '/%7f',
    `/${'a'.repeat(8_192)}`,
  ])('refuses %j', (target) => expect(normalizePath(target)).toBeNull());

  const piece = fc.constantFrom(
    ...[
      '/',
      '//',
      '.',
      '..',
      '%2e',
      '%2F',
      '%41',
      '%7e',
      '%c3%a9',
      '%c0%af',
      ';',
      '\\',
      '%',
      '%25',
      '?',
      '#',
    ],
    ...['a', 'B', '~', '[', '|', ' ', '%20', '%00', '\u00e9', '@', ':', '*', '%ef%bc%8f'],
  );
  const target = fc.array(piece, { maxLength: 12 }).map((pieces) => `/${pieces.join('')}`);

  it('is stable, means what was sent, and leaves nothing that another server could read otherwise', () => {
    fc.assert(
      fc.property(target, (sent) => {
        const path = normalizePath(sent);
        if (path === null) return;
        expect(normalizePath(path)).toBe(path);
        const decoded = decodeURIComponent(path);
        expect(decoded).toBe(decodeURIComponent(sent.split('?', 1)[0] ?? ''));
        expect(decodeURIComponent(new URL(`http://host${path}`).pathname)).toBe(decoded);
        expect(path).toMatch(/^\/[\x21-\x7e]*$/);
        for (const segment of decoded.split('/').slice(1, -1)) expect(segment).toMatch(/[^.]$/);
        expect(decoded).not.toMatch(/[\\;%\p{Cc}]|\/\//u);
      }),
      { numRuns: 3_000 },
    );
  });

  it('decodes nothing twice, whatever is escaped', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 255 }), fc.boolean(), (byte, upper) => {
        const hex = byte.toString(16).padStart(2, '0');
        const path = normalizePath(`/x%${upper ? hex.toUpperCase() : hex}y`);
        if (path !== null) expect(decodeURIComponent(path)).toBe(decodeURIComponent(`/x%${hex}y`));
        expect(normalizePath(`/x%25${hex}y`)).toBeNull();
      }),
    );
  });
});

describe('normalizeHost', () => {
  it.each([
    ['API.example.org:8443', 'api.example.org'],
    ['localhost', 'localhost'],
    ['[2001:DB8::1]:443', '[2001:db8::1]'],
    ['192.0.2.1', '192.0.2.1'],
  ])('writes %s as %s', (header, host) => expect(normalizeHost(header)).toBe(host));

  it.each([
    '',
    'a,b',
    'a b',
    'a..b',
    'a.',
    '.a',
    'a:b',
    'a@b',
    'a/b',
    'a:123456',
    '-a',
    'é',
    `${'a.'.repeat(130)}a`,
  ])('refuses %j', (header) => expect(normalizeHost(header)).toBeNull());
});
