import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mintSession } from '@/db/test/mint-session';
import { newTenant, openScene, type Scene, userActor } from '@/db/test/scene';
import { createKey } from '@/lib/access/api-keys/change/create-key';
import type { UserActor } from '@/lib/platform/auth/contract';
import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { quietLog } from '@/lib/platform/rate-limit/test/exact-log';
import { DEFAULT_TENANT_ID } from '@/lib/platform/tenancy/contract';
import { consoleLimiter, useConsoleLimiter } from './console-limiter';
import { createLimiter } from './limiter';
import { fixedPolicy } from './policy-file';
import { explainLimits, getRateLimits } from './queries';

let scene: Scene;
let operator: UserActor;
beforeAll(async () => {
  scene = await openScene();
  operator = await userActor('operator');
});
afterAll(async () => {
  useConsoleLimiter(undefined);
  await scene.close();
});

const limitBy = (...limits: string[]) =>
  useConsoleLimiter(
    createLimiter({
      policy: fixedPolicy(`version: 1\nlimits:\n${limits.map((limit) => `  - ${limit}\n`).join('')}`),
      redisUrl: null,
      plane: 'console',
      log: quietLog,
    }),
  );
beforeEach(() => limitBy('{ name: narrow, per: user, windows: [{ quota: 2, window: 1m }] }'));

const GET = apiRoute({ permission: 'session', run: async () => ({ isDone: true }) });
const open = apiRoute({ permission: 'policies:read', run: async () => ({ isDone: true }) });

function call(route: typeof GET, headers: Record<string, string>): Promise<Response> {
  const request = new Request('http://localhost:3000/api/v1/policies/rate-limits', {
    headers: { 'x-bulwark-peer': '192.0.2.44', ...headers },
  });
  return route(request, { params: Promise.resolve({}) });
}

async function cookieOf(role: 'operator' | 'analyst' = 'operator'): Promise<Record<string, string>> {
  const { token } = await mintSession({ role, name: role });
  return { cookie: `bulwark-session=${token}` };
}

const rowsOf = (requestId: string | null) =>
  scene.admin`select action, outcome, code, status, details from audit_event where request_id = ${requestId}`;

describe('the management API', () => {
  it('answers with what is left, refuses beyond the quota, and records the denial', async () => {
    const cookie = await cookieOf();
    const first = await call(GET, cookie);
    expect([first.status, first.headers.get('ratelimit')]).toEqual([200, '"narrow";r=1;t=60']);
    await call(GET, cookie);
    const refused = await call(GET, cookie);
    expect(refused.status).toBe(429);
    expect(refused.headers.get('ratelimit-policy')).toBe('"narrow";q=2;w=60');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(50);
    expect(await refused.json()).toMatchObject({
      code: 'rate_limited',
      requestId: refused.headers.get('x-request-id'),
    });
    expect(await rowsOf(refused.headers.get('x-request-id'))).toEqual([
      {
        action: 'api.request',
        outcome: 'denied',
        code: 'RATE_LIMITED',
        status: 429,
        details: { limit: 'narrow' },
      },
    ]);
    expect((await call(GET, await cookieOf())).status).toBe(200);
  });

  it('enforces the limits stored on the key that calls', async () => {
    const { secret } = await createKey(operator, {
      name: 'narrow',
      scopes: ['policies:read'],
      rateLimits: [{ limit: 1, windowSeconds: 60 }],
    });
    const key = { 'x-api-key': secret ?? '' };
    expect((await call(open, key)).status).toBe(200);
    const refused = await call(open, key);
    expect([refused.status, refused.headers.get('ratelimit-policy')]).toEqual([429, '"key-60s";q=1;w=60']);
  });

  it('lets a shadow limit pass and records that it would have refused', async () => {
    limitBy('{ name: trial, per: user, mode: shadow, windows: [{ quota: 1, window: 1m }] }');
    const cookie = await cookieOf();
    await call(GET, cookie);
    const second = await call(GET, cookie);
    expect(second.status).toBe(200);
    expect(await rowsOf(second.headers.get('x-request-id'))).toMatchObject([
      { outcome: 'success', code: null, details: { shadowed: ['trial'] } },
    ]);
  });

  it('answers 503 where a limit is closed without its store', async () => {
    useConsoleLimiter(
      createLimiter({
        policy: fixedPolicy(
          'version: 1\nlimits:\n  - { name: a, per: user, onStoreFailure: closed, windows: [{ quota: 9, window: 1m }] }\n',
        ),
        redisUrl: 'redis://127.0.0.1:1',
        plane: 'console',
        log: quietLog,
      }),
    );
    const refused = await call(GET, await cookieOf());
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
    await consoleLimiter().close();
  });
});

describe('what is shown of the limits', () => {
  it('is the policy in force with what it refused in the last hour, of this tenant only', async () => {
    const { secret, key } = await createKey(operator, { name: 'loud', scopes: ['policies:read'] });
    limitBy(
      '{ name: loud, per: key, windows: [{ quota: 1, window: 1m }, { quota: 50, window: 1h }] }',
      '{ name: quiet, per: key, mode: shadow, windows: [{ quota: 1, window: 2m }] }',
    );
    const before = await getRateLimits(operator);
    for (let i = 0; i < 4; i++) await call(open, { 'x-api-key': secret ?? '' });
    const after = await getRateLimits(operator);
    expect(after.refused - before.refused).toBe(3);
    expect(after.rules).toMatchObject([
      { name: 'loud', line: 3, refused: 3, windows: [{ name: 'loud/1m', line: 3 }, { name: 'loud/1h' }] },
      { name: 'quiet', line: 4, mode: 'shadow', shadowed: 3 },
    ]);
    expect(after.state).toMatchObject({
      store: 'memory',
      file: 'rate-limit.yaml',
      storeError: null,
      problems: [],
    });
    expect(after.violations[0]).toMatchObject({
      limit: 'loud/1m',
      keyId: key.id,
      ip: '192.0.2.44',
      method: 'GET',
    });
    expect(after.topSubjects[0]).toMatchObject({
      label: 'loud',
      href: expect.stringContaining(`key=${key.id}`),
      refused: 3,
    });
    const stranger = await userActor('operator', await newTenant('other'));
    expect(await getRateLimits(stranger)).toMatchObject({ refused: 0, violations: [], topSubjects: [] });
  });

  it('needs policies:read', async () => {
    const analyst = await userActor('analyst', DEFAULT_TENANT_ID);
    await expect(getRateLimits(analyst)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(explainLimits(analyst, {})).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('explains by the policy in force', async () => {
    limitBy('{ name: only, at: gate, per: ip, windows: [{ quota: 1, window: 1m }] }');
    const { file, rules } = await explainLimits(operator, { ip: '192.0.2.1' });
    expect([file, rules[0]?.miss, rules[0]?.subject]).toEqual(['rate-limit.yaml', null, 'ip:192.0.2.1']);
    await expect(explainLimits(operator, { path: 'no slash' })).rejects.toThrow();
  });
});
