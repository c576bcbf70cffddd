import { sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { createKey } from '@/lib/access/api-keys/change/create-key';
import { getKey } from '@/lib/access/api-keys/read/queries';
import { createBlock } from '@/lib/access/blocks/create-block';
import { isBlocked } from '@/lib/access/blocks/is-blocked';
import type { Actor, UserActor } from '@/lib/platform/auth/contract';
import { closePools, useDatabase } from './connect';
import { readDeciding, readTenant } from './scope';
import { cliActor, openScene, type Scene, testJobActor, userActor } from './test/scene';
import { type Standby, startStandby } from './test/standby';

/** Replay may wait for other test files: their databases come through the same log. */
const REPLAY = { timeout: 20_000 };

let scene: Scene;
let standby: Standby | null;
let operator: UserActor;

beforeAll(async () => {
  scene = await openScene();
  operator = await userActor('operator');
  standby = await startStandby();
  if (!standby) return;
  await closePools();
  const ro = new URL(scene.urls.ro);
  ro.port = String(standby.port);
  useDatabase({ app_rw: scene.urls.rw, app_ro: ro.href, app_gate: scene.urls.gate });
}, 60_000);

afterEach(() => resume());
afterAll(async () => {
  await closePools();
  await standby?.stop();
  await scene.close();
});

const pause = () => standby?.admin.unsafe('select pg_wal_replay_pause()');
const resume = () => standby?.admin.unsafe('select pg_wal_replay_resume()');

async function readsReplica(actor: Actor): Promise<boolean> {
  const [row] = await readTenant(actor, (tx) =>
    tx.execute<{ yes: boolean }>(sql`select pg_is_in_recovery() as yes`),
  );
  return row?.yes === true;
}

it('people read from the replica once it has what this process wrote, and from the primary until then', async ({
  skip,
}) => {
  if (!standby) return skip('The test Postgres is not on this machine: no standby of it can be made.');
  await expect.poll(() => readsReplica(operator), REPLAY).toBe(true);
  await pause();
  const { key } = await createKey(operator, { name: 'written', scopes: ['keys:read'] });
  expect(await getKey(operator, key.id)).toMatchObject({ name: 'written' });
  expect(await readsReplica(operator)).toBe(false);
  await resume();
  await expect.poll(() => readsReplica(operator), REPLAY).toBe(true);
  expect(await getKey(operator, key.id)).toMatchObject({ name: 'written' });
});

it('a block holds at once while the replica stands still, also one that another process made', async ({
  skip,
}) => {
  if (!standby) return skip('The test Postgres is not on this machine: no standby of it can be made.');
  await expect.poll(() => readsReplica(operator), REPLAY).toBe(true);
  await pause();
  const elsewhere = { kind: 'user', value: operator.userId, by: 'cli', reason: 'r' };
  await scene.admin`insert into access_block ${scene.admin({
    id: crypto.randomUUID(),
    tenant_id: operator.tenantId,
    kind: elsewhere.kind,
    value: elsewhere.value,
    reason: elsewhere.reason,
  })}`;
  expect(await readsReplica(operator)).toBe(true);
  expect(await isBlocked(operator)).toBe(true);
  await scene.admin`delete from access_block`;
});

it('jobs and the command line never read the replica', async ({ skip }) => {
  if (!standby) return skip('The test Postgres is not on this machine: no standby of it can be made.');
  await createBlock(cliActor(), {
    kind: 'ip',
    value: '203.0.113.7',
    reason: 'r',
    duration: '1h',
    confirm: true,
  });
  await expect.poll(() => readsReplica(operator), REPLAY).toBe(true);
  expect(await readsReplica(testJobActor())).toBe(false);
  expect(await readsReplica(cliActor())).toBe(false);
  const [row] = await readDeciding(operator, (tx) =>
    tx.execute<{ ro: string }>(sql`select current_setting('transaction_read_only') as ro`),
  );
  expect(row?.ro).toBe('on');
});
