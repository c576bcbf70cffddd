import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readTenant } from '@/db/scope';
import { newTenant, openScene, type Scene, testJobActor } from '@/db/test/scene';
import { newId } from '@/lib/platform/core/ids';
import type { LogAlarm } from '../contract';
import { readLogFacts } from '../facts';
import { insertEvents } from '../test/scene';
import { openSealedLog, type SealedLog, TEST_SECRET } from '../test/sealed-log';
import { createLagWatch } from '../watch-sealing';
import { localRunner } from './local-runner';
import { type DueVerification, isVerificationDue, verifyDue } from './verify-due';

let scene: Scene;
let log: SealedLog;
let tenantId: string;
let ids: string[];
const tenants: string[] = [];
const alarms: LogAlarm[] = [];
const settings: DueVerification = {
  listTenants: async () => tenants,
  secrets: () => [TEST_SECRET],
  policy: () => null,
  checkpointFile: undefined,
  openRunner: () => ({ ...localRunner, close: async () => undefined }),
  raise: async (alarm) => void alarms.push(alarm),
};

beforeAll(async () => {
  scene = await openScene();
  log = openSealedLog(() => tenants);
});
afterAll(() => scene.close());
beforeEach(async () => {
  alarms.length = 0;
  tenants.length = 0;
  await scene.admin`delete from audit_verification`;
  tenantId = await newTenant(`t-${newId().slice(-12)}`);
  tenants.push(tenantId);
  ids = await insertEvents(scene.admin, tenantId, 50);
  await log.seal(tenantId);
  await log.publish();
});

const facts = () => readTenant(testJobActor(tenantId), (tx) => readLogFacts(tx, tenantId));

describe('a verification that is due', () => {
  it('is made once by the workers together, and known to others', async () => {
    const reports = await Promise.all([verifyDue(settings, tenantId), verifyDue(settings, tenantId)]);
    expect(reports.filter((report) => report !== null)).toHaveLength(1);
    expect(await verifyDue(settings, tenantId)).toBeNull();
    expect((await facts()).verification).toMatchObject({ leaves: 50, isVerified: true, faults: 0 });
  });

  it('raises what it finds, with the worst in words, and the console knows it', async () => {
    await scene.admin`update audit_event set reason = 'forged' where id = ${ids[7] ?? ''}`;
    await scene.admin`delete from audit_event where id = ${ids[9] ?? ''}`;
    await verifyDue(settings, tenantId);
    expect(alarms).toHaveLength(1);
    expect(alarms[0]).toMatchObject({ tenantId, code: 'faults', action: 'log.verification_failed' });
    expect(alarms[0]?.sentence).toContain('Content changed');
    const { problems } = await facts();
    expect(problems[0]).toMatchObject({ code: 'faults', severity: 'critical' });
  });

  it('is tried again an hour after it could not look at everything', async () => {
    const broken = {
      ...settings,
      openRunner: () => ({
        ...localRunner,
        check: () => Promise.reject(new Error('lost')),
        close: async () => undefined,
      }),
    };
    await expect(verifyDue(broken, tenantId)).rejects.toThrow('lost');
    expect(await verifyDue(settings, tenantId)).toBeNull();
    expect((await facts()).verification).toBeNull();
    await scene.admin`update audit_verification set started_at = started_at - interval '61 minutes'`;
    expect(await verifyDue(settings, tenantId)).not.toBeNull();
  });

  it.each([
    [null, true],
    [1, false],
    [27, true],
  ])('with the last one %s hours ago: %s', (hours, isDue) => {
    const nowMs = Date.UTC(2026, 11, 1, 12);
    expect(isVerificationDue(hours === null ? null : nowMs - hours * 3_600_000, nowMs)).toBe(isDue);
  });

  it('waits for the night', () => {
    const night = Date.UTC(2026, 11, 1, 2, 10);
    expect(isVerificationDue(night - 21 * 3_600_000, night)).toBe(true);
    expect(isVerificationDue(night - 21 * 3_600_000, night + 3_600_000)).toBe(false);
  });
});

describe('the watch over the sequencer', () => {
  it('tells once of events that wait for more than two minutes', async () => {
    const watch = createLagWatch(settings.listTenants, settings.raise);
    await watch();
    expect(alarms).toEqual([]);
    const [late] = await insertEvents(scene.admin, tenantId, 1);
    await scene.admin`update audit_log set snapshot_at = snapshot_at - interval '1 hour' where tenant_id = ${tenantId}`;
    await scene.admin`update audit_event set at = at - interval '3 minutes' where id = ${late ?? ''}`;
    await watch();
    await watch();
    expect(alarms.map(({ code, action }) => [code, action])).toEqual([['lag', 'log.sealing_delayed']]);
    const [recorded] = await scene.admin<{ outcome: string }[]>`
      select outcome from audit_event where tenant_id = ${tenantId} and action = 'log.sealing_delayed'`;
    expect(recorded?.outcome).toBe('failure');
  });
});
