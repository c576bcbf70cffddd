import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { askGate } from '@/lib/access/gate/test/ask';
import { type GateScene, openGateScene } from '@/lib/access/gate/test/gate-scene';
import { FAILED_KEYS_ONLY, testLimiter } from '@/lib/access/gate/test/policies';
import { generateKey } from '@/lib/platform/auth/credential/key-format';
import { DEFAULT_TENANT_ID } from '@/lib/platform/tenancy/contract';

const FAILURES_MAX = 5;

let scene: GateScene;
beforeEach(async () => {
  scene = await openGateScene({
    limiter: testLimiter(FAILED_KEYS_ONLY.replace('quota: 30', `quota: ${FAILURES_MAX}`)),
  });
});
afterEach(() => scene.stop());

/** Whoever looks something up now fails loudly: the gate can no longer read keys. */
async function forbidLookUps(): Promise<void> {
  await scene.world.sql`revoke select on api_key_version from app_gate`;
}

async function fail(ip: string, times: number): Promise<string[]> {
  const codes: string[] = [];
  for (let i = 0; i < times; i++)
    codes.push((await scene.ask({ key: generateKey('live').key, ip })).body.code);
  return codes;
}

describe('guessing keys', () => {
  it('looks nothing up where shape or checksum is wrong', async () => {
    await scene.ask({ key: 'warm the caller' });
    await forbidLookUps();
    const { key } = generateKey('live');
    const wrong = [
      '',
      key.slice(1),
      `${key}0`,
      `${key.slice(0, -1)}${key.endsWith('0') ? '1' : '0'}`,
      'sk_live_abc',
    ];
    for (const text of wrong.slice(1)) {
      expect((await scene.ask({ key: text, ip: '198.51.100.3' })).body.code).toBe('MALFORMED');
    }
    const control = await scene.ask({ key });
    expect(control.status).toBe(503);
  });

  it('is slowed before any look-up, told when to come back, and recorded', async () => {
    expect(new Set(await fail('198.51.100.4', FAILURES_MAX))).toEqual(new Set(['NOT_FOUND']));
    await forbidLookUps();
    const { status, body } = await scene.ask({ key: generateKey('live').key, ip: '198.51.100.4' });
    expect({ status, code: body.code }).toEqual({ status: 200, code: 'RATE_LIMITED' });
    expect(body.retryAfter).toBeGreaterThan(0);
    expect(body.retryAfter).toBeLessThanOrEqual(60);
    expect(await scene.rowOf(body.requestId)).toMatchObject({
      code: 'RATE_LIMITED',
      outcome: 'denied',
      ip: '198.51.100.4',
    });
  });

  it('does not stop a key in use, nor another address', async () => {
    const key = await scene.world.createKey({ tenantId: scene.tenantId });
    await scene.ask({ key: key.secret, ip: '198.51.100.5' });
    await fail('198.51.100.5', FAILURES_MAX + 1);
    expect((await fail('198.51.100.5', 1))[0]).toBe('RATE_LIMITED');
    expect((await scene.ask({ key: key.secret, ip: '198.51.100.5' })).body.code).toBe('VALID');
    expect((await fail('198.51.100.6', 1))[0]).toBe('NOT_FOUND');
  });

  it('counts the whole /64 of an IPv6 address', async () => {
    for (let i = 1; i <= FAILURES_MAX + 1; i++) await fail(`2001:db8:0:1::${i}`, 1);
    expect((await fail('2001:db8:0:1:ffff::1', 1))[0]).toBe('RATE_LIMITED');
    expect((await fail('2001:db8:0:2::1', 1))[0]).toBe('NOT_FOUND');
  });

  it('is not what clients with a rotated, expired, revoked or disabled key do', async () => {
    const ip = '198.51.100.7';
    const make = scene.world.createKey.bind(scene.world);
    const { tenantId } = scene;
    const refused = [
      await make({ tenantId, state: 'retired' }),
      await make({ tenantId, expiresInMs: -1 }),
      await make({ tenantId, state: 'revoked' }),
      await make({ tenantId, isDisabled: true }),
    ];
    for (let i = 0; i < 4 * FAILURES_MAX; i++) {
      const key = refused[i % refused.length];
      expect((await scene.ask({ key: key?.secret ?? '', ip })).body.code).not.toBe('RATE_LIMITED');
    }
    expect((await fail(ip, 1))[0]).toBe('NOT_FOUND');
  });

  it('by callers is answered 429 with Retry-After, and recorded in the home tenant', async () => {
    for (let i = 0; i < FAILURES_MAX; i++) {
      expect((await askGate(scene.port, generateKey('live').key, { key: 'x' })).status).toBe(401);
    }
    const slowed = await askGate(scene.port, generateKey('live').key, { key: 'x' });
    expect(slowed.status).toBe(429);
    expect(Number(slowed.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await scene.rowOf(slowed.body.requestId)).toMatchObject({
      tenant_id: DEFAULT_TENANT_ID,
      action: 'gate.refused_caller',
      code: 'RATE_LIMITED',
      status: 429,
    });
  });
});
