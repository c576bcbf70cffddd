import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { FileError } from '@/lib/platform/core/yaml-file';
import { quietLog, requestBy } from '@/lib/platform/rate-limit/test/exact-log';
import { explainPolicy } from './explain';
import { createLimiter } from './limiter';
import { fixedPolicy, openPolicy, parsePolicy } from './policy-file';
import { hostMatches, pathMatches } from './rules';

function problemsOf(text: string): string[] {
  try {
    parsePolicy(text, 'limits.yaml');
  } catch (error) {
    if (error instanceof FileError) return error.message.split('\n');
    throw error;
  }
  throw new Error('The file was accepted');
}

const rule = (more: string) =>
  `version: 1\nlimits:\n  - name: a\n    per: ip\n    windows: [{ quota: 5, window: 1m }]\n    ${more}\n`;

describe('the file', () => {
  it('of this repository is valid and holds what the console and the gate rely on', () => {
    const policy = parsePolicy(readFileSync('security/rate-limit.yaml', 'utf8'), 'security/rate-limit.yaml');
    expect(policy.rules.map(({ rule: { name } }) => name)).toEqual(
      expect.arrayContaining([
        'user',
        'sign-in',
        'sign-in-callback',
        'failed-keys',
        'management-api',
        'gate',
      ]),
    );
    const [user] = policy.rules;
    expect(user?.limits).toMatchObject([{ name: 'user', quota: 100, windowSeconds: 60 }]);
  });

  it.each([
    ['a mode that does not exist', rule('mode: audit'), 'limits.yaml:6:11', 'must be enforce or shadow'],
    [
      'a store failure that does not exist',
      rule('onStoreFailure: fail'),
      'limits.yaml:6:21',
      'must be local, open or closed',
    ],
    ['an unknown field', rule('burst: 3'), 'limits.yaml:6:5', 'Unknown field burst. Allowed fields: name'],
    ['a cost above the quota', rule('cost: 6'), 'limits.yaml:6:11', 'must be at most 5'],
    [
      'a method in small letters',
      rule('match: { methods: [get] }'),
      'limits.yaml:6:24',
      'must be a method in capitals',
    ],
    [
      '** in the middle',
      rule('match: { paths: [/a/**/b] }'),
      'limits.yaml:6:22',
      '** at the end is the rest',
    ],
    [
      'failures per user',
      rule('counts: failed_keys').replace('per: ip', 'per: user'),
      'limits.yaml:4:10',
      'must be ip for failed_keys',
    ],
    [
      'an unknown subject',
      rule('').replace('per: ip', 'per: team'),
      'limits.yaml:4:10',
      'must be one of user, key, owner, ip, tenant',
    ],
    [
      'a window of no length',
      rule('').replace('1m', '0s'),
      'limits.yaml:5:35',
      'must be a time from 1s to 31d',
    ],
    ['no quota', rule('').replace('quota: 5', 'quota: 0'), 'limits.yaml:5:24', 'must be at least 1'],
    [
      'no windows',
      rule('').replace('[{ quota: 5, window: 1m }]', '[]'),
      'limits.yaml:5:14',
      'must hold a window',
    ],
    [
      'two windows of one length',
      rule('').replace('1m }]', '1m }, { quota: 2, window: 60s }]'),
      'limits.yaml:5:14',
      'must differ in length',
    ],
    [
      'a name used twice',
      `${rule('')}  - { name: a, per: ip, windows: [{ quota: 1, window: 1s }] }\n`,
      'limits.yaml:7:13',
      'is used twice',
    ],
    ['another version', 'version: 2\nlimits: []\n', 'limits.yaml:1:10', 'must be 1'],
    ['no list', 'version: 1\n', 'limits.yaml:1:1', 'limits: must be a list of limits'],
  ])('is refused with %s, by line, saying what is allowed', (_, text, place, allowed) => {
    const [problem] = problemsOf(text);
    expect(problem).toContain(place);
    expect(problem).toContain(allowed);
  });

  it('is taken over without a restart, and a bad one changes nothing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bulwark-limits-'));
    afterAll(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'limits.yaml');
    const write = (quota: string) =>
      writeFileSync(
        path,
        `version: 1\nlimits:\n  - { name: a, per: ip, windows: [{ quota: ${quota}, window: 1h }] }\n`,
      );
    write('1');
    const limiter = createLimiter({ policy: openPolicy(path, quietLog), redisUrl: null, log: quietLog });
    const isAllowed = async () => (await limiter.check([requestBy()]))[0]?.isAllowed;
    const until = async (isDone: () => boolean) => {
      for (let i = 0; i < 500 && !isDone(); i++) await new Promise((resolve) => setTimeout(resolve, 10));
      expect(isDone()).toBe(true);
    };
    expect([await isAllowed(), await isAllowed()]).toEqual([true, false]);
    write('many');
    await until(() => limiter.state.policy.problems.length > 0);
    expect(limiter.state.policy.problems[0]).toMatchObject({ line: 3, message: 'must be a whole number' });
    expect(await isAllowed()).toBe(false);
    write('2');
    await until(() => limiter.state.policy.problems.length === 0);
    expect([await isAllowed(), await isAllowed()]).toEqual([true, false]);
    await limiter.close();
  });
});

describe('patterns', () => {
  it.each([
    ['/api/v1/keys', '/api/v1/keys', true],
    ['/api/v1/keys', '/api/v1/keys/', false],
    ['/api/*', '/api/keys', true],
    ['/api/*', '/api/', false],
    ['/api/*', '/api/a/b', false],
    ['/api/*/b', '/api/a/b', true],
    ['/api/**', '/api', true],
    ['/api/**', '/api/a/b/c', true],
    ['/api/**', '/apis', false],
    ['/**', '/', true],
    ['/', '/', true],
    ['/', '/a', false],
  ])('%s and %s: %s', (pattern, path, isMatch) => {
    expect(pathMatches(pattern, path)).toBe(isMatch);
  });

  it('agree with a regular expression on any path', () => {
    const segment = fc.constantFrom('a', 'b', '*', 'ab');
    const patterns = fc
      .tuple(fc.array(segment, { minLength: 1, maxLength: 4 }), fc.boolean())
      .map(([parts, isOpen]) => `/${parts.join('/')}${isOpen ? '/**' : ''}`);
    const paths = fc
      .array(fc.constantFrom('a', 'b', 'ab', ''), { minLength: 1, maxLength: 6 })
      .map((parts) => `/${parts.join('/')}`);
    fc.assert(
      fc.property(patterns, paths, (pattern, path) => {
        const source = pattern.replace(/\/\*\*$/, '(?:/.*)?').replaceAll(/\/\*(?!\*)/g, '/[^/]+');
        expect(pathMatches(pattern, path)).toBe(new RegExp(`^${source}$`).test(path));
      }),
      { numRuns: 2_000 },
    );
  });

  it('of hosts take names below, and any port unless one is written', () => {
    expect(hostMatches('*.example.com', 'api.example.com:8443')).toBe(true);
    expect(hostMatches('*.example.com', 'example.com')).toBe(false);
    expect(hostMatches('*.example.com', 'evilexample.com')).toBe(false);
    expect(hostMatches('api.example.com:8443', 'api.example.com')).toBe(false);
    expect(hostMatches('api.example.com', 'api.example.com')).toBe(true);
  });
});

describe('an explanation', () => {
  it('says for every rule whether it applies, to whom, and why not', () => {
    const policy = fixedPolicy(`version: 1
limits:
  - { name: here, per: [key, ip], match: { methods: [GET], paths: [/a/**] }, windows: [{ quota: 5, window: 1m }] }
  - { name: console, at: console, per: ip, windows: [{ quota: 5, window: 1m }] }
  - { name: post, per: ip, match: { methods: [POST] }, windows: [{ quota: 5, window: 1m }] }
  - { name: host, per: ip, match: { hosts: [b.example.com] }, windows: [{ quota: 5, window: 1m }] }
  - { name: user, per: user, windows: [{ quota: 5, window: 1m }] }
  - { name: guess, per: ip, counts: failed_keys, windows: [{ quota: 5, window: 1m }] }
`).current;
    const rules = explainPolicy(policy, {
      method: 'get',
      host: 'A.example.com',
      path: '/a/b?c=d',
      ip: '2001:db8::7',
    });
    expect(rules.map(({ rule: { name, line }, miss, subject }) => [name, line, miss, subject])).toEqual([
      ['here', 3, null, 'ip:2001:db8::/64'],
      ['console', 4, 'plane', null],
      ['post', 5, 'method', null],
      ['host', 6, 'host', null],
      ['user', 7, 'subject', null],
      ['guess', 8, 'failures', 'ip:2001:db8::/64'],
    ]);
  });
});
