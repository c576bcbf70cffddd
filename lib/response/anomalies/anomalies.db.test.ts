import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { keyActor, newTenant, openScene, type Scene, testJobActor, userActor } from '@/db/test/scene';
import { monthlyMetrics } from '@/lib/insight/metrics/queries';
import { updateMetrics } from '@/lib/insight/metrics/update-metrics';
import type { UserActor } from '@/lib/platform/auth/contract';
import { newId } from '@/lib/platform/core/ids';
import { countActivity } from './count-activity';
import { createMute } from './create-mute';
import { endMute } from './end-mute';
import { evaluateRules } from './evaluate-hours';
import { getAnomaly, listAnomalies, listMutes, listRules } from './queries';
import { replayRule } from './replay-rule';
import { triageAnomaly } from './triage-anomaly';
import { updateRule } from './update-rule';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

let scene: Scene;
let operator: UserActor;
let tenantId: string;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());
beforeEach(async () => {
  tenantId = await newTenant(`anomalies-${newId().slice(-8)}`);
  operator = await userActor('operator', tenantId);
});

interface Given {
  ms?: number;
  recordedMs?: number;
  action?: string;
  outcome?: string;
  category?: string;
  actor?: string;
  ip?: string;
}

async function log(
  count: number,
  {
    ms = Date.now() - 5000,
    recordedMs = ms,
    action = 'auth.sign_in_failed',
    outcome = 'failure',
    category = 'auth',
    actor = 'eve',
    ip = '203.0.113.9',
  }: Given = {},
) {
  for (let i = 0; i < count; i++) {
    const [at, recordedAt] = [new Date(ms).toISOString(), new Date(recordedMs).toISOString()];
    await scene.admin`insert into audit_event (tenant_id, at, recorded_at, id, category, action, outcome, actor_type, actor_label, ip, request_id)
      values (${tenantId}, ${at}, ${recordedAt}, ${newId()}, ${category}, ${action}, ${outcome}, 'anonymous', ${actor}, ${ip}, 'r')`;
  }
}

const turn = async () => {
  await countActivity(testJobActor(tenantId));
  await evaluateRules(testJobActor(tenantId));
};
const enable = async (key: string) => {
  await replayRule(operator, key);
  return updateRule(operator, key, { isEnabled: true });
};
/** Whole hours are evaluated, and what was logged five seconds ago may lie in the hour before. */
const enableAnHourAgo = async (key: string) => {
  await enable(key);
  await scene.admin`update anomaly_rule set evaluated_to = evaluated_to - interval '1 hour' where tenant_id = ${tenantId}`;
};
const setCountedTo = (
  ms: number,
) => scene.admin`update rollup_watermark set until = ${new Date(ms).toISOString()}
  where tenant_id = ${tenantId} and name = 'activity'`;
const open = async () => (await listAnomalies(operator)).items;
const audits = (action: string) =>
  scene.admin`select * from audit_event where tenant_id = ${tenantId} and action = ${action}`;
const notices = () => scene.admin`select type, severity from notification where tenant_id = ${tenantId}`;

describe('counting', () => {
  it('counts each row of the record once, by hour and network, also with two workers', async () => {
    await log(7);
    await log(3, { ip: '2001:db8::5' });
    await Promise.all([countActivity(testJobActor(tenantId)), countActivity(testJobActor(tenantId))]);
    await countActivity(testJobActor(tenantId));
    const rows =
      await scene.admin`select network, result, sum(count)::int as count from activity_hour where tenant_id = ${tenantId} group by 1, 2 order by 1`;
    expect(rows.map((row) => ({ ...row }))).toEqual([
      { network: '2001:db8::/64', result: 'bad_credential', count: 3 },
      { network: '203.0.113.0/24', result: 'bad_credential', count: 7 },
    ]);
  });
});

describe('a rule', () => {
  it('is off until it was replayed as it is set, and off again with other numbers', async () => {
    await expect(updateRule(operator, 'brute_force', { isEnabled: true })).rejects.toMatchObject({
      code: 'conflict',
    });
    for (const days of [3, 9]) await log(25, { ms: Date.now() - days * DAY_MS });
    await countActivity(testJobActor(tenantId));
    const replayed = await replayRule(operator, 'brute_force');
    expect(replayed.replay).toMatchObject({ raised: 4, isCut: false });
    expect(replayed.replay?.examples[0]).toContain('25 rejected credentials in an hour');
    expect(replayed).toMatchObject({ isEnabled: false, canEnable: true });
    const enabled = await updateRule(operator, 'brute_force', { isEnabled: true }, `"${replayed.version}"`);
    expect(enabled.isEnabled).toBe(true);
    await expect(updateRule(operator, 'brute_force', { isEnabled: false }, '"0"')).rejects.toMatchObject({
      code: 'precondition_failed',
    });
    const changed = await updateRule(operator, 'brute_force', { parameters: { failures: 50 } });
    expect(changed).toMatchObject({ isEnabled: false, canEnable: false });
    expect(await audits('anomaly.rule_changed')).toHaveLength(2);
    expect(await audits('anomaly.rule_replayed')).toHaveLength(1);
  });

  it('refuses numbers out of bounds and rules that do not exist', async () => {
    await expect(updateRule(operator, 'brute_force', { parameters: { failures: 1 } })).rejects.toMatchObject({
      code: 'bad_request',
    });
    await expect(updateRule(operator, 'brute_force', { parameters: { nothing: 9 } })).rejects.toMatchObject({
      code: 'bad_request',
    });
    await expect(updateRule(operator, 'nothing', { isEnabled: false })).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('does not look at what came before it was turned on, and says while it learns', async () => {
    await log(40, { ms: Date.now() - 3 * HOUR_MS });
    await countActivity(testJobActor(tenantId));
    await enable('brute_force');
    await turn();
    expect(await open()).toEqual([]);
    const { items } = await listRules(operator);
    expect(items.find(({ key }) => key === 'volume')).toMatchObject({
      isLearning: true,
      learningDays: 14,
      isEnabled: false,
    });
    expect(items.find(({ key }) => key === 'brute_force')).toMatchObject({
      isLearning: false,
      isEnabled: true,
    });
  });

  it('does not look at what came before it was turned on where the counting is behind', async () => {
    const beforeMs = Date.now() - 2 * HOUR_MS;
    await log(40, { ms: beforeMs });
    await countActivity(testJobActor(tenantId));
    await enable('brute_force');
    await setCountedTo(beforeMs + MINUTE_MS);
    await evaluateRules(testJobActor(tenantId));
    expect(await open()).toEqual([]);
    await turn();
    expect(await open()).toEqual([]);
  });

  it('looks once more at an hour that has ended, for rows that were on their way', async () => {
    const endMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - 2 * HOUR_MS;
    await enable('brute_force');
    await scene.admin`update anomaly_rule set evaluated_to = ${new Date(endMs - HOUR_MS).toISOString()} where tenant_id = ${tenantId}`;
    await log(12, { ms: endMs - 10_000 });
    await countActivity(testJobActor(tenantId));
    await setCountedTo(endMs + 10_000);
    await evaluateRules(testJobActor(tenantId));
    expect(await open()).toEqual([]);
    await log(13, { ms: endMs - 5_000, recordedMs: endMs + 30_000 });
    await turn();
    expect((await open()).map(({ count }) => count)).toEqual([25, 25]);
  });
});

describe('an anomaly', () => {
  it('is raised once with its words and rows, told once, and grows while it goes on', async () => {
    await enableAnHourAgo('brute_force');
    await log(25);
    await Promise.all([turn(), turn()]);
    await turn();
    const found = await open();
    expect(found.map(({ subject, count }) => [subject, count]).sort()).toEqual([
      ['anonymous:eve', 25],
      ['network:203.0.113.0/24', 25],
    ]);
    const network = found.find(({ subject }) => subject.startsWith('network'));
    expect(network).toMatchObject({
      severity: 'high',
      sentence: '25 rejected credentials in an hour from 203.0.113.0/24; usual: none.',
      usual: 'none',
      state: 'open',
    });
    expect(network?.href).toMatch(/^\/audit\?q=ip%3A203\.0\.113\.0%2F24\+is%3Aauth_failure&from=.+&to=/);
    expect((await notices()).map(({ type, severity }) => [type, severity])).toEqual([
      ['anomaly.raised', 'warning'],
      ['anomaly.raised', 'warning'],
    ]);
    expect(await audits('anomaly.raised')).toHaveLength(2);
    await log(15);
    await turn();
    const grown = await open();
    expect(grown).toHaveLength(2);
    expect(Math.max(...grown.map(({ count }) => count))).toBeGreaterThanOrEqual(25);
    expect(await notices()).toHaveLength(2);
  });

  it('is judged with a note and from the copy that was seen, and opened again', async () => {
    await enableAnHourAgo('brute_force');
    await log(25);
    await turn();
    const [one] = await open();
    if (!one) throw new Error('nothing was found');
    const judged = await triageAnomaly(
      operator,
      one.id,
      { state: 'true_positive', note: 'A botnet.' },
      '"1"',
    );
    expect(judged).toMatchObject({
      state: 'true_positive',
      note: 'A botnet.',
      triagedBy: 'operator',
      version: 2,
    });
    await expect(triageAnomaly(operator, one.id, { state: 'expected' }, '"1"')).rejects.toMatchObject({
      code: 'precondition_failed',
    });
    expect(await open()).toHaveLength(1);
    expect((await listAnomalies(operator, { state: 'true_positive' })).items).toHaveLength(1);
    expect(await triageAnomaly(operator, one.id, { state: 'open' })).toMatchObject({
      state: 'open',
      triagedBy: null,
      triagedAt: null,
    });
    expect(await audits('anomaly.triaged')).toHaveLength(2);
  });

  it('is kept but told to nobody while it is muted, and a mute ends', async () => {
    await enableAnHourAgo('brute_force');
    const mute = await createMute(operator, { rule: 'brute_force', reason: 'A load test runs', days: 1 });
    await expect(
      createMute(operator, { rule: 'brute_force', reason: 'A load test runs', days: 0 }),
    ).rejects.toThrow();
    await log(25);
    await turn();
    expect(await open()).toEqual([]);
    expect((await listAnomalies(operator, { muted: 'show' })).items).toHaveLength(2);
    expect(await notices()).toEqual([]);
    expect((await listMutes(operator)).items).toMatchObject([{ id: mute.id, reason: 'A load test runs' }]);
    await endMute(operator, mute.id);
    await expect(endMute(operator, mute.id)).rejects.toMatchObject({ code: 'not_found' });
    expect((await listMutes(operator)).items).toEqual([]);
    expect((await audits('anomaly.muted')).length + (await audits('anomaly.mute_ended')).length).toBe(2);
  });

  it('feeds the monthly metric', async () => {
    await enableAnHourAgo('brute_force');
    await log(25);
    await turn();
    const [one] = await open();
    await triageAnomaly(operator, one?.id ?? '', { state: 'true_positive' });
    for (let i = 0; i < 2; i++) await updateMetrics(testJobActor(tenantId));
    const { metrics } = await monthlyMetrics(operator);
    const series = metrics.find(({ key }) => key === 'anomalies')?.series ?? [];
    const last = Object.fromEntries(series.map(({ key, points }) => [key, points.at(-1)?.value]));
    expect(last).toMatchObject({ raised: 2, triaged: 1, muted: 0, true_share: 100 });
    expect(last.triage_hours).toBeCloseTo(0, 1);
  });
});

describe('who may', () => {
  it('read, judge and change rules', async () => {
    await enableAnHourAgo('brute_force');
    await log(25);
    await turn();
    const [one] = await open();
    const id = one?.id ?? '';
    const [auditor, analyst] = [await userActor('auditor', tenantId), await userActor('analyst', tenantId)];
    expect((await getAnomaly(auditor, id)).id).toBe(id);
    await expect(triageAnomaly(auditor, id, { state: 'expected' })).rejects.toMatchObject({
      code: 'forbidden',
    });
    expect((await triageAnomaly(analyst, id, { state: 'expected' })).state).toBe('expected');
    await expect(updateRule(analyst, 'brute_force', { isEnabled: false })).rejects.toMatchObject({
      code: 'forbidden',
    });
    await expect(replayRule(analyst, 'brute_force')).rejects.toMatchObject({ code: 'forbidden' });
    await expect(listAnomalies(keyActor(newId(), ['keys:read'], tenantId))).rejects.toMatchObject({
      code: 'forbidden',
    });
    await expect(
      createMute(auditor, { rule: 'volume', reason: 'No reason at all', days: 1 }),
    ).rejects.toMatchObject({ code: 'forbidden' });
    await expect(endMute(auditor, newId())).rejects.toMatchObject({ code: 'forbidden' });
    const stranger = await userActor('operator', await newTenant(`other-${newId().slice(-8)}`));
    expect((await listAnomalies(stranger, { state: 'any' })).items).toEqual([]);
    await expect(getAnomaly(stranger, id)).rejects.toMatchObject({ code: 'not_found' });
    await expect(triageAnomaly(stranger, id, { state: 'expected' })).rejects.toMatchObject({
      code: 'not_found',
    });
    expect((await listRules(stranger)).items.every(({ isEnabled }) => !isEnabled)).toBe(true);
  });
});
