import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newTenant, openScene, type Scene, userActor } from '@/db/test/scene';
import { createKey } from '@/lib/access/api-keys/change/create-key';
import { updateKey } from '@/lib/access/api-keys/change/update-key';
import { KEY_STATUSES, USAGE_HOURS } from '@/lib/access/api-keys/contract';
import { rotateKey } from '@/lib/access/api-keys/rotation/rotate-key';
import type { UserActor } from '@/lib/platform/auth/contract';
import { HOUR_MS } from '@/lib/platform/core/clock';
import { newId } from '@/lib/platform/core/ids';
import { getKey, listKeys } from './queries';

let scene: Scene;
let operator: UserActor;
beforeAll(async () => {
  scene = await openScene();
  operator = await userActor('operator');
});
afterAll(() => scene.close());

async function inNewTenant(): Promise<UserActor> {
  return userActor('operator', await newTenant(`t-${newId().slice(-12)}`));
}

async function keyIn(actor: UserActor, more: object = {}) {
  const { key, secret } = await createKey(actor, { name: 'a key', scopes: ['findings:read'], ...more });
  return { ...key, secret };
}

async function addUsage(
  key: { id: string; versions: { id: string }[] },
  hoursAgo: number,
  allowed: number,
  refused = 0,
) {
  await scene.admin`
    insert into key_usage (tenant_id, key_id, version_id, hour, allowed, refused, last_used_at, last_used_ip)
    select tenant_id, ${key.id}, ${key.versions[0]?.id ?? ''}, date_trunc('hour', now()) - make_interval(hours => ${hoursAgo}),
      ${allowed}, ${refused}, case when ${allowed} > 0 then date_trunc('hour', now()) - make_interval(hours => ${hoursAgo}) end, '198.51.100.4'
    from api_key where id = ${key.id}`;
}

describe('listKeys', () => {
  it('pages by creation, newest first, without gaps or repeats', async () => {
    const actor = await inNewTenant();
    const ids: string[] = [];
    for (let i = 0; i < 7; i++) ids.unshift((await keyIn(actor)).id);
    await scene.admin`update api_key set created_at = '2026-01-01' where tenant_id = ${actor.tenantId} and id = any(${ids.slice(2, 5)})`;
    const order = [...ids.slice(0, 2), ...ids.slice(5), ...ids.slice(2, 5).sort().reverse()];
    const seen: string[] = [];
    let cursor: string | null | undefined;
    do {
      const page = await listKeys(actor, { limit: 2, ...(cursor ? { cursor } : {}) });
      expect(page.items.length).toBeLessThanOrEqual(2);
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    } while (cursor);
    expect(seen).toEqual(order);
  });

  it.each([
    'nonsense',
    Buffer.from('{"at":"x","id":"y"}').toString('base64url'),
    Buffer.from('[1]').toString('base64url'),
  ])('refuses the cursor %s', async (cursor) => {
    await expect(listKeys(operator, { cursor })).rejects.toMatchObject({ code: 'bad_request' });
  });

  it('filters', async () => {
    const actor = await inNewTenant();
    const other = await userActor('analyst', actor.tenantId);
    const a = await keyIn(actor, { name: '100%_safe', tags: ['prod'], environment: 'test' });
    const b = await keyIn(actor, {
      name: 'billing',
      description: 'for payments',
      scopes: ['scans:write'],
      ownerUserId: other.userId,
    });
    const found = async (filter: object) => (await listKeys(actor, filter)).items.map(({ id }) => id);
    expect(await found({})).toEqual([b.id, a.id]);
    expect(await found({ q: '%_' })).toEqual([a.id]);
    expect(await found({ q: 'PAYMENTS' })).toEqual([b.id]);
    expect(await found({ q: b.id })).toEqual([b.id]);
    expect(await found({ q: a.versions[0]?.prefix })).toEqual([a.id]);
    expect(await found({ q: b.secret ?? '' })).toEqual([b.id]);
    expect(await found({ tag: 'prod' })).toEqual([a.id]);
    expect(await found({ scope: 'scans:write' })).toEqual([b.id]);
    expect(await found({ owner: other.userId })).toEqual([b.id]);
    expect(await found({ environment: 'test', tag: 'nope' })).toEqual([]);
  });

  it('shows no key of another tenant, whatever is asked', async () => {
    const actor = await inNewTenant();
    const foreign = await keyIn(operator);
    expect((await listKeys(actor, { q: foreign.id })).items).toEqual([]);
    await expect(getKey(actor, foreign.id)).rejects.toMatchObject({ code: 'not_found' });
    expect((await getKey(operator, foreign.id)).id).toBe(foreign.id);
  });

  it('lists live versions only; one key has them all', async () => {
    const actor = await inNewTenant();
    const { id } = await keyIn(actor);
    await rotateKey(actor, id, { start: 'now', grace: '0' });
    expect((await listKeys(actor, {})).items[0]?.versions.map(({ number }) => number)).toEqual([2]);
    expect((await getKey(actor, id)).versions.map(({ number }) => number)).toEqual([2, 1]);
  });

  it('is open to a role that may read keys, closed to nobody in particular', async () => {
    await expect(listKeys(await userActor('auditor'), {})).resolves.toBeDefined();
    const anonymous = {
      type: 'anonymous',
      tenantId: operator.tenantId,
      label: '',
      request: operator.request,
    } as const;
    await expect(listKeys(anonymous, {})).rejects.toMatchObject({ code: 'unauthenticated' });
  });
});

describe('usage', () => {
  it('has 36 hours, oldest first, whatever was used', async () => {
    const actor = await inNewTenant();
    const key = await keyIn(actor);
    expect((await getKey(actor, key.id)).usage).toHaveLength(USAGE_HOURS);
    await addUsage(key, 0, 3, 1);
    await addUsage(key, 35, 5);
    await addUsage(key, 36, 7);
    const read = await getKey(actor, key.id);
    expect(read.usage).toHaveLength(USAGE_HOURS);
    expect(read.usage[0]?.allowed).toBe(5);
    expect(read.usage.at(-1)).toMatchObject({ allowed: 3, refused: 1 });
    expect(read.usage.reduce((sum, { allowed }) => sum + allowed, 0)).toBe(8);
    const times = read.usage.map(({ hour }) => Date.parse(hour));
    expect(times.every((time, i) => i === 0 || time - (times[i - 1] ?? 0) === HOUR_MS)).toBe(true);
    expect(read.versions[0]).toMatchObject({ allowed24h: 3, refused24h: 1, lastUsedIp: '198.51.100.4' });
    expect(read.lastUsedAt).toBe(read.usage.at(-1)?.hour);
  });

  it('finds the last use long ago, past hours of refusals', async () => {
    const actor = await inNewTenant();
    const key = await keyIn(actor);
    await addUsage(key, 24 * 80, 1);
    await addUsage(key, 2, 0, 9);
    const { lastUsedAt } = await getKey(actor, key.id);
    expect(Date.now() - Date.parse(lastUsedAt ?? '')).toBeGreaterThan(79 * 24 * HOUR_MS);
  });
});

describe('the status filter', () => {
  it('agrees with the derived status for keys in every state', async () => {
    const actor = await inNewTenant();
    const hours = fc.constantFrom(null, -1, 20, 100, 1000);
    const shapes = fc.sample(
      fc.record({
        expiresIn: hours,
        graceIn: fc.constantFrom(-1, 1, 100),
        isRevoked: fc.constantFrom(false, false, false, true),
        isDisabled: fc.constantFrom(false, false, false, true),
        rotation: fc.constantFrom('none', 'none', 'pending', 'grace', 'gone'),
        refused: fc.constantFrom(0, 19, 20),
        allowed: fc.constantFrom(0, 180, 190),
      }),
      { numRuns: 60, seed: 7 },
    );
    for (const shape of shapes) {
      const key = await keyIn(actor);
      await addUsage(key, 1, shape.allowed, shape.refused);
      if (shape.isDisabled) await updateKey(actor, key.id, { disabled: true });
      if (shape.rotation === 'pending') await rotateKey(actor, key.id, {});
      if (shape.rotation === 'grace') await rotateKey(actor, key.id, { start: 'now' });
      if (shape.rotation === 'gone')
        await scene.admin`update api_key_version set state = 'revoked' where key_id = ${key.id}`;
      await scene.admin`update api_key_version set grace_until = now() + make_interval(hours => ${shape.graceIn})
        where key_id = ${key.id} and state = 'grace'`;
      await scene.admin`update api_key set expires_at = now() + make_interval(hours => ${shape.expiresIn}),
        revoked_at = case when ${shape.isRevoked && shape.rotation === 'none'} then now() end where id = ${key.id}`;
    }
    const all = (await listKeys(actor, { limit: 200 })).items;
    expect(all).toHaveLength(60);
    for (const status of KEY_STATUSES) {
      const derived = all.filter((key) => key.status === status).map(({ id }) => id);
      const filtered = (await listKeys(actor, { status, limit: 200 })).items.map(({ id }) => id);
      expect(filtered, status).toEqual(derived);
      expect(derived.length, status).toBeGreaterThan(0);
    }
  });
});
