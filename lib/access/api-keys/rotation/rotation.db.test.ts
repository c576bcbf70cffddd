import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compactDecrypt } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  cliActor,
  keyActor,
  newTenant,
  openScene,
  type Scene,
  testJobActor,
  userActor,
} from '@/db/test/scene';
import { createKey } from '@/lib/access/api-keys/change/create-key';
import { getKey } from '@/lib/access/api-keys/read/queries';
import { STANDARD_RULES } from '@/lib/access/api-keys/rotation-contract';
import type { Actor } from '@/lib/platform/auth/contract';
import type { JobContext } from '@/lib/platform/jobs/enqueue';
import { DEFAULT_TENANT_ID } from '@/lib/platform/tenancy/contract';
import { announceExpiries, announceRetiredUses } from './announce';
import { deliverRotation } from './deliver-rotation';
import { fetchOwnRotation, getOwnRotation } from './fetch-rotation';
import { planRotations } from './plan-rotations';
import { promoteVersion } from './promote-version';
import { getKeyRotation, getRotationPolicy } from './rotation-queries';
import { setKeyRotation } from './set-key-rotation';
import { setRotationPolicy } from './set-rotation-policy';
import { settleRotations } from './settle-rotations';
import { startRotation } from './start-rotation';

const ALWAYS_OPEN = { windowDays: [1, 2, 3, 4, 5, 6, 7], windowFrom: '00:00', windowTo: '24:00' };
const RULES = { ...STANDARD_RULES, ...ALWAYS_OPEN };

const folder = mkdtempSync(join(tmpdir(), 'bulwark-secrets-'));
let scene: Scene;
beforeAll(async () => {
  process.env.ROTATION_SECRETS_DIR = folder;
  scene = await openScene();
});
afterAll(async () => {
  await scene.close();
  rmSync(folder, { recursive: true });
});
beforeEach(async () => {
  await scene.admin`truncate key_rotation, key_rotation_setting, rotation_policy, key_usage, api_key_version, api_key, notification cascade`;
  await scene.admin`truncate audit_event`;
  await scene.admin`delete from pgboss.job`;
});

const worker = testJobActor();
const operator = cliActor();

async function makeKey(
  scopes: ('keys:self-rotate' | 'keys:read')[] = ['keys:self-rotate'],
  actor: Actor = operator,
) {
  const { key, secret } = await createKey(actor, { name: 'billing', scopes, expiresAt: null });
  return { id: key.id, secret: secret ?? '' };
}
const service = async (keyId: string, state = 'current') => {
  const [row] =
    await scene.admin`select id, tenant_id from api_key_version where key_id = ${keyId} and state = ${state}`;
  return { ...keyActor(keyId, ['keys:self-rotate'], row?.tenant_id), versionId: row?.id ?? '' };
};
/** Makes the key's current secret as old as if it had been made that many days ago. */
const age = (keyId: string, days: number) =>
  scene.admin`update api_key_version set activated_at = now() - make_interval(days => ${days}) where key_id = ${keyId}`;
/** The record of a use of a version, as the gate writes it. */
const use = (versionId: string, keyId: string, code = 'VALID') => scene.admin`
  insert into audit_event (tenant_id, at, id, category, action, outcome, code, actor_type, actor_id, key_id, key_version_id, ip, user_agent, request_id)
  values (${DEFAULT_TENANT_ID}, clock_timestamp(), gen_random_uuid(), 'decision', 'gate.verify', ${code === 'VALID' ? 'success' : 'denied'},
    ${code}, 'key', ${keyId}, ${keyId}, ${versionId}, '203.0.113.9', 'curl/8', 'r')`;
const notices = async () =>
  (await scene.admin<{ type: string }[]>`select type from notification order by id`).map((row) => row.type);
const actions = async () =>
  (
    await scene.admin<
      { action: string }[]
    >`select action from audit_event where category = 'change' order by at`
  ).map((row) => row.action);
const stateOf = async (keyId: string) =>
  (
    await scene.admin<
      { state: string }[]
    >`select state from key_rotation where key_id = ${keyId} order by opened_at`
  ).map((row) => row.state);
const context: JobContext = {
  jobId: 'j',
  attempt: 1,
  signal: new AbortController().signal,
  finish: async () => undefined,
};

describe('the policy', () => {
  it('is standard until changed, and is changed with its record', async () => {
    expect(await getRotationPolicy(operator)).toMatchObject({
      rules: STANDARD_RULES,
      version: 0,
      timeZone: 'UTC',
    });
    const changed = await setRotationPolicy(operator, { ...RULES, periodDays: 30 }, '"0"');
    expect(changed).toMatchObject({ rules: { periodDays: 30 }, version: 1 });
    await expect(setRotationPolicy(operator, RULES, '"0"')).rejects.toMatchObject({
      code: 'precondition_failed',
    });
    expect(await actions()).toEqual(['policy.rotation_changed']);
    const elsewhere = await newTenant('policy-elsewhere');
    expect(await getRotationPolicy(cliActor(elsewhere))).toMatchObject({ version: 0 });
  });

  it('is changed by who may, and only to what makes sense', async () => {
    await expect(setRotationPolicy(await userActor('auditor'), RULES)).rejects.toMatchObject({
      code: 'forbidden',
    });
    await expect(
      setRotationPolicy(operator, { ...RULES, windowFrom: '18:00', windowTo: '09:00' }),
    ).rejects.toThrow(/end after/);
  });
});

describe('the planner', () => {
  it('begins a due rotation once, with notice and record, and makes no secret', async () => {
    await setRotationPolicy(operator, RULES);
    const key = await makeKey();
    await age(key.id, 89);
    await planRotations(worker);
    expect(await stateOf(key.id)).toEqual([]);
    await age(key.id, 91);
    await Promise.all([planRotations(worker), planRotations(testJobActor())]);
    await planRotations(worker);
    expect(await stateOf(key.id)).toEqual(['open']);
    expect(await notices()).toEqual(['key.rotation_due']);
    expect((await getKey(operator, key.id)).versions).toHaveLength(1);
    expect((await actions()).filter((action) => action === 'key.rotation_started')).toHaveLength(1);
  });

  it('keeps to the window in the zone of the tenant, and never takes two keys of one owner on a day', async () => {
    const person = await userActor('operator');
    const [first, second] = [await makeKey(['keys:read'], person), await makeKey(['keys:read'], person)];
    await age(first.id, 100);
    await age(second.id, 200);
    const today = ((new Date().getUTCDay() + 6) % 7) + 1;
    await setRotationPolicy(operator, {
      ...RULES,
      windowDays: [(today % 7) + 1, ((today + 1) % 7) + 1].filter((day) => day !== today).slice(-1),
    });
    await planRotations(worker);
    expect([...(await stateOf(first.id)), ...(await stateOf(second.id))]).toEqual([]);
    await setRotationPolicy(operator, RULES);
    await planRotations(worker);
    await planRotations(worker);
    expect(await stateOf(second.id)).toEqual(['open']);
    expect(await stateOf(first.id)).toEqual([]);
    await scene.admin`update key_rotation set opened_at = opened_at - interval '1 day'`;
    await planRotations(worker);
    expect(await stateOf(first.id)).toEqual(['open']);
  });

  it('leaves alone what is off, disabled, revoked, or ends anyway', async () => {
    await setRotationPolicy(operator, RULES);
    const off = await makeKey();
    await setKeyRotation(operator, off.id, { isOff: true });
    const disabled = await makeKey();
    await scene.admin`update api_key set disabled_at = now() where id = ${disabled.id}`;
    const ending = await makeKey();
    await scene.admin`update api_key set expires_at = now() - interval '1 minute' where id = ${ending.id}`;
    for (const { id } of [off, disabled, ending]) await age(id, 400);
    await planRotations(worker);
    expect(await scene.admin`select 1 from key_rotation`).toHaveLength(0);
  });
});

describe('fetching by the service', () => {
  it('makes the secret at that moment; a lost answer is fetched again and supersedes the unused one', async () => {
    const key = await makeKey();
    expect(await getOwnRotation(await service(key.id))).toMatchObject({ shouldFetch: false, rotation: null });
    await expect(fetchOwnRotation(await service(key.id))).rejects.toMatchObject({ code: 'conflict' });
    await startRotation(operator, key.id);
    expect(await getOwnRotation(await service(key.id))).toMatchObject({
      shouldFetch: true,
      state: 'current',
    });
    const lost = await fetchOwnRotation(await service(key.id));
    const kept = await fetchOwnRotation(await service(key.id));
    expect(kept.secret).not.toBe(lost.secret);
    expect(kept.version).toBe(3);
    const states = (await getKey(operator, key.id)).versions.map(({ number, state }) => [number, state]);
    expect(states).toEqual([
      [3, 'pending'],
      [2, 'revoked'],
      [1, 'current'],
    ]);
    const stored =
      JSON.stringify(await scene.admin`select * from key_rotation`) +
      JSON.stringify(await scene.admin`select * from audit_event`);
    expect(stored).not.toContain(kept.secret.slice(20));
  });

  it('is for the current secret with the scope only', async () => {
    const key = await makeKey();
    await startRotation(operator, key.id);
    await fetchOwnRotation(await service(key.id));
    await expect(fetchOwnRotation(await service(key.id, 'pending'))).rejects.toThrow(/current secret/);
    await expect(
      fetchOwnRotation({ ...(await service(key.id)), scopes: ['keys:write'] }),
    ).rejects.toMatchObject({ code: 'forbidden' });
    await expect(fetchOwnRotation(operator)).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('does not supersede a secret that the record shows in use', async () => {
    const key = await makeKey();
    await startRotation(operator, key.id);
    await fetchOwnRotation(await service(key.id));
    const old = await service(key.id);
    await use((await service(key.id, 'pending')).versionId, key.id);
    await expect(fetchOwnRotation(old)).rejects.toThrow(/in use/);
    expect((await getKey(operator, key.id)).versions.map(({ state }) => state)).toEqual(['current', 'grace']);
  });

  it('is no use of the new secret, but any other request is', async () => {
    const key = await makeKey();
    await startRotation(operator, key.id);
    await fetchOwnRotation(await service(key.id));
    const pending = await service(key.id, 'pending');
    await scene.admin`insert into audit_event (tenant_id, at, id, category, action, outcome, actor_type, actor_id, key_id, key_version_id, path, request_id)
      values (${DEFAULT_TENANT_ID}, clock_timestamp(), gen_random_uuid(), 'access', 'api.request', 'success', 'key', ${key.id}, ${key.id}, ${pending.versionId}, '/api/v1/keys/self/rotation', 'r')`;
    expect(await promoteVersion(worker, pending.versionId)).toBe(false);
    await use(pending.versionId, key.id);
    expect(await promoteVersion(worker, pending.versionId)).toBe(true);
    const promoted = await service(key.id);
    expect(await getOwnRotation(promoted)).toMatchObject({ shouldFetch: false, rotation: null });
    await expect(fetchOwnRotation(promoted)).rejects.toMatchObject({ code: 'conflict' });
    await settleRotations(worker);
    await settleRotations(worker);
    expect(await stateOf(key.id)).toEqual(['done']);
    expect(await notices()).toEqual(['key.rotation_due', 'key.rotated']);
  });
});

describe('a secret that nobody picks up', () => {
  const passDeadline = async () => {
    await scene.admin`update api_key_version set created_at = created_at - interval '9 days',
      activated_at = activated_at - interval '9 days' where number = 1`;
    await scene.admin`update key_rotation set opened_at = opened_at - interval '8 days',
      deadline_at = deadline_at - interval '8 days'`;
  };

  it('is escalated once, and the old one lives on', async () => {
    const key = await makeKey();
    await startRotation(operator, key.id);
    await settleRotations(worker);
    expect(await notices()).toEqual(['key.rotation_due']);
    await passDeadline();
    await Promise.all([settleRotations(worker), settleRotations(testJobActor())]);
    expect(await notices()).toEqual(['key.rotation_due', 'key.pending_unused']);
    expect((await getKey(operator, key.id)).versions[0]?.state).toBe('current');
    expect(await stateOf(key.id)).toEqual(['open']);
  });

  it('ends the old one where the policy is strict, unless the record shows a use', async () => {
    await setRotationPolicy(operator, { ...RULES, onUnused: 'strict' });
    const [late, used] = [await makeKey(), await makeKey()];
    for (const { id } of [late, used]) await startRotation(operator, id);
    await fetchOwnRotation(await service(used.id));
    await use((await service(used.id, 'pending')).versionId, used.id);
    await passDeadline();
    await settleRotations(worker);
    await settleRotations(worker);
    expect(await stateOf(late.id)).toEqual(['expired']);
    expect((await getKey(operator, late.id)).versions[0]?.state).toBe('retired');
    expect(await stateOf(used.id)).toEqual(['done']);
    expect((await getKey(operator, used.id)).versions[0]?.state).toBe('current');
    expect(await actions()).toContain('key.rotation_expired');
  });

  it('is given up when the key ends', async () => {
    const key = await makeKey();
    await startRotation(operator, key.id);
    await scene.admin`update api_key set revoked_at = now(), revoked_reason = 'UNSPECIFIED' where id = ${key.id}`;
    await settleRotations(worker);
    expect(await stateOf(key.id)).toEqual(['cancelled']);
  });
});

describe('delivery', () => {
  it('encrypts to the public key of the owner, who alone can read it', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('x25519');
    const key = await makeKey(['keys:read']);
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const set = await setKeyRotation(operator, key.id, { publicKey: pem, override: { delivery: 'jwe' } });
    expect(set).toMatchObject({ delivery: 'jwe', publicKey: { kind: 'X25519' } });
    const rotation = await startRotation(operator, key.id);
    expect(await scene.admin`select 1 from pgboss.job where name = 'keys.deliver-rotation'`).toHaveLength(1);
    await deliverRotation(worker, rotation?.id ?? '', context);
    const { open } = await getKeyRotation(operator, key.id);
    const { plaintext } = await compactDecrypt(open?.ciphertext ?? '', privateKey);
    expect(new TextDecoder().decode(plaintext)).toMatch(/^blw_live_/);
    expect(open?.state).toBe('delivered');
  });

  it('refuses private and weak keys', async () => {
    const key = await makeKey();
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const secretPem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    await expect(setKeyRotation(operator, key.id, { publicKey: secretPem })).rejects.toThrow(/private key/);
    const secretJwk = JSON.stringify(privateKey.export({ format: 'jwk' }));
    await expect(setKeyRotation(operator, key.id, { publicKey: secretJwk })).rejects.toThrow(
      /contains a private key/,
    );
    const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({
      type: 'spki',
      format: 'pem',
    });
    await expect(setKeyRotation(operator, key.id, { publicKey: weak.toString() })).rejects.toThrow(
      /too short/,
    );
    const signing = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' });
    await expect(setKeyRotation(operator, key.id, { publicKey: signing.toString() })).rejects.toThrow(
      /cannot encrypt/,
    );
    await expect(setKeyRotation(operator, key.id, { publicKey: 'hello' })).rejects.toThrow(
      /not a public key/,
    );
  });

  it('writes a file, and knows its own file again after a crash', async () => {
    const key = await makeKey(['keys:read']);
    await setKeyRotation(operator, key.id, { fileName: 'billing.key', override: { delivery: 'file' } });
    const rotation = await startRotation(operator, key.id);
    const crash = new Error('killed before the end was noted');
    let finishes = 0;
    const crashing = {
      ...context,
      finish: () => (finishes++ === 0 ? Promise.reject(crash) : Promise.resolve()),
    };
    await expect(deliverRotation(worker, rotation?.id ?? '', crashing)).rejects.toBe(crash);
    const path = join(folder, 'default', 'billing.key');
    const written = readFileSync(path, 'utf8');
    await deliverRotation(worker, rotation?.id ?? '', crashing);
    expect(readFileSync(path, 'utf8')).toBe(written);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect((await getKey(operator, key.id)).versions).toHaveLength(2);
    expect(await stateOf(key.id)).toEqual(['delivered']);
  });

  it('falls back to a person where the key is not prepared for the way', async () => {
    const key = await makeKey(['keys:read']);
    await startRotation(operator, key.id);
    expect((await getKeyRotation(operator, key.id)).open?.delivery).toBe('console');
  });
});

describe('notices', () => {
  it('of the end of a key are sent at 30, 14, 7 and 1 day and at the end, each once', async () => {
    const told: (number | string)[] = [];
    for (const daysLeft of [31, 29, 10, 6, 0.5, -0.1]) {
      const { id } = await makeKey();
      await scene.admin`update api_key set created_at = now() - interval '1 year',
        expires_at = now() + make_interval(secs => ${daysLeft * 86_400}) where id = ${id}`;
      await announceExpiries(worker);
      await announceExpiries(worker);
      const rows = await scene.admin`select type, data from notification where subject_id = ${id}`;
      told.push(...rows.map((row) => row.data.daysLeft ?? row.type));
    }
    expect(told).toEqual([30, 14, 7, 1, 'key.expired']);
  });

  it('of a retired secret name the address, once a day, and count the attempts', async () => {
    const key = await makeKey();
    const version = (await service(key.id)).versionId;
    await announceRetiredUses(worker);
    for (let i = 0; i < 3; i++) await use(version, key.id, 'ROTATED_OUT');
    await scene.admin`update audit_event set recorded_at = now() - interval '3 seconds' where code = 'ROTATED_OUT'`;
    await scene.admin`update rollup_watermark set until = now() - interval '1 minute' where name = 'retired_use'`;
    await announceRetiredUses(worker);
    await use(version, key.id, 'ROTATED_OUT');
    await scene.admin`update rollup_watermark set until = now() - interval '1 minute' where name = 'retired_use'`;
    await announceRetiredUses(worker);
    const rows = await scene.admin`select type, data from notification`;
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({
      type: 'key.retired_used',
      data: { ip: '203.0.113.9', userAgent: 'curl/8', attempts: 3 },
    });
    const { timeline } = await getKeyRotation(operator, key.id);
    expect(timeline[0]).toMatchObject({
      retiredUses: 4,
      lastRetiredUse: { ip: '203.0.113.9', userAgent: 'curl/8' },
    });
  });
});
