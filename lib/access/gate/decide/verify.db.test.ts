import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VersionState } from '@/lib/access/api-keys/contract';
import { verifyDto } from '@/lib/access/gate/contract';
import { askGate } from '@/lib/access/gate/test/ask';
import { type GateScene, openGateScene } from '@/lib/access/gate/test/gate-scene';
import type { NewWorldKey, WorldKey } from '@/lib/access/gate/test/key-world';
import { generateKey } from '@/lib/platform/auth/credential/key-format';
import { DEFAULT_TENANT_ID } from '@/lib/platform/tenancy/contract';

let scene: GateScene;
beforeAll(async () => {
  scene = await openGateScene();
});
afterAll(() => scene.stop());

function createKey(more: Partial<NewWorldKey> = {}): Promise<WorldKey> {
  return scene.world.createKey({ tenantId: scene.tenantId, scopes: ['keys:read'], ...more });
}

describe('POST /v1/verify', () => {
  it('answers with everything a service needs to know of a valid key', async () => {
    const key = await createKey({ expiresInMs: 60_000 });
    const { status, headers, body } = await scene.ask({ key: key.secret, scopes: ['keys:read'] });
    expect(status).toBe(200);
    expect(verifyDto.parse(body)).toEqual(body);
    expect(body).toMatchObject({
      valid: true,
      code: 'VALID',
      keyId: key.keyId,
      version: 1,
      tenantId: scene.tenantId,
      owner: null,
      scopes: ['keys:read'],
      rateLimit: null,
    });
    expect(Date.parse(body.expiresAt ?? '')).toBeGreaterThan(Date.now());
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-request-id')).toBe(body.requestId);
  });

  it('records the access before the answer, with the key, the address and the service, and no secret', async () => {
    const key = await createKey({ name: 'Zoë’s key' });
    const { body } = await scene.ask({
      key: key.secret,
      ip: '2001:db8::7',
      method: 'GET',
      path: '/orders/17?token=hush',
    });
    const row = await scene.rowOf(body.requestId);
    expect(row).toMatchObject({
      tenant_id: scene.tenantId,
      id: body.requestId,
      category: 'decision',
      action: 'gate.verify',
      outcome: 'success',
      code: 'VALID',
      actor_type: 'key',
      actor_id: key.keyId,
      actor_label: 'Zoë’s key',
      key_id: key.keyId,
      key_version_id: key.versions[0]?.id,
      ip: '2001:db8::7',
      method: 'GET',
      path: '/orders/17',
      status: 200,
      target_type: 'key_version',
      target_id: scene.caller.versions[0]?.id,
      target_label: 'orders service',
      user_agent: null,
    });
    const [times] = await scene.world.sql`
      select at < recorded_at as before, duration_us >= 0 as measured, recorded_at - at < interval '5 s' as near
      from audit_event where request_id = ${body.requestId}`;
    expect(times).toEqual({ before: true, measured: true, near: true });
    const [leaks] = await scene.world.sql`
      select count(*)::int as count from audit_event a where a::text like ${`%${key.secret.slice(25, 57)}%`} or a::text like '%hush%'`;
    expect(leaks?.count).toBe(0);
  });

  const states: [string, VersionState, Partial<NewWorldKey>, string][] = [
    ['current', 'current', {}, 'VALID'],
    ['pending', 'pending', {}, 'VALID'],
    ['retired', 'retired', {}, 'ROTATED_OUT'],
    ['revoked', 'revoked', {}, 'REVOKED'],
    ['disabled', 'current', { isDisabled: true }, 'DISABLED'],
    ['expired', 'current', { expiresInMs: -1 }, 'EXPIRED'],
    ['in another network', 'current', { allowedCidrs: ['10.0.0.0/8'] }, 'IP_NOT_ALLOWED'],
    ['without the scope', 'current', { scopes: ['audit:read'] }, 'INSUFFICIENT_SCOPE'],
    ['in its network', 'current', { allowedCidrs: ['192.0.2.0/24'] }, 'VALID'],
  ];

  it.each(states)('answers a key that is %s, cold and warm, with its code', async (_, state, more, code) => {
    const key = await createKey({ state, ...more });
    for (const turn of ['cold', 'warm']) {
      const { status, body } = await scene.ask({ key: key.secret, ip: '192.0.2.9', scopes: ['keys:read'] });
      expect({ turn, status, code: body.code, valid: body.valid }).toEqual({
        turn,
        status: 200,
        code,
        valid: code === 'VALID',
      });
      const row = await scene.rowOf(body.requestId);
      expect(row).toMatchObject({
        code,
        outcome: code === 'VALID' ? 'success' : 'denied',
        key_id: key.keyId,
      });
    }
  });

  it('names the reason of a revocation, in the answer and in the record', async () => {
    const key = await createKey();
    await scene.world.revokeKey(key, 'KEY_COMPROMISE');
    const { body } = await scene.ask({ key: key.secret });
    expect(body).toMatchObject({ code: 'REVOKED', reason: 'KEY_COMPROMISE', keyId: key.keyId });
    expect(await scene.rowOf(body.requestId)).toMatchObject({ reason: 'KEY_COMPROMISE' });
  });

  it('says that a key is being rotated', async () => {
    const key = await createKey();
    const first = key.versions[0];
    const second = await scene.world.addVersion(key, 'pending');
    expect((await scene.ask({ key: second.secret })).body.rotation).toEqual({
      state: 'pending',
      graceEndsAt: null,
    });
    if (first) await scene.world.setGraceUntil(first, 60_000);
    await scene.world.setState(second, 'current');
    const old = (await scene.ask({ key: key.secret })).body;
    expect(old).toMatchObject({ code: 'VALID', version: 1, rotation: { state: 'grace' } });
    expect(Date.parse(old.rotation?.graceEndsAt ?? '')).toBeGreaterThan(Date.now());
    expect((await scene.ask({ key: second.secret })).body).not.toHaveProperty('rotation');
  });

  it('answers another tenant’s key exactly as one that does not exist', async () => {
    const foreign = await scene.world.createKey({ tenantId: scene.world.newTenant() });
    const foreignCaller = await scene.world.createCaller(foreign.tenantId);
    await askGate(scene.port, foreignCaller.secret, { key: foreign.secret });
    const theirs = await scene.ask({ key: foreign.secret, ip: '198.51.100.1' });
    const nobodys = await scene.ask({ key: generateKey('live').key, ip: '198.51.100.1' });
    expect(theirs.status).toBe(nobodys.status);
    expect({ ...theirs.body, requestId: '' }).toEqual({ ...nobodys.body, requestId: '' });
    expect(theirs.body).toMatchObject({ valid: false, code: 'NOT_FOUND', keyId: null, tenantId: null });
    const row = await scene.rowOf(theirs.body.requestId);
    expect(row).toMatchObject({
      tenant_id: scene.tenantId,
      actor_type: 'anonymous',
      actor_id: null,
      key_id: null,
      actor_label: foreign.secret.slice(0, 13),
    });
  });

  it('does not accept a secret that differs from the stored digest, though it did before', async () => {
    const key = await createKey();
    expect((await scene.ask({ key: key.secret })).body.code).toBe('VALID');
    await scene.world.sql`update api_key_version set digest = ${'0'.repeat(64)} where key_id = ${key.keyId}`;
    const { body } = await scene.ask({ key: key.secret, ip: '198.51.100.2' });
    expect(body).toMatchObject({ code: 'NOT_FOUND', keyId: null });
  });

  it('refuses a key under a pepper it was not given without calling it unknown', async () => {
    const key = await createKey();
    const version = await scene.world.addVersion(key, 'pending', {
      id: 'lost',
      value: 'a pepper nobody has',
    });
    const { body } = await scene.ask({ key: version.secret });
    expect(body).toMatchObject({ valid: false, code: 'UNAVAILABLE', keyId: null });
  });
});

describe('the caller of POST /v1/verify', () => {
  it('is refused with 401, 403 or 400, and recorded in its tenant or in the home tenant', async () => {
    const subject = await createKey();
    const make = (more: Partial<NewWorldKey>) => scene.world.createCaller(scene.tenantId, more);
    const cases: [string, number, string, string, string | null][] = [
      ['%', 401, 'unauthenticated', 'MALFORMED', null],
      [generateKey('live').key, 401, 'unauthenticated', 'NOT_FOUND', null],
      [(await make({ state: 'revoked' })).secret, 401, 'unauthenticated', 'REVOKED', scene.tenantId],
      [(await make({ expiresInMs: -1 })).secret, 401, 'unauthenticated', 'EXPIRED', scene.tenantId],
      [(await make({ isDisabled: true })).secret, 401, 'unauthenticated', 'DISABLED', scene.tenantId],
      [
        (await make({ scopes: ['keys:read'] })).secret,
        403,
        'forbidden',
        'INSUFFICIENT_SCOPE',
        scene.tenantId,
      ],
      [
        (await make({ allowedCidrs: ['10.0.0.0/8'] })).secret,
        403,
        'forbidden',
        'IP_NOT_ALLOWED',
        scene.tenantId,
      ],
    ];
    for (const [caller, status, problem, code, tenantId] of cases) {
      const answer = await askGate(scene.port, caller, { key: subject.secret });
      expect(answer).toMatchObject({ status, body: { code: problem } });
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      expect(await scene.rowOf(answer.body.requestId)).toMatchObject({
        tenant_id: tenantId ?? DEFAULT_TENANT_ID,
        action: 'gate.refused_caller',
        outcome: 'denied',
        code,
        status,
      });
    }
  });

  it('may use X-API-Key and any case of the scheme, but only one credential', async () => {
    const key = (await createKey()).secret;
    const send = (headers: [string, string][]) =>
      fetch(`http://127.0.0.1:${scene.port}/v1/verify`, {
        method: 'POST',
        headers: [['content-type', 'application/json; charset=utf-8'], ...headers],
        body: JSON.stringify({ key }),
      });
    const { secret } = scene.caller;
    expect((await send([['x-api-key', secret]])).status).toBe(200);
    expect((await send([['authorization', `bearer ${secret}`]])).status).toBe(200);
    expect((await send([['authorization', `BEARER  ${secret}`]])).status).toBe(200);
    expect((await send([])).status).toBe(401);
    expect((await send([['authorization', `Basic ${secret}`]])).status).toBe(401);
    const both = await send([
      ['authorization', `Bearer ${secret}`],
      ['x-api-key', secret],
    ]);
    expect(both.status).toBe(400);
    const { requestId } = await both.json();
    expect(await scene.rowOf(requestId)).toMatchObject({
      outcome: 'failure',
      code: 'bad_request',
      tenant_id: DEFAULT_TENANT_ID,
    });
  });

  it('learns of its own bad question only after it was let in', async () => {
    expect((await scene.ask('{')).status).toBe(400);
    expect((await askGate(scene.port, '%', '{')).status).toBe(401);
    const answer = await scene.ask({ key: 'x', colour: 'red' });
    expect(answer).toMatchObject({ status: 400, body: { code: 'bad_request' } });
    expect(await scene.rowOf(answer.body.requestId)).toMatchObject({
      tenant_id: scene.tenantId,
      action: 'gate.refused_caller',
      outcome: 'failure',
      code: 'bad_request',
      actor_id: scene.caller.keyId,
    });
  });
});

describe('the other paths', () => {
  it.each([
    ['GET', '/v1/verify', 405],
    ['POST', '/v1/verify/', 404],
    ['POST', '//v1/verify', 400],
    ['POST', '/v1/verify?x=1', 404],
    ['POST', '/V1/verify', 404],
    ['GET', '/', 404],
    ['POST', '/healthz', 405],
    ['GET', '/healthz', 200],
    ['GET', '/readyz', 200],
    ['GET', '/metrics', 200],
  ])('answers %s %s with %i', async (method, path, status) => {
    const response = await fetch(`http://127.0.0.1:${scene.port}${path}`, { method });
    expect(response.status).toBe(status);
    if (status >= 400) expect(response.headers.get('content-type')).toBe('application/problem+json');
    if (status === 405) expect(response.headers.get('allow')).not.toBeNull();
    await response.arrayBuffer();
  });

  it('says in /readyz what the cache knows and in /metrics what was decided', async () => {
    const ready = await (await fetch(`http://127.0.0.1:${scene.port}/readyz`)).json();
    expect(ready).toMatchObject({
      status: 'ready',
      checks: { database: 'up', cache: { keys: expect.any(Number) } },
    });
    const metrics = await (await fetch(`http://127.0.0.1:${scene.port}/metrics`)).text();
    expect(metrics).toMatch(/bulwark_gate_decisions_total\{code="VALID"\} [1-9]/);
    expect(metrics).toMatch(/bulwark_gate_database_up 1/);
  });
});
