import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { inTenant } from '@/db/scope';
import { newTenant, openScene, type Scene, testJobActor, userActor } from '@/db/test/scene';
import { importScan } from '@/lib/assurance/findings/import/import-scan';
import { uploadScan } from '@/lib/assurance/findings/import/upload-scan';
import { listFindings } from '@/lib/assurance/findings/read/queries';
import { cancelRun } from '@/lib/assurance/scanners/runs/cancel-run';
import { failLostRuns } from '@/lib/assurance/scanners/runs/fail-lost-runs';
import { noteScanners } from '@/lib/assurance/scanners/runs/note-scanners';
import { performRun } from '@/lib/assurance/scanners/runs/perform-run';
import { queueDueRuns } from '@/lib/assurance/scanners/runs/queue-due-runs';
import { RunLog } from '@/lib/assurance/scanners/runs/run-log';
import { runTarget } from '@/lib/assurance/scanners/runs/run-target';
import { createTarget } from '@/lib/assurance/scanners/targets/create-target';
import { deleteTarget } from '@/lib/assurance/scanners/targets/delete-target';
import { updateTarget } from '@/lib/assurance/scanners/targets/update-target';
import { openPlace, planted } from '@/lib/assurance/scanners/test/place';
import type { UserActor } from '@/lib/platform/auth/contract';
import { newId } from '@/lib/platform/core/ids';
import { getRun, getTarget, listRuns, listScanners, listTargets, readLog } from './queries';

const place = openPlace();
let scene: Scene;
let operator: UserActor;
let tenantId: string;
beforeAll(async () => {
  process.env.SCAN_PATHS = place.root;
  process.env.SCAN_GIT_PROTOCOLS = 'file';
  process.env.ENCRYPTION_KEY = 'V7nQ2rXc9LmT4pZs6WyB8dKf1GhJ3aEu';
  process.env.BULWARK_DATA_DIR = mkdtempSync(join(tmpdir(), 'scanners-data-'));
  scene = await openScene();
  place.write('web/.env', `SLACK=${planted}\n`);
});
afterAll(async () => {
  await scene.close();
  place.close();
});
beforeEach(async () => {
  tenantId = await newTenant(`scanners-${newId().slice(-8)}`);
  operator = await userActor('operator', tenantId);
});

const given = {
  asset: 'web',
  scanner: 'secretlint',
  kind: 'path',
  location: join(place.root, 'web'),
} as const;
const audits = async (action: string) =>
  scene.admin`select * from audit_event where tenant_id = ${tenantId} and action = ${action}`;
const perform = (runId: string) =>
  performRun(testJobActor(tenantId), runId, uploadScan, new AbortController().signal);

describe('a target', () => {
  it('is created, changed and deleted, each with its row in the record', async () => {
    const made = await createTarget(operator, { ...given, every: 'day', runAt: '03:30' });
    expect(made).toMatchObject({ ...given, every: 'day', version: 1, lastRun: null });
    expect(made.nextAt).toMatch(/T03:30:00.000Z$/);
    const changed = await updateTarget(operator, made.id, { every: 'never' }, '"1"');
    expect(changed).toMatchObject({ every: 'never', nextAt: null, version: 2 });
    await deleteTarget(operator, made.id);
    await expect(getTarget(operator, made.id)).rejects.toMatchObject({ code: 'not_found' });
    for (const action of ['scan_target.created', 'scan_target.updated', 'scan_target.deleted'])
      expect(await audits(action)).toHaveLength(1);
  });

  it('conflicts with its like and with a change by somebody else', async () => {
    const made = await createTarget(operator, given);
    await expect(createTarget(operator, given)).rejects.toMatchObject({ code: 'conflict' });
    await updateTarget(operator, made.id, { isEnabled: false }, '"1"');
    await expect(updateTarget(operator, made.id, { isEnabled: true }, '"1"')).rejects.toMatchObject({
      code: 'precondition_failed',
    });
  });

  it('is nobody else’s, and needs the permission', async () => {
    const made = await createTarget(operator, given);
    const run = await runTarget(operator, made.id);
    const stranger = await userActor('operator', await newTenant(`other-${newId().slice(-8)}`));
    expect((await listTargets(stranger)).items).toEqual([]);
    for (const act of [
      () => getTarget(stranger, made.id),
      () => updateTarget(stranger, made.id, {}),
      () => deleteTarget(stranger, made.id),
      () => runTarget(stranger, made.id),
      () => listRuns(stranger, made.id),
      () => getRun(stranger, run.id),
      () => readLog(stranger, run.id),
      () => cancelRun(stranger, run.id),
    ])
      await expect(act()).rejects.toMatchObject({ code: 'not_found' });
    const analyst = await userActor('analyst', tenantId);
    const auditor = await userActor('auditor', tenantId);
    await expect(createTarget(analyst, given)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(updateTarget(analyst, made.id, {})).rejects.toMatchObject({ code: 'forbidden' });
    await expect(deleteTarget(analyst, made.id)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(runTarget(auditor, made.id)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(cancelRun(auditor, run.id)).rejects.toMatchObject({ code: 'forbidden' });
    expect((await getTarget(auditor, made.id)).lastRun?.status).toBe('queued');
  });

  it('is refused where its address cannot be right', async () => {
    const refuse = (part: object) =>
      expect(createTarget(operator, { ...given, ...part })).rejects.toMatchObject({ code: 'bad_request' });
    await refuse({ location: 'relative/path' });
    await refuse({ kind: 'image', location: 'nginx:1' });
    await refuse({ kind: 'git', location: 'https://127.0.0.1/web.git' });
    await refuse({ kind: 'git', location: 'https://user:pw@git.example.org/web.git' });
    await expect(createTarget(operator, { ...given, location: '--upload-pack=x' })).rejects.toThrow();
    await expect(createTarget(operator, { ...given, branch: '-b' })).rejects.toThrow();
  });
});

describe('a run', () => {
  it('turns planted secrets into findings, and keeps a log without them', async () => {
    const made = await createTarget(operator, given);
    const run = await runTarget(operator, made.id);
    await expect(runTarget(operator, made.id)).rejects.toMatchObject({ code: 'conflict' });
    await expect(deleteTarget(operator, made.id)).rejects.toMatchObject({ code: 'conflict' });
    await perform(run.id);
    const done = await getRun(operator, run.id);
    expect(done).toMatchObject({ status: 'imported', scan: { status: 'queued' } });
    await importScan(testJobActor(tenantId), done.scan?.id ?? '');
    const { items } = await listFindings(operator, {});
    expect(items.map(({ tool, kind, path, line }) => ({ tool, kind, path, line }))).toEqual([
      { tool: 'secretlint', kind: 'secret', path: '.env', line: 1 },
    ]);
    const { items: lines, isOpen } = await readLog(operator, run.id);
    expect(isOpen).toBe(false);
    expect(lines.map(({ line }) => line).join('\n')).toContain('1 file to scan');
    expect((await readLog(operator, run.id, { after: lines.length })).items).toEqual([]);
    const dump =
      await scene.admin`select (select string_agg(f::text, '') from finding f) || (select string_agg(s::text, '') from sighting s)
      || (select string_agg(l::text, '') from scanner_log l) || (select string_agg(a::text, '') from audit_event a) as text`;
    expect(dump[0]?.text).toContain('.env');
    expect(dump[0]?.text).not.toContain(planted);
    expect(await audits('scanner_run.imported')).toHaveLength(1);
    await perform(run.id);
    expect((await listRuns(operator, made.id)).items).toHaveLength(1);
  }, 60_000);

  it('loses no line that comes while others are written', async () => {
    const made = await createTarget(operator, given);
    const { id } = await runTarget(operator, made.id);
    const lines = new RunLog(tenantId, id, [], 0);
    const write = () =>
      inTenant(operator, (tx) => {
        const written = lines.write(tx);
        lines.add('scanner', 'late');
        return written;
      });
    lines.add('scanner', 'first');
    lines.forget(await write());
    await write();
    expect((await readLog(operator, id)).items.map(({ line }) => line)).toEqual(['first', 'late']);
  });

  it('that fails says why, and closes nothing', async () => {
    const made = await createTarget(operator, { ...given, location: '/etc' });
    const run = await runTarget(operator, made.id);
    await perform(run.id);
    const failed = await getRun(operator, run.id);
    expect(failed).toMatchObject({ status: 'failed', scan: null });
    expect(failed.sentence).toContain('SCAN_PATHS');
    expect(await audits('scanner_run.failed')).toHaveLength(1);
  });

  it('is cancelled before it begins and while it runs', async () => {
    const made = await createTarget(operator, given);
    const waiting = await runTarget(operator, made.id);
    expect(await cancelRun(operator, waiting.id)).toMatchObject({ status: 'cancelled' });
    await expect(cancelRun(operator, waiting.id)).rejects.toMatchObject({ code: 'conflict' });
    await perform(waiting.id);
    expect((await getRun(operator, waiting.id)).status).toBe('cancelled');
    expect(await audits('scanner_run.cancelled')).toHaveLength(1);
  });

  it('whose worker was killed is tried once more, and then given up', async () => {
    const made = await createTarget(operator, given);
    const run = await runTarget(operator, made.id);
    await scene.admin`update scanner_run set status = 'running', attempts = 1, claim = ${newId()}, heartbeat_at = now() where id = ${run.id}`;
    await perform(run.id);
    expect((await getRun(operator, run.id)).status).toBe('imported');
    const second = await runTarget(operator, made.id);
    await scene.admin`update scanner_run set status = 'running', attempts = 2 where id = ${second.id}`;
    await perform(second.id);
    expect(await getRun(operator, second.id)).toMatchObject({ status: 'failed' });
    const third = await runTarget(operator, made.id);
    await scene.admin`update scanner_run set status = 'running', heartbeat_at = now() - interval '16 minutes' where id = ${third.id}`;
    expect(await failLostRuns(testJobActor(tenantId))).toBe(1);
    expect(await getRun(operator, third.id)).toMatchObject({ status: 'failed' });
  }, 60_000);

  it('begins by its schedule once, also with two workers', async () => {
    const made = await createTarget(operator, { ...given, every: 'hour', runAt: '00:00' });
    expect(await queueDueRuns(testJobActor(tenantId))).toBe(0);
    await scene.admin`update scan_target set answered_due_at = now() - interval '2 hours' where id = ${made.id}`;
    await Promise.all([queueDueRuns(testJobActor(tenantId)), queueDueRuns(testJobActor(tenantId))]);
    await queueDueRuns(testJobActor(tenantId));
    expect((await listRuns(operator, made.id)).items).toMatchObject([
      { isScheduled: true, requestedBy: 'schedule' },
    ]);
  });
});

it('the worker notes which scanners it has', async () => {
  expect((await listScanners(operator)).items.map(({ state }) => state)).toEqual(Array(5).fill('unknown'));
  await noteScanners(testJobActor(tenantId));
  const { items } = await listScanners(operator);
  expect(items[0]).toMatchObject({ key: 'secretlint', state: 'installed', problem: null });
  expect(items[0]?.version).toMatch(/^\d+\.\d+\.\d+/);
}, 30_000);
