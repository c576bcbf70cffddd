import { afterAll, beforeAll, expect, it } from 'vitest';
import { newTenant, openScene, type Scene, userActor } from '@/db/test/scene';
import type { LogAlarm } from '@/lib/platform/sealing/contract';
import { listAnomalies } from './queries';
import { raiseLogAlarm } from './raise-log-alarm';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

it('an alarm of the audit log is a critical anomaly, told once while it lasts, in its own tenant', async () => {
  const tenantId = await newTenant('alarmed-tenant');
  const alarm: LogAlarm = {
    tenantId,
    code: 'faults',
    sentence: 'Content changed: leaf 7.',
    action: 'log.verification_failed',
  };
  await raiseLogAlarm(alarm);
  await raiseLogAlarm(alarm);
  await raiseLogAlarm({ ...alarm, code: 'lag', sentence: 'Events wait.', action: 'log.sealing_delayed' });
  const { items } = await listAnomalies(await userActor('auditor', tenantId), {});
  expect(
    items.map(({ ruleTitle, severity, sentence }) => [ruleTitle, severity, sentence]).toSorted(),
  ).toEqual([
    ['Audit log integrity', 'critical', 'Content changed: leaf 7.'],
    ['Audit log integrity', 'critical', 'Events wait.'],
  ]);
  const notices = await scene.admin`select severity from notification where tenant_id = ${tenantId}`;
  expect(notices.map(({ severity }) => severity)).toEqual(['critical', 'critical']);
  expect((await listAnomalies(await userActor('auditor'), {})).items).toEqual([]);
});
