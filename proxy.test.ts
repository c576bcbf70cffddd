import { NextRequest } from 'next/server';
import { beforeAll, expect, it } from 'vitest';
import { proxy } from './proxy';

beforeAll(() => {
  Object.assign(process.env, {
    BULWARK_MODE: 'local',
    BULWARK_PROCESS: 'test',
    BULWARK_URL: 'https://console.test',
  });
});

const answer = (path: string, headers: Record<string, string> = {}) =>
  proxy(new NextRequest(`https://console.test${path}`, { headers }));

it('gives every page a policy with a nonce of its own, which the page receives too', () => {
  const [first, second] = [answer('/keys'), answer('/keys')];
  const policy = first.headers.get('content-security-policy') ?? '';
  const nonce = /script-src 'nonce-([\w+/=]{24})' 'strict-dynamic'(;|$)/.exec(policy)?.[1];
  expect(nonce).toBeDefined();
  expect(second.headers.get('content-security-policy')).not.toContain(nonce);
  expect(first.headers.get('x-middleware-request-x-nonce')).toBe(nonce);
  for (const directive of [
    "default-src 'none'",
    "object-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "form-action 'self'",
  ]) {
    expect(policy).toContain(directive);
  }
  expect(policy).not.toMatch(/unsafe-eval|script-src[^;]*unsafe-inline|\*|https:/);
});

it('sets the header set', () => {
  const { headers } = answer('/keys');
  expect(Object.fromEntries(headers)).toMatchObject({
    'strict-transport-security': 'max-age=63072000; includeSubDomains',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
  });
  expect(headers.get('access-control-allow-origin')).toBeNull();
});

it('lets an API answer load nothing at all', () => {
  expect(answer('/api/v1/me').headers.get('content-security-policy')).toBe(
    "default-src 'none'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
  );
});

it('says the path itself, whatever the client claims', () => {
  const { headers } = answer('/audit?x=1', { 'x-bulwark-path': '/login', 'x-nonce': 'mine' });
  expect(headers.get('x-middleware-request-x-bulwark-path')).toBe('/audit');
  expect(headers.get('x-middleware-request-x-nonce')).not.toBe('mine');
});
