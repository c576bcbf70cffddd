import { describe, expect, it } from 'vitest';
import { hostMatcher, pathMatcher } from './request-pattern';

describe('pathMatcher', () => {
  it.each([
    ['/**', ['/', '/a', '/a/b/'], []],
    ['/', ['/'], ['/a']],
    ['/admin', ['/admin', '/admin/'], ['/admin/x', '/administrator', '/Admin', '/']],
    ['/admin/', ['/admin', '/admin/'], ['/admin/x']],
    ['/admin/**', ['/admin', '/admin/', '/admin/x/y'], ['/administrator', '/']],
    ['/orders/*', ['/orders/1', '/orders/1/'], ['/orders', '/orders/', '/orders/1/2']],
    ['/orders/*/items/**', ['/orders/1/items', '/orders/1/items/2/3'], ['/orders/1', '/orders//items']],
    ['/%61dmin', ['/admin'], []],
    ['/caf%c3%a9/*', ['/caf%C3%A9/1'], ['/cafe/1']],
  ])('%s', (pattern, matching, others) => {
    const matches = pathMatcher(pattern);
    expect(matching.filter((path) => !matches?.(path))).toEqual([]);
    expect(others.filter((path) => matches?.(path))).toEqual([]);
  });

  it.each(['admin', '', '/a/**/b', '/a*', '/***', '//', '/a/../b', '/a?b', '/a b', '/é'])(
    'refuses %j',
    (pattern) => expect(pathMatcher(pattern)).toBeNull(),
  );
});

describe('hostMatcher', () => {
  it.each([
    ['*', ['a', 'a.b'], []],
    ['API.example.org', ['api.example.org'], ['x.api.example.org', 'example.org']],
    [
      '*.example.org',
      ['a.example.org', 'a.b.example.org'],
      ['example.org', 'badexample.org', '.example.org'],
    ],
  ])('%s', (pattern, matching, others) => {
    const matches = hostMatcher(pattern);
    expect(matching.filter((host) => !matches?.(host))).toEqual([]);
    expect(others.filter((host) => matches?.(host))).toEqual([]);
  });

  it.each(['', '*example.org', 'a.*', '**', '*.', 'a b', 'example.org:8080', 'http://a'])(
    'refuses %j',
    (pattern) => expect(hostMatcher(pattern)).toBeNull(),
  );
});
