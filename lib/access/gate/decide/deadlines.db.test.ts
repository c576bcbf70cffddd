import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GateScene, openGateScene } from '@/lib/access/gate/test/gate-scene';
import { testLimiter } from '@/lib/access/gate/test/policies';

let scene: GateScene;
beforeAll(async () => {
  scene = await openGateScene();
});
afterAll(() => scene.stop());

/** Asks until the deadline is well past. @returns each answer with when its row was written, in database time */
async function askAround(secret: string, untilMs: number): Promise<{ code: string; requestId: string }[]> {
  const answers: { code: string; requestId: string }[] = [];
  for (const end = Date.now() + untilMs; Date.now() < end; ) {
    const { body } = await scene.ask({ key: secret });
    answers.push({ code: body.code, requestId: body.requestId });
  }
  return answers;
}

/** What the gate said of a key against what the database's clock says, row by row. */
async function answersOf(keyId: string, deadline: 'expires_at' | 'grace_until') {
  const [counts] = await scene.world.sql`
    select count(*) filter (where code = 'VALID' and recorded_at >= deadline)::int as "validAfter",
      count(*) filter (where code = 'VALID' and recorded_at < deadline)::int as "validBefore",
      count(*) filter (where code <> 'VALID' and recorded_at < deadline - interval '1 ms')::int as "refusedBefore",
      count(*) filter (where code <> 'VALID' and recorded_at >= deadline)::int as "refusedAfter"
    from audit_event a, lateral (
      select ${deadline === 'expires_at' ? scene.world.sql`k.expires_at` : scene.world.sql`v.grace_until`} as deadline
      from api_key k join api_key_version v on v.key_id = k.id where k.id = a.key_id and v.id = a.key_version_id) d
    where a.key_id = ${keyId}`;
  return counts;
}

describe('deadlines', () => {
  it('refuses from a warm cache at the exact instant of expiry, by the database’s clock', async () => {
    const key = await scene.world.createKey({ tenantId: scene.tenantId, expiresInMs: 500 });
    const answers = await askAround(key.secret, 900);
    expect(answers[0]?.code).toBe('VALID');
    expect(answers.at(-1)?.code).toBe('EXPIRED');
    expect(await answersOf(key.keyId, 'expires_at')).toMatchObject({ validAfter: 0, refusedBefore: 0 });
  });

  it('ends grace at the exact instant, and answers ROTATED_OUT from then on', async () => {
    const key = await scene.world.createKey({ tenantId: scene.tenantId });
    const version = key.versions[0];
    if (version) await scene.world.setGraceUntil(version, 500);
    const answers = await askAround(key.secret, 900);
    expect(answers[0]?.code).toBe('VALID');
    expect(answers.at(-1)?.code).toBe('ROTATED_OUT');
    const counts = await answersOf(key.keyId, 'grace_until');
    expect(counts).toMatchObject({ validAfter: 0, refusedBefore: 0 });
    expect(counts?.validBefore).toBeGreaterThan(0);
    expect(counts?.refusedAfter).toBeGreaterThan(0);
  });

  it('refuses where the deadline passes between the decision and its record', async () => {
    const limiter = testLimiter();
    const slow = await openGateScene({
      limiter: Object.assign(Object.create(limiter), {
        check: (requests: Parameters<typeof limiter.check>[0]) =>
          sleep(400).then(() => limiter.check(requests)),
      }),
    });
    try {
      const key = await slow.world.createKey({ tenantId: slow.tenantId, expiresInMs: 300 });
      const { body } = await slow.ask({ key: key.secret });
      expect(body.code).toBe('EXPIRED');
      expect(await slow.rowOf(body.requestId)).toMatchObject({ code: 'EXPIRED' });
    } finally {
      await slow.stop();
    }
  });

  it('never lets grace outlive the key', async () => {
    const key = await scene.world.createKey({ tenantId: scene.tenantId, expiresInMs: 200 });
    const version = key.versions[0];
    if (version) await scene.world.setGraceUntil(version, 60_000);
    expect((await scene.ask({ key: key.secret })).body.code).toBe('VALID');
    await sleep(220);
    expect((await scene.ask({ key: key.secret })).body.code).toBe('EXPIRED');
  });

  it('notices an expiry that was moved', async () => {
    const key = await scene.world.createKey({ tenantId: scene.tenantId, expiresInMs: -1000 });
    expect((await scene.ask({ key: key.secret })).body.code).toBe('EXPIRED');
    await scene.world
      .sql`update api_key set expires_at = clock_timestamp() + interval '1 h' where id = ${key.keyId}`;
    expect((await scene.ask({ key: key.secret })).body.code).toBe('VALID');
  });
});

describe('the first use of a pending version', () => {
  it('is announced after its record is committed, and again only until the promotion is seen', async () => {
    const key = await scene.world.createKey({ tenantId: scene.tenantId });
    const pending = await scene.world.addVersion(key, 'pending');
    const heard: { payload: string; rows: number }[] = [];
    const listener = await scene.world.sql.listen('key_first_use', async (payload) => {
      const [row] = await scene.world
        .sql`select count(*)::int as rows from audit_event where key_version_id = ${pending.id} and code = 'VALID'`;
      heard.push({ payload, rows: row?.rows });
    });
    await Promise.all(Array.from({ length: 100 }, () => scene.ask({ key: pending.secret })));
    await sleep(200);
    expect(heard).toHaveLength(1);
    expect(heard[0]?.payload).toBe(`${scene.tenantId}:${pending.id}`);
    expect(heard[0]?.rows).toBeGreaterThan(0);

    const first = key.versions[0];
    if (first) await scene.world.setGraceUntil(first, 60_000);
    await scene.world.setState(pending, 'current');
    await sleep(1_050);
    expect((await scene.ask({ key: pending.secret })).body.code).toBe('VALID');
    await sleep(200);
    expect(heard).toHaveLength(1);
    await listener.unlisten();
  });

  it('is not announced where the key was refused', async () => {
    const key = await scene.world.createKey({ tenantId: scene.tenantId });
    const pending = await scene.world.addVersion(key, 'pending');
    const heard: string[] = [];
    const listener = await scene.world.sql.listen('key_first_use', (payload) => {
      heard.push(payload);
    });
    await scene.ask({ key: pending.secret, scopes: ['keys:write'] });
    await sleep(200);
    expect(heard).toEqual([]);
    await listener.unlisten();
  });
});
