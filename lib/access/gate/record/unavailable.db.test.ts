import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createGate } from '@/lib/access/gate/server';
import { askGate, type GateAnswer } from '@/lib/access/gate/test/ask';
import { freePort } from '@/lib/access/gate/test/gate-process';
import { type GateScene, openGateScene, untilReady } from '@/lib/access/gate/test/gate-scene';
import { TEST_PEPPER, type WorldKey } from '@/lib/access/gate/test/key-world';
import { testLimiter, testPolicy } from '@/lib/access/gate/test/policies';

const WRITE_TIMEOUT_MS = 600;
const WAITING_MAX = 4;

let scene: GateScene;
let key: WorldKey;
beforeAll(async () => {
  scene = await openGateScene({ writeTimeoutMs: WRITE_TIMEOUT_MS, waitingMax: WAITING_MAX });
});
afterAll(() => scene.stop());
beforeEach(async () => {
  await untilReady(scene.port);
  key = await scene.world.createKey({ tenantId: scene.tenantId });
  expect((await scene.ask({ key: key.secret })).body.code).toBe('VALID');
});
afterEach(async () => {
  await untilReady(scene.port);
  expect((await scene.ask({ key: key.secret })).body.code).toBe('VALID');
});

function expectUnavailable(answer: GateAnswer): void {
  expect(answer).toMatchObject({ status: 503, body: { code: 'audit_unavailable' } });
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
}

async function timed<T>(work: Promise<T>): Promise<{ result: T; tookMs: number }> {
  const startedMs = performance.now();
  return { result: await work, tookMs: performance.now() - startedMs };
}

/** Nothing can be inserted while `work` runs: Postgres neither refuses nor answers. */
async function whileRecordIsLocked<T>(work: () => Promise<T>): Promise<T> {
  return (
    await scene.world.sql.begin(async (tx) => {
      await tx`lock table audit_event in exclusive mode`;
      return { result: await work() };
    })
  ).result;
}

describe('when the record cannot be written', () => {
  it('answers 503 in bounded time where Postgres hangs, and leaves no allow behind', async () => {
    const { result, tookMs } = await whileRecordIsLocked(() => timed(scene.ask({ key: key.secret })));
    expectUnavailable(result);
    expect(tookMs).toBeLessThan(2_000);
  });

  it('answers 503 at once where the buffer is full, and in bounded time to those who wait', async () => {
    const answers = await whileRecordIsLocked(async () => {
      const under: Promise<{ result: GateAnswer; tookMs: number }>[] = [];
      for (let lane = 0; lane < 2; lane++) {
        under.push(timed(scene.ask({ key: key.secret })));
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      const others = Array.from({ length: WAITING_MAX + 6 }, () => timed(scene.ask({ key: key.secret })));
      return Promise.all([...under, ...others]);
    });
    for (const { result, tookMs } of answers) {
      expectUnavailable(result);
      expect(tookMs).toBeLessThan(2_000);
    }
    const atOnce = answers.filter(({ tookMs }) => tookMs < WRITE_TIMEOUT_MS - 200);
    expect(atOnce.length).toBeGreaterThanOrEqual(6);
  });

  it('answers 503 where Postgres refuses the insert, without giving up the connection', async () => {
    await scene.world.sql`revoke insert on audit_event from app_gate`;
    try {
      expectUnavailable(await scene.ask({ key: key.secret }));
      expect((await fetch(`http://127.0.0.1:${scene.port}/readyz`)).status).toBe(200);
    } finally {
      await scene.world.sql`grant insert on audit_event to app_gate`;
    }
    expect(scene.logged).toContain('requests could not be recorded');
  });

  it('answers 503 when its connections are cut, then connects again and trusts nothing it knew', async () => {
    await scene.world.sql`
      select pg_terminate_backend(pid) from pg_stat_activity where usename = 'app_gate' and datname = current_database()`;
    const answers = await Promise.all(Array.from({ length: 3 }, () => scene.ask({ key: key.secret })));
    for (const answer of answers) if (answer.status !== 200) expectUnavailable(answer);
    await expect
      .poll(async () => (await scene.ask({ key: key.secret })).body.code, { timeout: 5_000 })
      .toBe('VALID');
  });

  it('notices a revision that went back, as after a restore', async () => {
    await scene.world.sql`alter table api_key disable trigger user`;
    await scene.world.sql`update api_key set revoked_at = now() where id = ${key.keyId}`;
    await scene.world.sql`alter table api_key enable trigger user`;
    await scene.world
      .sql`update gate_revision set revision = revision - 1 where tenant_id = ${scene.tenantId}`;
    expect((await scene.ask({ key: key.secret })).body.code).toBe('REVOKED');
    await scene.world.undoRevoke(key);
  });
});

describe('a gate whose database was never there', () => {
  it('listens, says that it is not ready, and answers 503', async () => {
    const port = await freePort();
    const gate = createGate({
      databaseUrl: `postgres://app_gate:x@127.0.0.1:${port}/bulwark`,
      peppers: new Map([[TEST_PEPPER.id, TEST_PEPPER.value]]),
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
      limiter: testLimiter(),
      policy: testPolicy(),
      jwt: null,
    });
    const { port: gatePort } = await gate.listen(0, '127.0.0.1');
    expect((await fetch(`http://127.0.0.1:${gatePort}/healthz`)).status).toBe(200);
    const ready = await fetch(`http://127.0.0.1:${gatePort}/readyz`);
    expect({ status: ready.status, body: await ready.json() }).toMatchObject({
      status: 503,
      body: { status: 'unavailable', checks: { database: 'down' } },
    });
    expectUnavailable(await askGate(gatePort, key.secret, { key: key.secret }));
    await gate.stop();
  });
});
