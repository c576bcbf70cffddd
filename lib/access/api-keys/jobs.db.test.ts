import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newTenant, openScene, type Scene, testJobActor, userActor } from '@/db/test/scene';
import { createKey } from '@/lib/access/api-keys/change/create-key';
import { revokeKey } from '@/lib/access/api-keys/change/revoke-key';
import { getKey } from '@/lib/access/api-keys/read/queries';
import { rollupKeyUsage } from '@/lib/access/api-keys/read/rollup-usage';
import { promoteVersion } from '@/lib/access/api-keys/rotation/promote-version';
import { retireDueVersions } from '@/lib/access/api-keys/rotation/retire-due-versions';
import { rotateKey } from '@/lib/access/api-keys/rotation/rotate-key';
import type { UserActor } from '@/lib/platform/auth/contract';
import { forgetOldAnswers } from '@/lib/platform/core/http/idempotency';
import { newId } from '@/lib/platform/core/ids';
import { onKeyFirstUse } from './jobs';

let scene: Scene;
let operator: UserActor;
beforeAll(async () => {
  scene = await openScene();
  operator = await userActor('operator', await newTenant('jobs'));
});
afterAll(() => scene.close());

const job = () => testJobActor(operator.tenantId);

async function rotatedKey(input: object = {}) {
  const { key } = await createKey(operator, { name: 'service', scopes: ['findings:read'] });
  const rotated = await rotateKey(operator, key.id, input);
  const [next, old] = rotated.key.versions;
  if (!next || !old) throw new Error('two versions were expected');
  return { id: key.id, next, old };
}

interface Use {
  versionId: string;
  at?: string;
  outcome?: string;
  category?: string;
  ip?: string;
  targetVersionId?: string;
}

/** What the gate writes; `at` and `recordedAt` are SQL, relative to the statement. */
async function use({
  versionId,
  at = 'now()',
  outcome = 'success',
  category = 'decision',
  ip = '203.0.113.9',
  targetVersionId,
}: Use) {
  await scene.admin`
    insert into audit_event (tenant_id, at, id, recorded_at, category, action, outcome, actor_type, key_id, key_version_id, ip, request_id,
      target_type, target_id)
    values (${operator.tenantId}, ${scene.admin.unsafe(at)}, ${newId()}, ${scene.admin.unsafe(at)}, ${category},
      ${category === 'decision' ? 'gate.verify' : 'api.request'}, ${outcome}, 'key',
      (select key_id from api_key_version where id = ${versionId}), ${versionId}, ${ip}, ${newId()},
      ${targetVersionId ? 'key_version' : null}, ${targetVersionId ?? null})`;
}

async function rows(keyId: string) {
  return scene.admin`select number, state, activated_at, grace_until, ended_at from api_key_version
    where key_id = ${keyId} order by number`;
}

describe('promoteVersion', () => {
  it('does nothing before the first accepted use', async () => {
    const { id, next } = await rotatedKey();
    await use({ versionId: next.id, outcome: 'denied' });
    expect(await promoteVersion(job(), next.id)).toBe(false);
    expect(await promoteVersion(job(), newId())).toBe(false);
    expect((await rows(id)).map(({ state }) => state)).toEqual(['current', 'pending']);
  });

  it('takes the time of the first use from the log, for both clocks', async () => {
    const { id, next } = await rotatedKey({ grace: '1h' });
    await scene.admin`update api_key_version set created_at = now() - interval '1 hour' where id = ${next.id}`;
    await use({ versionId: next.id, at: "date_trunc('milliseconds', now()) - interval '90 seconds'" });
    await use({ versionId: next.id });
    expect(await promoteVersion(job(), next.id)).toBe(true);
    const [old, current] = await rows(id);
    expect([old?.state, current?.state]).toEqual(['grace', 'current']);
    const [first] =
      await scene.admin`select min(at) as at from audit_event where key_version_id = ${next.id}`;
    expect(current?.activated_at).toEqual(first?.at);
    expect(old?.grace_until.getTime()).toBe(first?.at.getTime() + 3_600_000);
    const [event] = await scene.admin`select actor_type, actor_label, details from audit_event
      where target_id = ${id} and action = 'key.promoted'`;
    expect(event).toMatchObject({
      actor_type: 'job',
      actor_label: 'worker: test',
    });
    expect(event?.details).toMatchObject({ version: 2, replaces: 1, firstUsedAt: first?.at.toISOString() });
  });

  it('promotes once, whoever asks at the same moment', async () => {
    const { id, next } = await rotatedKey();
    await Promise.all(Array.from({ length: 100 }, () => use({ versionId: next.id })));
    const results = await Promise.all(Array.from({ length: 100 }, () => promoteVersion(job(), next.id)));
    expect(results.filter(Boolean)).toHaveLength(1);
    const [events] =
      await scene.admin`select count(*)::int as n from audit_event where target_id = ${id} and action = 'key.promoted'`;
    expect(events?.n).toBe(1);
    expect((await rows(id)).map(({ state }) => state)).toEqual(['grace', 'current']);
  });

  it('retires a grace that is still open', async () => {
    const { id, next } = await rotatedKey({ start: 'now' });
    const { key } = await rotateKey(operator, id, {});
    await use({ versionId: key.versions[0]?.id ?? '' });
    await promoteVersion(job(), key.versions[0]?.id ?? '');
    expect((await rows(id)).map(({ state }) => state)).toEqual(['retired', 'grace', 'current']);
    expect(next.state).toBe('current');
  });

  it('finds a use that was counted already, and one of the service that asked', async () => {
    const counted = await rotatedKey();
    await scene.admin`update api_key_version set created_at = now() - interval '3 hours' where id = ${counted.next.id}`;
    await use({ versionId: counted.next.id, at: "now() - interval '2 hours'" });
    await scene.admin`insert into key_usage (tenant_id, key_id, version_id, hour, allowed) values
      (${operator.tenantId}, ${counted.id}, ${counted.next.id}, date_trunc('hour', now() - interval '2 hours'), 1)`;
    expect(await promoteVersion(job(), counted.next.id)).toBe(true);

    const caller = await rotatedKey();
    await use({ versionId: counted.next.id, outcome: 'denied', targetVersionId: caller.next.id });
    expect(await promoteVersion(job(), caller.next.id)).toBe(true);
  });

  it('leaves a revoked key alone', async () => {
    const { id, next } = await rotatedKey();
    await use({ versionId: next.id });
    await revokeKey(operator, id, { reason: 'UNSPECIFIED' });
    expect(await promoteVersion(job(), next.id)).toBe(false);
  });

  it('hears the notice of the gate and ignores nonsense', async () => {
    const { id, next } = await rotatedKey();
    await use({ versionId: next.id });
    for (const payload of ['', 'x:y', `${newId()}:${next.id}`, `${operator.tenantId}:`])
      await onKeyFirstUse(payload);
    expect((await rows(id))[1]?.state).toBe('pending');
    await onKeyFirstUse(`${operator.tenantId}:${next.id}`);
    expect((await rows(id))[1]?.state).toBe('current');
  });
});

describe('retireDueVersions', () => {
  it('retires what is over, at its deadline, and nothing else', async () => {
    const open = await rotatedKey({ start: 'now' });
    const over = await rotatedKey({ start: 'now' });
    const expired = await rotatedKey({ start: 'now' });
    await scene.admin`update api_key_version set grace_until = now() - interval '5 minutes' where id = ${over.old.id}`;
    await scene.admin`update api_key set expires_at = now() - interval '1 minute' where id = ${expired.id}`;
    expect(await retireDueVersions(job())).toBe(2);
    expect(await retireDueVersions(job())).toBe(0);
    expect((await rows(open.id)).map(({ state }) => state)).toEqual(['grace', 'current']);
    const [old] = await rows(over.id);
    expect(old).toMatchObject({ state: 'retired' });
    expect(Math.abs(old?.ended_at - old?.grace_until)).toBeLessThan(2);
    expect((await rows(expired.id))[0]?.state).toBe('retired');
    const [event] =
      await scene.admin`select details from audit_event where target_id = ${over.id} and action = 'key.retired'`;
    expect(event?.details).toMatchObject({ version: 1 });
  });
});

describe('rollupKeyUsage', () => {
  const settled = "now() - interval '3 seconds'";
  const counts = async (keyId: string) => {
    const { versions } = await getKey(operator, keyId);
    return versions.map(({ allowed24h, refused24h }) => [allowed24h, refused24h]);
  };

  it('counts every use once, by version and outcome, with time and address of the last', async () => {
    const { id, next, old } = await rotatedKey({ start: 'now' });
    await use({ versionId: old.id, at: settled, ip: '203.0.113.1' });
    await use({ versionId: next.id, at: "now() - interval '4 seconds'", ip: '203.0.113.3' });
    await use({ versionId: next.id, at: settled, ip: '2001:db8::7', category: 'access' });
    await use({ versionId: next.id, at: "now() - interval '2900 milliseconds'", outcome: 'denied' });
    await use({ versionId: next.id, at: settled, category: 'change' });
    await rollupKeyUsage(job());
    expect(await counts(id)).toEqual([
      [2, 1],
      [1, 0],
    ]);
    const key = await getKey(operator, id);
    expect(key.lastUsedIp).toBe('2001:db8::7');
    await rollupKeyUsage(job());
    expect(await counts(id)).toEqual([
      [2, 1],
      [1, 0],
    ]);
  });

  it('leaves what has not settled for the next run', async () => {
    const { id, next } = await rotatedKey({ start: 'now' });
    await use({ versionId: next.id });
    await rollupKeyUsage(job());
    expect((await counts(id))[0]).toEqual([0, 0]);
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    await rollupKeyUsage(job());
    expect((await counts(id))[0]).toEqual([1, 0]);
  });

  it('counts the key of the service that asked', async () => {
    await scene.admin`update rollup_watermark set until = now() - interval '10 seconds'`;
    const subject = await rotatedKey({ start: 'now' });
    const caller = await rotatedKey({ start: 'now' });
    await use({
      versionId: subject.next.id,
      at: settled,
      outcome: 'denied',
      targetVersionId: caller.next.id,
    });
    await rollupKeyUsage(job());
    expect((await counts(subject.id))[0]).toEqual([0, 1]);
    expect((await counts(caller.id))[0]).toEqual([1, 0]);
  });

  it('does not double what two workers count at once, nor lose what a long pause left', async () => {
    const { id, next } = await rotatedKey({ start: 'now' });
    await scene.admin`update rollup_watermark set until = now() - interval '2 hours' where tenant_id = ${operator.tenantId}`;
    await scene.admin`delete from key_usage where tenant_id = ${operator.tenantId}`;
    await scene.admin`
      insert into audit_event (tenant_id, at, id, recorded_at, category, action, outcome, actor_type, key_version_id, request_id)
      select ${operator.tenantId}, t, gen_random_uuid(), t, 'decision', 'gate.verify', 'success', 'key', ${next.id}, 'r'
      from generate_series(now() - interval '100 minutes', now() - interval '3 seconds', interval '1 second') t`;
    const [expected] =
      await scene.admin`select count(*)::int as n from audit_event where key_version_id = ${next.id}`;
    await Promise.all(Array.from({ length: 6 }, () => rollupKeyUsage(job())));
    await rollupKeyUsage(job());
    const [counted] =
      await scene.admin`select sum(allowed)::int as n from key_usage where version_id = ${next.id}`;
    expect(expected?.n).toBeGreaterThan(5_900);
    expect(counted?.n).toBe(expected?.n);
    expect((await counts(id))[0]?.[0]).toBe(expected?.n);
  });
});

describe('forgetOldAnswers', () => {
  it('deletes what is older than a day, in its own tenant', async () => {
    const [old, fresh] = [newId(), newId()];
    const input = { name: 'x', scopes: ['findings:read' as const] };
    await createKey(operator, input, old);
    await createKey(operator, input, fresh);
    await scene.admin`update idempotency_record set created_at = now() - interval '25 hours' where key = ${old}`;
    await forgetOldAnswers(testJobActor());
    expect(await scene.admin`select 1 from idempotency_record where key = ${old}`).toHaveLength(1);
    await forgetOldAnswers(job());
    const left = await scene.admin`select key from idempotency_record where key in (${old}, ${fresh})`;
    expect(left.map(({ key }) => key)).toEqual([fresh]);
  });
});
