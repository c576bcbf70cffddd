import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cliActor, keyActor, newTenant, openScene, type Scene, userActor } from '@/db/test/scene';
import { createKey } from '@/lib/access/api-keys/change/create-key';
import { revokeKey } from '@/lib/access/api-keys/change/revoke-key';
import { undoRevoke } from '@/lib/access/api-keys/change/undo-revoke';
import { updateKey } from '@/lib/access/api-keys/change/update-key';
import { getKey } from '@/lib/access/api-keys/read/queries';
import { cancelRotation } from '@/lib/access/api-keys/rotation/cancel-rotation';
import { changeGrace } from '@/lib/access/api-keys/rotation/change-grace';
import { retireOld } from '@/lib/access/api-keys/rotation/retire-old';
import { rotateKey } from '@/lib/access/api-keys/rotation/rotate-key';
import { startGrace } from '@/lib/access/api-keys/rotation/start-grace';
import type { Actor, UserActor } from '@/lib/platform/auth/contract';
import { digestKey, parseKey } from '@/lib/platform/auth/credential/key-format';
import { DAY_MS } from '@/lib/platform/core/clock';
import { requireEnv } from '@/lib/platform/core/env/env';
import { newId } from '@/lib/platform/core/ids';

let scene: Scene;
let operator: UserActor;
let analyst: UserActor;
let stranger: UserActor;
beforeAll(async () => {
  scene = await openScene();
  operator = await userActor('operator');
  analyst = await userActor('analyst');
  stranger = await userActor('operator', await newTenant('other'));
});
afterAll(() => scene.close());

let made = 0;
async function newKey(more: object = {}, actor: Actor = operator) {
  made += 1;
  const answer = await createKey(actor, { name: `key ${made}`, scopes: ['findings:read'], ...more });
  return { ...answer, id: answer.key.id };
}

/** Newest first, as the superuser sees them. */
async function audit(keyId: string) {
  return scene.admin<{ action: string; details: Record<string, unknown>; reason: string; actor: string }[]>`
    select action, details, reason, actor_type as actor from audit_event
    where target_id = ${keyId} order by at desc`;
}

async function states(keyId: string) {
  const rows = await scene.admin`select state from api_key_version where key_id = ${keyId} order by number`;
  return rows.map((row) => row.state);
}

/** Every write verb with a call that is valid for a key which waits for the first use of its second secret. */
const verbs: [string, (actor: Actor, id: string) => Promise<unknown>][] = [
  ['updateKey', (actor, id) => updateKey(actor, id, { name: 'renamed' })],
  ['rotateKey', (actor, id) => rotateKey(actor, id, {})],
  ['cancelRotation', cancelRotation],
  ['startGrace', startGrace],
  ['changeGrace', (actor, id) => changeGrace(actor, id, { grace: '1h' })],
  ['retireOld', retireOld],
  ['revokeKey', (actor, id) => revokeKey(actor, id, { reason: 'UNSPECIFIED' })],
  ['undoRevoke', undoRevoke],
];

describe.each(verbs)('%s', (_name, verb) => {
  it('is forbidden to a weaker role, and does not know the key of another tenant', async () => {
    const { id } = await newKey();
    await rotateKey(operator, id, {});
    const before = await audit(id);
    await expect(verb(analyst, id)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(verb(stranger, id)).rejects.toMatchObject({ code: 'not_found' });
    await expect(verb(operator, newId())).rejects.toMatchObject({ code: 'not_found' });
    await expect(verb(operator, 'nonsense')).rejects.toMatchObject({ code: 'not_found' });
    expect(await audit(id)).toEqual(before);
    expect(await states(id)).toEqual(['current', 'pending']);
  });
});

describe('createKey', () => {
  it('stores a peppered digest, shows the secret once and records it without', async () => {
    const { id, secret, key } = await newKey({ environment: 'test', tags: ['ci'] });
    expect(parseKey(secret ?? '')?.environment).toBe('test');
    const [version] = await scene.admin`select * from api_key_version where key_id = ${id}`;
    expect(version?.digest).toBe(digestKey(secret ?? '', requireEnv('keyPepper').value));
    expect(key).toMatchObject({
      status: 'operational',
      version: 1,
      tags: ['ci'],
      owner: { name: 'operator' },
    });
    expect(key.versions[0]).toMatchObject({ number: 1, state: 'current', last4: secret?.slice(-4) });
    const events = await audit(id);
    expect(events.map(({ action, actor }) => [action, actor])).toEqual([['key.created', 'user']]);
    expect(JSON.stringify(events)).not.toContain(version?.public_id);
  });

  it('expires in 90 days unless told otherwise, by the database clock', async () => {
    const { key } = await newKey();
    const [row] =
      await scene.admin`select extract(epoch from expires_at - created_at) / 86400 as days from api_key where id = ${key.id}`;
    expect(Number(row?.days)).toBeCloseTo(90, 3);
    expect((await newKey({ expiresAt: null })).key.expiresAt).toBeNull();
    const past = new Date(Date.now() - 1000).toISOString();
    await expect(newKey({ expiresAt: past })).rejects.toMatchObject({
      code: 'bad_request',
      fields: [{ path: 'expiresAt' }],
    });
  });

  it('is forbidden to a weaker role and leaves nothing', async () => {
    const [before] = await scene.admin`select count(*) from api_key`;
    await expect(newKey({}, analyst)).rejects.toMatchObject({ code: 'forbidden' });
    expect(await scene.admin`select count(*) from api_key`).toEqual([before]);
  });

  it('refuses an owner who is no enabled member of the tenant', async () => {
    await expect(newKey({ ownerUserId: stranger.userId })).rejects.toMatchObject({ code: 'unprocessable' });
    await scene.admin`update identity.membership set disabled_at = now() where user_id = ${analyst.userId}`;
    await expect(newKey({ ownerUserId: analyst.userId })).rejects.toMatchObject({ code: 'unprocessable' });
    await scene.admin`update identity.membership set disabled_at = null where user_id = ${analyst.userId}`;
    const { key } = await newKey({ ownerUserId: analyst.userId });
    expect(key.owner).toEqual({ userId: analyst.userId, name: 'analyst' });
  });

  it('takes scopes of the team’s own services, from people', async () => {
    const { key } = await newKey({ scopes: ['orders:read', 'gate:verify'] });
    expect(key.scopes).toEqual(['orders:read', 'gate:verify']);
    await expect(newKey({ scopes: ['keys:admin'] })).rejects.toThrow(/reserved for Bulwark permissions/);
    const service = keyActor(newId(), ['keys:write', 'orders:read']);
    await expect(newKey({ scopes: ['orders:read'] }, service)).resolves.toBeDefined();
    await expect(newKey({ scopes: ['orders:write'] }, service)).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('lets a key give only what it holds, also by rotating a stronger key', async () => {
    const service = keyActor(newId(), ['keys:write', 'audit:read']);
    const { key } = await newKey({ scopes: ['audit:read'] }, service);
    expect(key.owner).toBeNull();
    await expect(newKey({ scopes: ['gate:verify'] }, service)).rejects.toMatchObject({ code: 'forbidden' });
    const { id } = await newKey({ scopes: ['members:write'] });
    await expect(rotateKey(service, id, {})).rejects.toMatchObject({ code: 'forbidden' });
    await expect(updateKey(service, key.id, { scopes: ['members:write'] })).rejects.toMatchObject({
      code: 'forbidden',
    });
    expect(await states(id)).toEqual(['current']);
  });

  it('lets the command line create a key for nobody in particular', async () => {
    const { key } = await newKey({ scopes: ['gate:verify'] }, cliActor());
    expect(key.owner).toBeNull();
    expect((await audit(key.id))[0]?.actor).toBe('cli');
  });
});

describe('an Idempotency-Key', () => {
  const input = { name: 'ci', scopes: ['scans:write' as const] };

  it('answers a repeat with the same key, without the secret', async () => {
    const token = newId();
    const first = await createKey(operator, input, token);
    const again = await createKey(operator, input, token);
    expect(again).toEqual({ ...first, secret: null, replayed: true });
    const [kept] = await scene.admin`select body from idempotency_record where key = ${token}`;
    expect(JSON.stringify(kept)).not.toContain(first.secret);
    expect(await audit(first.key.id)).toHaveLength(1);
  });

  it('makes one key out of ten requests at once', async () => {
    const token = newId();
    const answers = await Promise.all(Array.from({ length: 10 }, () => createKey(operator, input, token)));
    expect(new Set(answers.map(({ key }) => key.id)).size).toBe(1);
    expect(answers.filter(({ secret }) => secret !== null)).toHaveLength(1);
  });

  it('is a conflict with another input or another act, and separate for another caller', async () => {
    const token = newId();
    const { key } = await createKey(operator, input, token);
    await expect(createKey(operator, { ...input, name: 'other' }, token)).rejects.toMatchObject({
      code: 'conflict',
    });
    await expect(rotateKey(operator, key.id, {}, token)).rejects.toMatchObject({ code: 'conflict' });
    const second = await userActor('operator');
    expect((await createKey(second, input, token)).replayed).toBe(false);
  });

  it('is forgotten after 24 hours, and after a failure', async () => {
    const token = newId();
    await expect(createKey(operator, { ...input, ownerUserId: stranger.userId }, token)).rejects.toThrow();
    const first = await createKey(operator, input, token);
    await scene.admin`update idempotency_record set created_at = now() - interval '24 hours 1 second' where key = ${token}`;
    const second = await createKey(operator, input, token);
    expect(second.replayed).toBe(false);
    expect(second.key.id).not.toBe(first.key.id);
  });

  it('makes a rotation repeatable', async () => {
    const { id } = await newKey();
    const token = newId();
    const first = await rotateKey(operator, id, { grace: '1h' }, token);
    const again = await rotateKey(operator, id, { grace: '1h' }, token);
    expect(again).toEqual({ ...first, secret: null, replayed: true });
    expect(await states(id)).toEqual(['current', 'pending']);
  });
});

describe('updateKey', () => {
  it('changes, raises the version and records what was and what is', async () => {
    const { id } = await newKey({ name: 'old name' });
    const key = await updateKey(operator, id, { name: 'new name', tags: ['a'] }, '"1"');
    expect(key).toMatchObject({ name: 'new name', version: 2 });
    const [event] = await audit(id);
    expect(event?.action).toBe('key.updated');
    expect(event?.details).toEqual({
      before: { name: 'old name', tags: [] },
      after: { name: 'new name', tags: ['a'] },
    });
  });

  it('refuses a change made from an older copy', async () => {
    const { id } = await newKey();
    await updateKey(operator, id, { description: 'first' }, '"1"');
    await expect(updateKey(operator, id, { description: 'second' }, '"1"')).rejects.toMatchObject({
      code: 'precondition_failed',
    });
    expect((await getKey(operator, id)).description).toBe('first');
  });

  it('records nothing where nothing changes', async () => {
    const { id, key } = await newKey({ description: 'same' });
    const same = await updateKey(operator, id, {
      description: 'same',
      expiresAt: key.expiresAt,
      disabled: false,
    });
    expect(same.version).toBe(1);
    expect(await audit(id)).toHaveLength(1);
  });

  it('disables and enables', async () => {
    const { id } = await newKey();
    expect((await updateKey(operator, id, { disabled: true })).status).toBe('disabled');
    expect((await updateKey(operator, id, { disabled: false })).status).toBe('operational');
    expect((await audit(id)).map(({ action }) => action)).toEqual([
      'key.enabled',
      'key.disabled',
      'key.created',
    ]);
  });

  it('refuses a revoked key', async () => {
    const { id } = await newKey();
    await revokeKey(operator, id, { reason: 'UNSPECIFIED' });
    await expect(updateKey(operator, id, { name: 'x' })).rejects.toMatchObject({ code: 'conflict' });
  });
});

describe('rotateKey', () => {
  it('gives a pending secret; a second rotation supersedes it', async () => {
    const { id, secret } = await newKey();
    const first = await rotateKey(operator, id, { reason: 'routine' });
    expect(first.secret).not.toBe(secret);
    const second = await rotateKey(operator, id, {});
    expect(await states(id)).toEqual(['current', 'revoked', 'pending']);
    expect(second.key.status).toBe('pending_pickup');
    expect(second.key.versions[1]).toMatchObject({ revokedReason: 'SUPERSEDED', undoRevokeUntil: null });
    const [, event] = await audit(id);
    expect(event).toMatchObject({ action: 'key.rotated', reason: 'routine', details: { version: 2 } });
  });

  it('leaves one pending secret when many rotate at once', async () => {
    const { id } = await newKey();
    await Promise.all(Array.from({ length: 8 }, () => rotateKey(operator, id, {})));
    const found = await states(id);
    expect(found).toHaveLength(9);
    expect(found.filter((state) => state === 'pending')).toHaveLength(1);
    expect(found.filter((state) => state === 'current')).toHaveLength(1);
  });

  it('starts the clock at once where asked', async () => {
    const { id } = await newKey();
    const { key } = await rotateKey(operator, id, { start: 'now', grace: '1h' });
    expect(await states(id)).toEqual(['grace', 'current']);
    const left = Date.parse(key.versions[1]?.graceUntil ?? '') - Date.now();
    expect(left).toBeGreaterThan(3_500_000);
    expect(left).toBeLessThanOrEqual(3_600_000);
  });

  it('never lets a grace of seven days outlive a key that expires tomorrow', async () => {
    const tomorrow = new Date(Date.now() + DAY_MS).toISOString();
    const { id } = await newKey({ expiresAt: tomorrow });
    const { key } = await rotateKey(operator, id, { start: 'now', grace: '7d' });
    expect(key.expiresAt).toBe(tomorrow);
    expect(key.versions.map(({ endsAt }) => endsAt)).toEqual([tomorrow, tomorrow]);
  });

  it('ends a leaked secret at commit', async () => {
    const { id } = await newKey();
    await rotateKey(operator, id, { start: 'now' });
    const { key } = await rotateKey(operator, id, { compromised: true });
    expect(await states(id)).toEqual(['retired', 'revoked', 'current']);
    expect(key.versions[1]).toMatchObject({ revokedReason: 'KEY_COMPROMISE', undoRevokeUntil: null });
  });

  it('refuses an expired and a revoked key', async () => {
    const { id } = await newKey();
    await scene.admin`update api_key set expires_at = now() where id = ${id}`;
    await expect(rotateKey(operator, id, {})).rejects.toMatchObject({ code: 'conflict' });
    await scene.admin`update api_key set expires_at = null, revoked_at = now() where id = ${id}`;
    await expect(rotateKey(operator, id, {})).rejects.toMatchObject({ code: 'conflict' });
  });
});

describe('a rotation by hand', () => {
  it('can be cancelled', async () => {
    const { id } = await newKey();
    await rotateKey(operator, id, {});
    await cancelRotation(operator, id, { comment: 'not today' });
    expect(await states(id)).toEqual(['current', 'revoked']);
    expect((await audit(id))[0]).toMatchObject({ action: 'key.rotation_cancelled', reason: 'not today' });
    await expect(cancelRotation(operator, id)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('can be started, extended, shortened and ended', async () => {
    const { id } = await newKey();
    await rotateKey(operator, id, { grace: '1h' });
    const started = await startGrace(operator, id);
    expect(started.versions.map(({ state }) => state)).toEqual(['current', 'grace']);
    await expect(startGrace(operator, id)).rejects.toMatchObject({ code: 'conflict' });

    const longer = await changeGrace(operator, id, { grace: '3d' });
    expect(Date.parse(longer.versions[1]?.graceUntil ?? '') - Date.now()).toBeGreaterThan(2.9 * DAY_MS);
    const shorter = await changeGrace(operator, id, { grace: '5m' });
    expect(Date.parse(shorter.versions[1]?.graceUntil ?? '') - Date.now()).toBeLessThan(301_000);

    const ended = await retireOld(operator, id);
    expect(ended.versions[1]).toMatchObject({ state: 'revoked', revokedReason: 'SUPERSEDED' });
    await expect(retireOld(operator, id)).rejects.toMatchObject({ code: 'conflict' });
    await expect(changeGrace(operator, id, { grace: '1h' })).rejects.toMatchObject({ code: 'conflict' });
    const actions = (await audit(id)).map(({ action }) => action);
    expect(actions).toEqual([
      'key.version_revoked',
      'key.grace_changed',
      'key.grace_changed',
      'key.grace_started',
      'key.rotated',
      'key.created',
    ]);
  });

  it('does not revive a grace that is over, though nobody has written that down', async () => {
    const { id } = await newKey();
    await rotateKey(operator, id, { start: 'now' });
    await scene.admin`update api_key_version set grace_until = now() where key_id = ${id} and number = 1`;
    await expect(changeGrace(operator, id, { grace: '1d' })).rejects.toMatchObject({ code: 'conflict' });
    expect((await getKey(operator, id)).versions[1]?.state).toBe('retired');
  });

  it('retires at once with a grace of zero', async () => {
    const { id } = await newKey();
    await rotateKey(operator, id, { start: 'now', grace: '0' });
    expect(await states(id)).toEqual(['retired', 'current']);
    await expect(rotateKey(operator, id, { grace: '31d' })).rejects.toMatchObject({ code: 'bad_request' });
  });
});

describe('revokeKey and undoRevoke', () => {
  it('revokes a whole key and takes it back', async () => {
    const { id } = await newKey();
    const revoked = await revokeKey(operator, id, { reason: 'AFFILIATION_CHANGED', comment: 'left' });
    expect(revoked).toMatchObject({ status: 'revoked', revokedReason: 'AFFILIATION_CHANGED' });
    expect(revoked.versions[0]).toMatchObject({ state: 'revoked', revokedReason: 'AFFILIATION_CHANGED' });
    expect(revoked.undoRevokeUntil).not.toBeNull();
    await expect(revokeKey(operator, id, { reason: 'UNSPECIFIED' })).rejects.toMatchObject({
      code: 'conflict',
    });
    const restored = await undoRevoke(operator, id);
    expect(restored).toMatchObject({ status: 'operational', revokedAt: null });
    await expect(undoRevoke(operator, id)).rejects.toMatchObject({ code: 'conflict' });
    expect((await audit(id)).map(({ action }) => action)).toEqual([
      'key.revoke_undone',
      'key.revoked',
      'key.created',
    ]);
  });

  it('takes back nothing after 60 minutes, and a compromise never', async () => {
    const { id } = await newKey();
    await revokeKey(operator, id, { reason: 'UNSPECIFIED' });
    await scene.admin`update api_key set revoked_at = now() - interval '60 minutes' where id = ${id}`;
    expect((await getKey(operator, id)).undoRevokeUntil).toBeNull();
    await expect(undoRevoke(operator, id)).rejects.toThrow(/60 minutes/);
    await scene.admin`update api_key set revoked_at = now() - interval '59 minutes' where id = ${id}`;
    await revokeKey(operator, id, { reason: 'KEY_COMPROMISE' });
    await expect(undoRevoke(operator, id)).rejects.toThrow(/revoked as exposed/);
    const [row] = await scene.admin`select revoked_at is not null as revoked from api_key where id = ${id}`;
    expect(row?.revoked).toBe(true);
  });

  it('revokes one version and takes it back, unless its place is taken', async () => {
    const { id } = await newKey();
    await revokeKey(operator, id, { reason: 'UNSPECIFIED', version: 1 });
    expect((await getKey(operator, id)).status).toBe('revoked');
    expect((await undoRevoke(operator, id, { version: 1 })).status).toBe('operational');
    await revokeKey(operator, id, { reason: 'UNSPECIFIED', version: 1 });
    await rotateKey(operator, id, {});
    expect(await states(id)).toEqual(['revoked', 'current']);
    await expect(undoRevoke(operator, id, { version: 1 })).rejects.toThrow(/replaced by another version/);
    await expect(undoRevoke(operator, id, { version: 7 })).rejects.toMatchObject({ code: 'not_found' });
    await expect(revokeKey(operator, id, { reason: 'UNSPECIFIED', version: 7 })).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('raises the revision that the gate decides with, for a key and for a version', async () => {
    const revision = async () => {
      const [row] =
        await scene.admin`select revision::int as n from gate_revision where tenant_id = ${operator.tenantId}`;
      return row?.n;
    };
    const { id } = await newKey();
    const before = await revision();
    await revokeKey(operator, id, { reason: 'UNSPECIFIED', version: 1 });
    const after = await revision();
    expect(after).toBeGreaterThan(before);
    await revokeKey(operator, id, { reason: 'UNSPECIFIED' });
    expect(await revision()).toBeGreaterThan(after);
  });
});
