import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closePools, useDatabase } from '@/db/connect';
import { cliActor, newTenant, openScene, type Scene } from '@/db/test/scene';
import { exitCodeOf, type VerificationReport } from '../contract';
import { insertEvents } from '../test/scene';
import { openSealedLog, TEST_SECRET } from '../test/sealed-log';
import { ringOfSecrets } from '../verify/key-ring';
import { localRunner } from '../verify/local-runner';
import { verifyDatabase } from '../verify/run-verification';

let scene: Scene;
let folder: string;
let tenantId: string;
let quiet: string;

beforeAll(async () => {
  scene = await openScene();
  folder = mkdtempSync(join(tmpdir(), 'bulwark-restore-'));
  tenantId = await newTenant('restored-tenant');
  quiet = await newTenant('quiet-tenant');
});
afterAll(async () => {
  await scene.admin.end();
  await scene.close();
  rmSync(folder, { recursive: true, force: true });
});

const backupName = () => `${new URL(scene.urls.superuser).pathname.slice(1)}_backup`;
const urlOf = (url: string, name: string) => url.replace(/\/[^/]+$/, `/${name}`);

/** A copy of the database as it is, beside it. */
async function backUp(): Promise<void> {
  await closePools();
  await scene.admin.end();
  const server = postgres(urlOf(scene.urls.superuser, 'postgres'), { max: 1, onnotice: () => undefined });
  const name = new URL(scene.urls.superuser).pathname.slice(1);
  await server.unsafe(`create database ${backupName()} template ${name}`);
  await server.unsafe(`grant connect on database ${backupName()} to app_rw, app_ro, app_gate`);
  await server.end();
  scene.admin = postgres(scene.urls.superuser, { max: 2, onnotice: () => undefined });
}

/** From now on the backup is the database. */
async function restore(): Promise<postgres.Sql> {
  await closePools();
  const { rw, ro, gate } = scene.urls;
  const name = backupName();
  useDatabase({ app_rw: urlOf(rw, name), app_ro: urlOf(ro, name), app_gate: urlOf(gate, name) });
  return postgres(urlOf(scene.urls.superuser, name), { max: 1, onnotice: () => undefined });
}

async function verify(): Promise<VerificationReport> {
  return verifyDatabase({
    actors: [cliActor(tenantId), cliActor(quiet)],
    ...{ isComplete: true, runner: localRunner, ring: ringOfSecrets([TEST_SECRET]), policy: null },
    ...{ secrets: [TEST_SECRET], checkpointFile: join(folder, 'checkpoint'), startedBy: 'test' },
  });
}

describe('a database that was restored from a backup (test 9)', () => {
  it('goes on under a new origin and says what was lost', async () => {
    const open = () => openSealedLog(() => [tenantId, quiet], { checkpointFile: join(folder, 'checkpoint') });
    const before = open();
    await insertEvents(scene.admin, quiet, 5);
    await before.seal(quiet);
    await insertEvents(scene.admin, tenantId, 1000);
    await before.seal(tenantId);
    await before.publish();
    await insertEvents(scene.admin, tenantId, 20);
    await backUp();
    await insertEvents(scene.admin, tenantId, 354);
    await before.seal(tenantId);
    await before.publish();
    const lastKnown = readFileSync(join(folder, 'checkpoint'), 'utf8');
    expect((await verify()).faults).toEqual([]);

    const admin = await restore();
    try {
      const after = open();
      expect((await verify()).faults.map(({ kind }) => kind)).toEqual(['lost_in_restore']);
      expect(await after.publisher.checkStanding()).toBe('behind');
      expect(await after.publisher.checkStanding()).toBe('current');
      await insertEvents(admin, tenantId, 7);
      expect(await after.seal(tenantId, 10)).toBeGreaterThanOrEqual(1 + 20 + 7);
      await after.seal(quiet);
      await after.publish();

      const logs = await admin<{ origin: string; size: string }[]>`
        select origin, size from audit_log where tenant_id = ${tenantId} order by incarnation`;
      expect(logs.map(({ origin }) => origin)).toEqual([
        `log.example/log/${tenantId}`,
        `log.example/log/${tenantId}/2`,
      ]);
      expect(Number(logs[0]?.size)).toBe(1000);
      const [event] = await admin<{ id: string; details: { checkpoint: string; lost: unknown } }[]>`
        select id, details from audit_event where tenant_id = ${tenantId} and action = 'log.restored'`;
      expect(event?.details.checkpoint).toBe(lastKnown);
      expect(event?.details.lost).toEqual([{ origin: `log.example/log/${tenantId}`, from: 1000, to: 1374 }]);
      const [installation] = await admin<{ origin: string; lost: unknown }[]>`
        select origin, restored -> 'lost' as lost from audit_log
        where tenant_id = '00000000-0000-0000-0000-000000000000' order by incarnation desc limit 1`;
      expect(installation).toEqual({
        origin: 'log.example/log/2',
        lost: [{ origin: 'log.example/log', from: 2, to: 3 }],
      });
      const [quietLog] = await admin<{ n: number }[]>`
        select count(*)::integer as n from audit_log where tenant_id = ${quiet}`;
      expect(quietLog?.n).toBe(1);

      const report = await verify();
      expect(report.faults).toEqual([
        {
          kind: 'lost_in_restore',
          tenantId,
          origin: `log.example/log/${tenantId}`,
          ...{ index: 1000, until: 1374, eventId: null },
          message: expect.stringContaining('Leaves 1000 to 1373 were lost'),
        },
      ]);
      expect(exitCodeOf(report.faults)).toBe(18);

      await admin`update audit_log set restored = jsonb_set(restored, '{lost}', '[]') where tenant_id = ${tenantId}`;
      expect((await verify()).faults.map(({ kind }) => kind)).toContain('tree_forked');
    } finally {
      await admin.end();
      await closePools();
      const server = postgres(urlOf(scene.urls.superuser, 'postgres'), { max: 1, onnotice: () => undefined });
      await server.unsafe(`drop database ${backupName()} with (force)`);
      await server.end();
    }
  });
});
