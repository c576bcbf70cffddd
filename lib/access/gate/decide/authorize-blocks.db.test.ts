import type { JWTPayload } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authorize, authorizeForNginx, type Held } from '@/lib/access/gate/test/authorize';
import { type GateScene, openGateScene } from '@/lib/access/gate/test/gate-scene';
import type { NewWorldKey, WorldKey } from '@/lib/access/gate/test/key-world';
import { testLimiter, testPolicy } from '@/lib/access/gate/test/policies';
import { createJwtVerifier, type JwtVerifier } from '@/lib/access/supabase/jwt-verifier';
import { JWT_SECRET, StandInGoTrue } from '@/lib/access/supabase/test/gotrue';
import { newId } from '@/lib/platform/core/ids';
import { DEFAULT_TENANT_ID } from '@/lib/platform/tenancy/contract';

const ROUTES = `
- { name: other, host: other.example.org, path: /**, access: authenticated, accept: ['supabase:bearer'], tenant: 0192a000-0000-7000-8000-000000000001 }
- { name: open, path: /open/**, access: public }
- { name: admin, path: /admin/**, access: { scopes: ['audit:read'] }, accept: ['supabase:bearer'] }
- { name: app, path: /app/**, access: authenticated, accept: ['supabase:bearer', 'supabase:cookie'] }
- { name: api, path: /**, access: authenticated }
`;
const LIMITS = `
version: 1
limits:
  - { name: per-ip, at: gate, match: { paths: [/open/**] }, per: ip, windows: [{ quota: 3, window: 1m }] }
  - { name: watched, at: gate, match: { paths: [/watched] }, per: ip, mode: shadow, windows: [{ quota: 1, window: 1m }] }
`;

const goTrue = new StandInGoTrue();
let scene: GateScene;
let jwt: JwtVerifier;
let signer: Awaited<ReturnType<StandInGoTrue['rotate']>>;
beforeAll(async () => {
  await goTrue.start();
  signer = await goTrue.rotate();
  jwt = createJwtVerifier({
    issuer: goTrue.issuer,
    audience: 'authenticated',
    tenantId: DEFAULT_TENANT_ID,
    clockSkewSeconds: 60,
    maxLifetimeSeconds: 90_000,
    jwksUrl: goTrue.jwksUrl,
    jwtSecret: JWT_SECRET,
  });
  scene = await openGateScene({ policy: testPolicy(ROUTES), limiter: testLimiter(LIMITS), jwt });
});
afterAll(async () => {
  await scene.stop();
  jwt.close();
  await goTrue.stop();
});

function createKey(more: Partial<NewWorldKey> = {}): Promise<WorldKey> {
  return scene.world.createKey({ tenantId: DEFAULT_TENANT_ID, ...more });
}

async function block(kind: string, value: string, forMs: number | null = null): Promise<string> {
  const id = newId();
  await scene.world.sql`
    insert into access_block (tenant_id, id, kind, value, reason, expires_at)
    values (${DEFAULT_TENANT_ID}, ${id}, ${kind}, ${value}, 'test',
      ${forMs === null ? null : scene.world.sql`clock_timestamp() + ${forMs}::float8 * interval '1 millisecond'`})`;
  return id;
}

async function lift(id: string): Promise<void> {
  await scene.world.sql`update access_block set lifted_at = clock_timestamp() where id = ${id}`;
}

async function codeOf(held: Held): Promise<string> {
  const { status, headers } = await authorize(scene.port, held);
  return status === 200 ? 'VALID' : String(headers['x-auth-code']);
}

const withKey = (key: WorldKey, more: Held = {}): Held => ({
  uri: '/api',
  headers: [['X-API-Key', key.secret]],
  ...more,
});
const withToken = (token: string, more: Held = {}): Held => ({
  uri: '/app/x',
  headers: [['Authorization', `Bearer ${token}`]],
  ...more,
});

describe('a block', () => {
  it('refuses from the moment it is committed, and lets pass again once it is lifted', async () => {
    const key = await createKey();
    const cases: [string, string, Held, Held][] = [
      ['key', key.keyId, withKey(key), { uri: '/open/k' }],
      ['ip', '203.0.113.0/24', withKey(key, { client: '203.0.113.9' }), withKey(key)],
      ['ip', '203.0.113.77/32', { uri: '/open/i', client: '203.0.113.77' }, withKey(key)],
      [
        'user_agent',
        'evilbot',
        withKey(key, {
          headers: [
            ['X-API-Key', key.secret],
            ['User-Agent', 'EvilBot/1'],
          ],
        }),
        withKey(key),
      ],
      [
        'route',
        'POST /danger/*',
        withKey(key, { method: 'POST', uri: '/danger/x' }),
        withKey(key, { uri: '/danger/x' }),
      ],
    ];
    for (const [kind, value, refused, untouched] of cases) {
      expect({ kind, before: await codeOf(refused) }).toEqual({ kind, before: 'VALID' });
      const id = await block(kind, value);
      expect({ kind, code: await codeOf(refused), other: await codeOf(untouched) }).toEqual({
        kind,
        code: 'BLOCKED',
        other: 'VALID',
      });
      await lift(id);
      expect({ kind, after: await codeOf(refused) }).toEqual({ kind, after: 'VALID' });
    }
  });

  it('names itself in the record, and not in the answer', async () => {
    const key = await createKey();
    const id = await block('key', key.keyId);
    const answer = await authorize(scene.port, withKey(key));
    expect(answer.status).toBe(403);
    expect(JSON.stringify(answer)).not.toContain(id);
    expect(await scene.rowOf(String(answer.headers['x-request-id']))).toMatchObject({
      code: 'BLOCKED',
      details: { block: id },
    });
    await lift(id);
  });

  it('ends by itself, by the database’s clock, on a warm gate', async () => {
    const key = await createKey();
    await block('key', key.keyId, 700);
    expect(await codeOf(withKey(key))).toBe('BLOCKED');
    await expect.poll(() => codeOf(withKey(key)), { timeout: 3_000, interval: 50 }).toBe('VALID');
  });

  it('counts at /v1/verify as well', async () => {
    const caller = await scene.world.createCaller(DEFAULT_TENANT_ID);
    const key = await createKey();
    const ask = async () => {
      const response = await fetch(`http://127.0.0.1:${scene.port}/v1/verify`, {
        method: 'POST',
        headers: { 'x-api-key': caller.secret, 'content-type': 'application/json' },
        body: JSON.stringify({ key: key.secret }),
      });
      return (await response.json()).code;
    };
    expect(await ask()).toBe('VALID');
    const id = await block('key', key.keyId);
    expect(await ask()).toBe('BLOCKED');
    await lift(id);
    expect(await ask()).toBe('VALID');
  });
});

describe('a Supabase session', () => {
  it('is accepted by its claims, from a header or a cookie', async () => {
    const claims = goTrue.claims({ app_metadata: { scopes: ['audit:read'] } });
    const token = await goTrue.sign(signer, claims);
    const answer = await authorize(scene.port, withToken(token));
    expect(answer).toMatchObject({
      status: 200,
      headers: {
        'x-auth-subject': claims.sub,
        'x-auth-kind': 'supabase',
        'x-auth-tenant': DEFAULT_TENANT_ID,
        'x-auth-key-id': '',
        'x-auth-scopes': 'audit:read',
      },
    });
    expect(await scene.rowOf(String(answer.headers['x-request-id']))).toMatchObject({
      actor_type: 'user',
      actor_id: claims.sub,
      actor_label: 'ada@example.org',
      session_id: claims.session_id,
      key_id: null,
    });
    expect(await codeOf({ uri: '/app/x', headers: [['Cookie', `sb-access-token=${token}`]] })).toBe('VALID');
    expect(await codeOf(withToken(token, { uri: '/admin/x' }))).toBe('VALID');
    const plain = await goTrue.sign(signer);
    expect(await codeOf(withToken(plain, { uri: '/admin/x' }))).toBe('INSUFFICIENT_SCOPE');
    expect(await codeOf(withToken(plain, { host: 'other.example.org' }))).toBe('NOT_FOUND');
  });

  it('is refused with the code of what is wrong', async () => {
    const now = Math.floor(Date.now() / 1000);
    const sign = (more: JWTPayload) => goTrue.sign(signer, goTrue.claims(more));
    const good = await sign({});
    const cases: [string, string][] = [
      [await sign({ exp: now - 120, iat: now - 500 }), 'EXPIRED'],
      [await sign({ iss: 'https://evil.example.org' }), 'WRONG_ISSUER'],
      [await sign({ aud: 'anon' }), 'WRONG_AUDIENCE'],
      [await sign({ is_anonymous: true }), 'KIND_NOT_ACCEPTED'],
      [`${good.slice(0, -6)}AAAAAA`, 'BAD_SIGNATURE'],
      ['a.b.c', 'MALFORMED'],
    ];
    for (const [token, code] of cases) expect(await codeOf(withToken(token))).toBe(code);
    expect(await codeOf({ uri: '/app/x', headers: [['Cookie', 'sb-p-auth-token=base64-!!']] })).toBe(
      'MALFORMED',
    );
  });

  it('is refused at once when its session or its user is blocked, though the token is still good', async () => {
    const claims = goTrue.claims();
    const token = await goTrue.sign(signer, claims);
    for (const [kind, value] of [
      ['session', String(claims.session_id)],
      ['user', String(claims.sub)],
    ] as const) {
      expect(await codeOf(withToken(token))).toBe('VALID');
      const id = await block(kind, value);
      expect(await codeOf(withToken(token))).toBe('BLOCKED');
      await lift(id);
    }
  });
});

describe('a limit', () => {
  it('is used before the answer, refuses with 429 and says when to come back', async () => {
    const held: Held = { uri: '/open/x', client: '192.0.2.50' };
    const remaining: unknown[] = [];
    for (let i = 0; i < 3; i++) remaining.push((await authorize(scene.port, held)).headers.ratelimit);
    expect(remaining.map((text) => /;r=(\d+);/.exec(String(text))?.[1])).toEqual(['2', '1', '0']);
    const refused = await authorize(scene.port, held);
    expect(refused).toMatchObject({
      status: 429,
      headers: { 'x-auth-code': 'RATE_LIMITED' },
      body: { code: 'rate_limited' },
    });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(refused.headers['ratelimit-policy']).toBe('"per-ip";q=3;w=60');
    expect(await scene.rowOf(String(refused.headers['x-request-id']))).toMatchObject({
      code: 'RATE_LIMITED',
      outcome: 'denied',
      status: 429,
      details: { limit: 'per-ip' },
    });
    const nginx = await authorizeForNginx(scene.port, held);
    expect(nginx).toMatchObject({ status: 403, headers: { 'x-auth-status': '429' } });
    expect(Number(nginx.headers['retry-after'])).toBeGreaterThan(0);
    expect((await authorize(scene.port, { ...held, client: '192.0.2.51' })).status).toBe(200);
  });

  it('of a key is used once, though the question is decided on twice', async () => {
    const key = await createKey();
    await scene.world.sql`
      update api_key set rate_limits = '[{"limit": 5, "windowSeconds": 60}]' where id = ${key.keyId}`;
    await authorize(scene.port, withKey(key));
    const other = await createKey();
    await scene.world.revokeKey(other);
    const { headers } = await authorize(scene.port, withKey(key));
    expect(/;r=(\d+);/.exec(String(headers.ratelimit))?.[1]).toBe('3');
  });

  it('in shadow refuses nothing and is noted', async () => {
    const key = await createKey();
    const held = withKey(key, { uri: '/watched', client: '192.0.2.60' });
    await authorize(scene.port, held);
    const second = await authorize(scene.port, held);
    expect(second.status).toBe(200);
    expect(await scene.rowOf(String(second.headers['x-request-id']))).toMatchObject({
      code: 'VALID',
      details: { shadowed: ['watched'] },
    });
  });

  it('is not used by a request that is refused anyway', async () => {
    const held: Held = { uri: '/open/y', client: '192.0.2.70', headers: [['X_API_Key', 'x']] };
    for (let i = 0; i < 5; i++) expect(await codeOf(held)).toBe('AMBIGUOUS_REQUEST');
    expect(await codeOf({ ...held, headers: [] })).toBe('VALID');
  });
});
