import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VersionState } from '@/lib/access/api-keys/contract';
import { authorize, authorizeForEnvoy, authorizeForNginx, type Held } from '@/lib/access/gate/test/authorize';
import { type GateScene, openGateScene } from '@/lib/access/gate/test/gate-scene';
import type { NewWorldKey, WorldKey } from '@/lib/access/gate/test/key-world';
import { testPolicy } from '@/lib/access/gate/test/policies';
import { generateKey } from '@/lib/platform/auth/credential/key-format';
import { DEFAULT_TENANT_ID } from '@/lib/platform/tenancy/contract';

const ROUTES = `
- { name: health, path: /healthz, access: public }
- { name: write, methods: [POST], path: /orders/**, access: { scopes: ['orders:write'] }, accept: ['key:x-api-key', 'key:bearer'] }
- { name: orders, path: /orders/**, access: authenticated, accept: ['key:x-api-key', 'key:bearer'] }
- { name: any-tenant, host: many.example.org, path: /**, access: authenticated, tenant: any }
- { name: app, host: app.example.org, path: /**, access: authenticated, redirect: 'https://login.example.org/in?from=app' }
`;

let scene: GateScene;
beforeAll(async () => {
  scene = await openGateScene({ policy: testPolicy(ROUTES) });
});
afterAll(() => scene.stop());

function createKey(more: Partial<NewWorldKey> = {}): Promise<WorldKey> {
  return scene.world.createKey({ tenantId: DEFAULT_TENANT_ID, ...more });
}

const orders = (secret: string, more: Held = {}): Held => ({
  uri: '/orders/17?x=secret',
  headers: [['X-API-Key', secret]],
  ...more,
});

describe('/v1/authorize', () => {
  it('says who asks, in headers that are always there', async () => {
    const key = await createKey({ name: 'Zoë’s key', scopes: ['keys:read', 'audit:read'] });
    const { status, headers } = await authorize(scene.port, orders(key.secret));
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'x-auth-subject': key.keyId,
      'x-auth-kind': 'key',
      'x-auth-tenant': DEFAULT_TENANT_ID,
      'x-auth-key-id': key.keyId,
      'x-auth-scopes': 'keys:read audit:read',
      'x-key-rotation': '',
      'cache-control': 'no-store',
      'content-length': '0',
    });
    const anonymous = await authorize(scene.port, { uri: '/healthz', headers: [['X-Auth-Subject', 'root']] });
    expect(anonymous).toMatchObject({
      status: 200,
      headers: {
        'x-auth-subject': '',
        'x-auth-kind': 'anonymous',
        'x-auth-tenant': '',
        'x-auth-key-id': '',
        'x-auth-scopes': '',
        'x-key-rotation': '',
      },
    });
  });

  it('records the access before the answer: who, what, where, and no secret', async () => {
    const key = await createKey({ name: 'Zoë’s key' });
    const asked = orders(key.secret, {
      headers: [
        ['Authorization', `Bearer ${key.secret}`],
        ['User-Agent', 'curl/8'],
      ],
    });
    const { headers } = await authorize(scene.port, asked);
    expect(await scene.rowOf(String(headers['x-request-id']))).toMatchObject({
      tenant_id: DEFAULT_TENANT_ID,
      category: 'decision',
      action: 'gate.authorize',
      outcome: 'success',
      code: 'VALID',
      actor_type: 'key',
      actor_id: key.keyId,
      actor_label: 'Zoë’s key',
      key_id: key.keyId,
      key_version_id: key.versions[0]?.id,
      session_id: null,
      ip: '198.51.100.7',
      user_agent: 'curl/8',
      method: 'GET',
      host: 'api.example.org',
      path: '/orders/17',
      status: 200,
      target_type: 'route',
      target_id: 'orders',
      details: null,
    });
    const [leaks] = await scene.world.sql`
      select count(*)::int as count from audit_event a where a::text like ${`%${key.secret.slice(25, 57)}%`} or a::text like '%secret%'`;
    expect(leaks?.count).toBe(0);
  });

  const states: [string, VersionState, Partial<NewWorldKey>, number, string][] = [
    ['current', 'current', {}, 200, 'VALID'],
    ['pending', 'pending', {}, 200, 'VALID'],
    ['retired', 'retired', {}, 401, 'ROTATED_OUT'],
    ['revoked', 'revoked', {}, 401, 'REVOKED'],
    ['disabled', 'current', { isDisabled: true }, 401, 'DISABLED'],
    ['expired', 'current', { expiresInMs: -1 }, 401, 'EXPIRED'],
    ['in another network', 'current', { allowedCidrs: ['10.0.0.0/8'] }, 403, 'IP_NOT_ALLOWED'],
    ['in its network', 'current', { allowedCidrs: ['198.51.100.0/24'] }, 200, 'VALID'],
  ];

  it.each(states)('answers a key that is %s, cold and warm', async (_, state, more, status, code) => {
    const key = await createKey({ state, ...more });
    for (const turn of ['cold', 'warm']) {
      const answer = await authorize(scene.port, orders(key.secret));
      expect({ turn, status: answer.status }).toEqual({ turn, status });
      const row = await scene.rowOf(String(answer.headers['x-request-id']));
      expect(row).toMatchObject({
        code,
        status,
        key_id: key.keyId,
        outcome: status === 200 ? 'success' : 'denied',
      });
      if (status === 200) continue;
      expect(answer.headers['x-auth-code']).toBe(code);
      expect(answer.body?.requestId).toBe(answer.headers['x-request-id']);
      expect(answer.headers['x-auth-kind']).toBeUndefined();
      if (status === 401) expect(answer.headers['www-authenticate']).toBe('Bearer realm="bulwark"');
    }
  });

  it('says that a secret was superseded, and until when it is accepted', async () => {
    const key = await createKey();
    const [first] = key.versions;
    const second = await scene.world.addVersion(key, 'pending');
    if (first) await scene.world.setGraceUntil(first, 60_000);
    await scene.world.setState(second, 'current');
    const { headers } = await authorize(scene.port, orders(key.secret));
    const [, expires = ''] = /^superseded; expires="([^"]+)"$/.exec(String(headers['x-key-rotation'])) ?? [];
    expect(Date.parse(expires)).toBeGreaterThan(Date.now());
  });

  it('lets only the route’s methods, scopes and kinds of credentials pass', async () => {
    const reader = await createKey({ scopes: ['orders:read'] });
    const writer = await createKey({ scopes: ['orders:read', 'orders:write'] });
    const post = (secret: string) => authorize(scene.port, orders(secret, { method: 'POST' }));
    expect(await post(reader.secret)).toMatchObject({
      status: 403,
      headers: { 'x-auth-code': 'INSUFFICIENT_SCOPE' },
    });
    expect((await post(writer.secret)).status).toBe(200);
    const cases: [Held, number, string][] = [
      [{ uri: '/orders/1' }, 401, 'NO_CREDENTIAL'],
      [
        { uri: '/orders/1', headers: [['Proxy-Authorization', `Bearer ${writer.secret}`]] },
        401,
        'KIND_NOT_ACCEPTED',
      ],
      [{ uri: '/orders/1', headers: [['Authorization', 'Bearer eyJ.eyJ.x']] }, 401, 'KIND_NOT_ACCEPTED'],
      [
        orders(writer.secret, {
          headers: [
            ['X-API-Key', writer.secret],
            ['Authorization', `Bearer ${writer.secret}`],
          ],
        }),
        401,
        'AMBIGUOUS_CREDENTIAL',
      ],
      [orders('%'), 401, 'MALFORMED'],
      [orders(generateKey('live').key), 401, 'NOT_FOUND'],
      [orders(writer.secret, { uri: '/elsewhere' }), 403, 'ROUTE_DENIED'],
      [orders(writer.secret, { uri: '/ORDERS/1' }), 403, 'ROUTE_DENIED'],
      [orders(writer.secret, { uri: '/x/../orders/1' }), 403, 'AMBIGUOUS_PATH'],
      [orders(writer.secret, { uri: '/healthz/%2e%2e/orders' }), 403, 'AMBIGUOUS_PATH'],
      [
        orders(writer.secret, {
          headers: [
            ['X-API-Key', writer.secret],
            ['X_API_Key', 'x'],
          ],
        }),
        403,
        'AMBIGUOUS_REQUEST',
      ],
      [orders(writer.secret, { headers: [['X-Forwarded-Uri', '/healthz']] }), 403, 'AMBIGUOUS_REQUEST'],
    ];
    for (const [held, status, code] of cases) {
      const answer = await authorize(scene.port, held);
      expect({ held, status: answer.status, code: answer.headers['x-auth-code'] }).toEqual({
        held,
        status,
        code,
      });
      expect(await scene.rowOf(String(answer.headers['x-request-id']))).toMatchObject({
        tenant_id: DEFAULT_TENANT_ID,
        action: 'gate.authorize',
        outcome: 'denied',
        code,
        status,
      });
    }
  });

  it('knows keys of the route’s tenant only, unless it is open to any', async () => {
    const foreign = await createKey({ tenantId: scene.tenantId });
    const own = await authorize(scene.port, orders(foreign.secret, { client: '198.51.100.20' }));
    const nobody = await authorize(scene.port, orders(generateKey('live').key, { client: '198.51.100.20' }));
    expect([own.status, own.headers['x-auth-code'], own.body?.detail]).toEqual([
      nobody.status,
      nobody.headers['x-auth-code'],
      nobody.body?.detail,
    ]);
    const row = await scene.rowOf(String(own.headers['x-request-id']));
    expect(row).toMatchObject({ tenant_id: DEFAULT_TENANT_ID, actor_id: null, key_id: null });
    const open = await authorize(scene.port, {
      ...orders(foreign.secret),
      host: 'many.example.org',
      uri: '/x',
    });
    expect(open).toMatchObject({ status: 200, headers: { 'x-auth-tenant': scene.tenantId } });
    expect(await scene.rowOf(String(open.headers['x-request-id']))).toMatchObject({
      tenant_id: scene.tenantId,
    });
  });

  it('sends a browser to the sign-in page with the way back, and everything else a 401', async () => {
    const held: Held = {
      host: 'app.example.org',
      uri: '/reports?week=47&x=%2F',
      headers: [['Accept', 'text/html,*/*']],
    };
    const browser = await authorize(scene.port, held);
    expect(browser.status).toBe(302);
    const location = new URL(String(browser.headers.location));
    expect(location.origin + location.pathname).toBe('https://login.example.org/in');
    expect(Object.fromEntries(location.searchParams)).toEqual({
      from: 'app',
      return_to: 'https://app.example.org/reports?week=47&x=%2F',
    });
    expect(await scene.rowOf(String(browser.headers['x-request-id']))).toMatchObject({
      code: 'NO_CREDENTIAL',
      status: 401,
    });
    expect((await authorize(scene.port, { ...held, method: 'POST' })).status).toBe(401);
    expect((await authorize(scene.port, { ...held, headers: [['Accept', 'application/json']] })).status).toBe(
      401,
    );
    const nginx = await authorizeForNginx(scene.port, held);
    expect(nginx).toMatchObject({ status: 401, headers: { 'x-auth-redirect': browser.headers.location } });
  });

  it('answers Envoy by the path behind its own, for any method', async () => {
    const key = await createKey({ scopes: ['orders:write'] });
    for (const method of ['GET', 'POST', 'DELETE', 'OPTIONS', 'PROPFIND']) {
      const answer = await authorizeForEnvoy(scene.port, orders(key.secret, { method }));
      expect({ method, status: answer.status }).toEqual({ method, status: 200 });
      expect(await scene.rowOf(String(answer.headers['x-request-id']))).toMatchObject({
        method,
        path: '/orders/17',
      });
    }
    expect((await authorizeForEnvoy(scene.port, { uri: '/orders/1' })).status).toBe(401);
  });

  it('refuses whoever is no trusted proxy, and records it', async () => {
    const stranger = await openGateScene({ policy: testPolicy(ROUTES, '10.0.0.0/8') });
    try {
      const key = await stranger.world.createKey({ tenantId: DEFAULT_TENANT_ID });
      const answer = await authorize(stranger.port, orders(key.secret));
      expect(answer).toMatchObject({ status: 403, headers: { 'x-auth-code': 'UNTRUSTED_PROXY' } });
      expect(answer.body?.detail).toContain('127.0.0.1');
      expect(await stranger.rowOf(String(answer.headers['x-request-id']))).toMatchObject({
        code: 'UNTRUSTED_PROXY',
        ip: '127.0.0.1',
        path: null,
      });
    } finally {
      await stranger.stop();
    }
  });

  it('reads no body, however large', async () => {
    const key = await createKey();
    const response = await fetch(`http://127.0.0.1:${scene.port}/v1/authorize/orders/1`, {
      method: 'PUT',
      headers: { host: 'api.example.org', 'x-api-key': key.secret },
      body: 'x'.repeat(5_000_000),
    });
    expect(response.status).toBe(200);
  });
});
