import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newTenant, openScene, type Scene, testJobActor, userActor } from '@/db/test/scene';
import type { UserActor } from '@/lib/platform/auth/contract';
import { newId } from '@/lib/platform/core/ids';
import { followConditions } from '@/lib/response/anomalies/conditions';
import { createMute } from '@/lib/response/anomalies/create-mute';
import { listAnomalies } from '@/lib/response/anomalies/queries';
import { triageAnomaly } from '@/lib/response/anomalies/triage-anomaly';
import { take } from '@/lib/response/detections/test/feed';
import { blindSpots } from './blind-spots';
import { getSensor, listSensors, listUnreadable } from './queries';
import { updateSensor } from './update-sensor';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

let scene: Scene;
let operator: UserActor;
let tenantId: string;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());
beforeEach(async () => {
  tenantId = await newTenant(`sensors-${newId().slice(-8)}`);
  operator = await userActor('operator', tenantId);
});

interface Sent {
  agoMs?: number;
  host?: string;
  fields?: Record<string, unknown>;
  rule?: string;
  clockMs?: number;
}

/** A metrics snapshot, or an event, of a host as it came so long ago. */
function send({ agoMs = 0, host = 'node-1', fields = {}, rule, clockMs = 0 }: Sent = {}) {
  const at = new Date(Date.now() - agoMs);
  const time = new Date(at.getTime() - clockMs).toISOString();
  const body = JSON.stringify({
    rule: rule ?? 'Falco internal: metrics snapshot',
    priority: 'Informational',
    source: rule ? 'syscall' : 'internal',
    hostname: host,
    time,
    output_fields: fields,
  });
  return take(scene.admin, { body, at, tenantId });
}

/** Reported each hour until so long ago. */
async function heartbeats(host: string, lastAgoMs: number, count = 4) {
  for (let i = count - 1; i >= 0; i--) await send({ host, agoMs: lastAgoMs + i * HOUR_MS });
}

const follow = () => followConditions(testJobActor(tenantId), blindSpots);
const anomalies = async (state: 'open' | 'any' = 'any') =>
  (await listAnomalies(operator, { state, rule: 'blind_spot', muted: 'show' })).items;
const sensorOf = async (host: string) => {
  const sensor = (await listSensors(operator)).items.find((one) => one.host === host);
  if (!sensor?.id) throw new Error(`no sensor ${host}`);
  return { ...sensor, id: sensor.id };
};
const count = async (table: string, action: string) =>
  (
    await scene.admin`select count(*)::int as n from ${scene.admin(table)} where tenant_id = ${tenantId} and ${scene.admin(
      table === 'notification' ? 'type' : 'action',
    )} = ${action}`
  )[0]?.n;

describe('a host that stops its hourly snapshot', () => {
  it('is a blind spot after three hours, told once, and over with the next one', async () => {
    await heartbeats('node-1', 3 * HOUR_MS - MINUTE_MS);
    await heartbeats('node-2', 5 * MINUTE_MS);
    await follow();
    expect(await anomalies()).toEqual([]);
    expect((await sensorOf('node-1')).state).toBe('healthy');

    await scene.admin`update detection_sensor set last_heartbeat_at = last_heartbeat_at - interval '2 minutes',
      last_event_at = last_event_at - interval '2 minutes' where tenant_id = ${tenantId} and host = 'node-1'`;
    await follow();
    await follow();
    const { id, blindSince } = await sensorOf('node-1');
    expect(Date.now() - Date.parse(blindSince ?? '')).toBeLessThan(2 * MINUTE_MS);
    expect(await anomalies('open')).toMatchObject([
      {
        rule: 'blind_spot',
        ruleTitle: 'Blind spot',
        subject: `sensor:${id}`,
        severity: 'high',
        sentence:
          'Falco on node-1: No heartbeat for 3 h; it reports every 60 min. Check that Falco is running and can reach the gate.',
        firstAt: blindSince,
        href: `/detections/sensors?open=${id}`,
        endedAt: null,
      },
    ]);
    expect(await listSensors(operator)).toMatchObject({ known: 2, heard: 1 });
    expect(await count('notification', 'anomaly.raised')).toBe(1);

    await send({ host: 'node-1' });
    await follow();
    expect(await anomalies('open')).toEqual([]);
    expect(await anomalies()).toMatchObject([
      { state: 'ended', endedAt: expect.any(String), triagedBy: null },
    ]);
    expect(await count('audit_event', 'anomaly.raised')).toBe(1);
    expect(await count('audit_event', 'anomaly.ended')).toBe(1);
    expect(await listSensors(operator)).toMatchObject({ known: 2, heard: 2 });
  });

  it('is another one when it stops again, and keeps what people said of the first', async () => {
    await heartbeats('node-1', 4 * HOUR_MS);
    await follow();
    const [first] = await anomalies();
    await triageAnomaly(operator, first?.id ?? '', { state: 'true_positive' });
    await send({ host: 'node-1' });
    await follow();
    expect(await anomalies()).toMatchObject([{ state: 'true_positive', endedAt: expect.any(String) }]);
    await expect(triageAnomaly(operator, first?.id ?? '', { state: 'open' })).resolves.toMatchObject({
      state: 'ended',
    });
    await scene.admin`update detection_sensor set last_heartbeat_at = now() - interval '5 hours' where tenant_id = ${tenantId}`;
    await follow();
    expect((await anomalies()).map(({ state }) => state).sort()).toEqual(['ended', 'open']);
  });

  it('is kept and not told while its subject is muted', async () => {
    await heartbeats('node-1', 4 * HOUR_MS);
    const { id } = await sensorOf('node-1');
    await createMute(operator, {
      rule: 'blind_spot',
      subject: `sensor:${id}`,
      reason: 'maintenance of the rack',
      days: 1,
    });
    await follow();
    expect(await anomalies()).toMatchObject([{ isMuted: true }]);
    expect(await count('notification', 'anomaly.raised')).toBe(0);
  });

  it('is told in one message when many stop at once', async () => {
    for (let n = 1; n <= 6; n++) await send({ host: `node-${n}`, agoMs: 5 * HOUR_MS });
    await follow();
    expect(await anomalies('open')).toHaveLength(6);
    const rows = await scene.admin`select data from notification where tenant_id = ${tenantId}`;
    expect(rows).toMatchObject([
      { data: { sentence: expect.stringContaining('5 more began at the same time.') } },
    ]);
  });
});

describe('the state of a sensor', () => {
  it('is unknown, not well, where it sends no heartbeat, and events are none', async () => {
    await send({ rule: 'Terminal shell in container', agoMs: 30 * 24 * HOUR_MS });
    expect(await sensorOf('node-1')).toMatchObject({ state: 'unverified', isHeard: false });
    await send({ rule: 'Terminal shell in container' });
    expect(await sensorOf('node-1')).toMatchObject({ state: 'unverified', isHeard: true });
    await heartbeats('node-2', 10 * HOUR_MS);
    await send({ host: 'node-2', rule: 'Terminal shell in container' });
    expect(await sensorOf('node-2')).toMatchObject({ state: 'silent', isHeard: true });
    await follow();
    expect((await anomalies('open')).map(({ label }) => label)).toEqual(['Falco on node-2']);
  });

  it('says what it loses: more than one percent in an hour is a blind spot, one percent is none', async () => {
    const counts = (seen: number, dropped: number) => ({
      'scap.n_evts': seen,
      'scap.n_evts_prev': 0,
      'scap.n_drops': String(dropped),
      'scap.n_drops_prev': '0',
    });
    await send({ host: 'node-1', fields: counts(100_000, 1_000) });
    await send({ host: 'node-2', fields: counts(100_000, 1_100) });
    await follow();
    expect(await sensorOf('node-1')).toMatchObject({ state: 'healthy', seen: 100_000, dropped: 1_000 });
    expect(await sensorOf('node-2')).toMatchObject({ state: 'lossy', dropsPercent: expect.closeTo(1.1, 1) });
    expect(await anomalies('open')).toMatchObject([{ severity: 'medium', observed: '1.1% lost in an hour' }]);
    await scene.admin`update detection_sensor_hour set hour = hour - interval '25 hours' where tenant_id = ${tenantId}`;
    await follow();
    expect(await anomalies('open')).toEqual([]);
  });

  it('is lossy also where only notices of drops come, and no heartbeat', async () => {
    await send({ rule: 'Falco internal: syscall event drop', fields: { n_evts: '1000', n_drops: '300' } });
    expect(await sensorOf('node-1')).toMatchObject({ state: 'lossy', lastHeartbeatAt: null });
  });

  it('shows a clock that is off by more than a minute', async () => {
    await send({ host: 'node-1', clockMs: 59_000 });
    await send({ host: 'node-2', clockMs: 3 * HOUR_MS });
    await send({ host: 'node-3', clockMs: -90_000 });
    expect(await sensorOf('node-1')).toMatchObject({ isClockOff: false, clockOffsetSeconds: 59 });
    expect(await sensorOf('node-2')).toMatchObject({ isClockOff: true, clockOffsetSeconds: 10_800 });
    expect(await sensorOf('node-3')).toMatchObject({ isClockOff: true, clockOffsetSeconds: -90 });
  });

  it('is told apart by who sends for it', async () => {
    await send({ host: 'node-1' });
    const body = JSON.stringify({
      rule: 'Falco internal: metrics snapshot',
      priority: 'Informational',
      source: 'internal',
      hostname: 'node-1',
      time: new Date().toISOString(),
    });
    await take(scene.admin, { body, tenantId, sender: newId() });
    expect((await listSensors(operator)).items).toHaveLength(2);
  });
});

describe('retiring a sensor', () => {
  it('takes it out of the count until it sends, and ends its blind spot', async () => {
    await heartbeats('node-1', 4 * HOUR_MS);
    await follow();
    const { id } = await sensorOf('node-1');
    await expect(updateSensor(operator, id, { isRetired: true, reason: 'scrapped' })).resolves.toMatchObject({
      state: 'retired',
      retiredBy: 'operator',
    });
    await follow();
    expect(await anomalies('open')).toEqual([]);
    expect(await listSensors(operator)).toMatchObject({ known: 0, heard: 0 });
    expect(await count('audit_event', 'detection.sensor_retired')).toBe(1);
    await send({ host: 'node-1' });
    expect(await sensorOf('node-1')).toMatchObject({ state: 'healthy', retiredAt: null });
  });

  it('is for those who may, of their own tenant', async () => {
    await send({});
    const { id } = await sensorOf('node-1');
    const auditor = await userActor('auditor', tenantId);
    await expect(updateSensor(auditor, id, { isRetired: true, reason: 'scrapped' })).rejects.toMatchObject({
      code: 'forbidden',
    });
    const stranger = await userActor('operator', await newTenant(`sensors-${newId().slice(-8)}`));
    await expect(updateSensor(stranger, id, { isRetired: true, reason: 'scrapped' })).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(getSensor(stranger, id)).rejects.toMatchObject({ code: 'not_found' });
    expect((await listSensors(stranger)).items).toEqual([]);
    await expect(getSensor(auditor, id)).resolves.toMatchObject({ hours: [{ heartbeats: 1 }] });
  });
});

describe('what could not be read', () => {
  it('is shown with its sender and why, without keys, as text', async () => {
    const key = 'blw_live_0123456789abcdefABCDEF_0123456789abcdefghijklmnopqrstuvABCDEFG';
    await take(scene.admin, { body: `{"rule": "<script>", "key": "${key}"`, tenantId });
    await take(scene.admin, { body: Buffer.from([0, 1, 2, 255, 254]), tenantId });
    const { items } = await listUnreadable(operator);
    expect(items).toHaveLength(2);
    expect(items[1]?.body).toContain('<script>');
    expect(items[1]?.problem).not.toBe('');
    expect(JSON.stringify(items)).not.toContain('\\u0000');
    const { items: first, nextCursor } = await listUnreadable(operator, { limit: 1 });
    const { items: second } = await listUnreadable(operator, { limit: 1, cursor: nextCursor ?? '' });
    expect([first[0]?.id, second[0]?.id]).toEqual(items.map(({ id }) => id));
    expect(await listSensors(operator)).toMatchObject({ senders: [{ unreadable: 2 }] });
  });

  it('and what a gate lost stands beside the sensors, in the record and in a message', async () => {
    const [from, to] = [new Date(Date.now() - 60_000).toISOString(), new Date().toISOString()];
    await take(scene.admin, {
      kind: 'loss',
      origin: 'gate',
      body: JSON.stringify({ from, to, deliveries: 42, reason: 'The folder for events is full.' }),
      tenantId,
    });
    expect(await listSensors(operator)).toMatchObject({ losses: [{ deliveries: 42, from, to }] });
    expect(await count('audit_event', 'detection.events_lost')).toBe(1);
    expect(await count('notification', 'detection.lost')).toBe(1);
  });
});
