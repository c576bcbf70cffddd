import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newTenant, openScene, type Scene } from '@/db/test/scene';
import {
  ALERTMANAGER_FIXTURES,
  feed,
  hasShared,
  processAll,
  shared,
} from '@/lib/response/detections/test/feed';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

let tenants = 0;

async function open() {
  tenants += 1;
  const tenantId = await newTenant(`alerts-${tenants}`);
  const { admin } = scene;
  let clock = Date.now() - 3_600_000;
  return {
    tenantId,
    /** Each message a second after the last, or so many minutes. */
    send: async (body: string | object, afterMinutes = 1 / 60) => {
      clock += afterMinutes * 60_000;
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      const id = await feed(admin, { kind: 'alertmanager', body: text, tenantId, at: new Date(clock) });
      await processAll(undefined, tenantId);
      return (await admin`select * from event_delivery where id = ${id}`)[0];
    },
    groups: () =>
      admin`select * from detection_group where tenant_id = ${tenantId} order by first_received_at`,
    episodes: () => admin`select * from detection where tenant_id = ${tenantId} order by received_at, id`,
  };
}

const UNSET = '0001-01-01T00:00:00Z';

function alert(instance: string, startsAt: string, more: object = {}) {
  return {
    status: 'firing',
    labels: { alertname: 'GateDown', instance, job: 'gate', severity: 'critical' },
    annotations: { summary: `Gate ${instance} is down` },
    startsAt,
    endsAt: UNSET,
    generatorURL: '',
    fingerprint: `f-${instance}`,
    ...more,
  };
}

function message(alerts: object[], more: object = {}) {
  return {
    version: '4',
    status: 'firing',
    receiver: 'bulwark',
    alerts,
    groupLabels: { alertname: 'GateDown', job: 'gate' },
    externalURL: 'http://alertmanager.example:9093',
    groupKey: '{}:{alertname="GateDown", job="gate"}',
    truncatedAlerts: 0,
    ...more,
  };
}

const T1 = '2026-12-01T02:58:17.683684969Z';
const T2 = '2026-12-01T02:58:38.824009311Z';
const resolved = { status: 'resolved', endsAt: '2026-12-01T02:58:24Z' };

describe('alerts', () => {
  it('fire, resolve one by one, and fire again as another episode of the same group', async () => {
    const world = await open();
    await world.send(message([alert('a:1', T1), alert('b:1', T1)]));
    expect(await world.groups()).toMatchObject([
      { rule: 'GateDown', severity: 'critical', firing: 2, count: '2', episode: 1 },
    ]);
    await world.send(message([alert('a:1', T1, resolved), alert('b:1', T1)]));
    expect(await world.groups()).toMatchObject([{ firing: 1, resolved_at: null }]);
    await world.send(message([alert('b:1', T1, resolved)], { status: 'resolved' }));
    const [over] = await world.groups();
    expect(over).toMatchObject({ firing: 0, episode: 1 });
    expect(over?.resolved_at).not.toBeNull();
    await world.send(message([alert('a:1', T2)]));
    expect(await world.groups()).toMatchObject([{ firing: 1, episode: 2, count: '3', resolved_at: null }]);
    await world.send(message([alert('a:1', T1, resolved), alert('b:1', T1)]));
    expect(await world.groups()).toMatchObject([{ firing: 1, episode: 2, count: '3', resolved_at: null }]);
    expect(
      (await world.episodes()).map(({ fingerprint, alert_state, deliveries, event_time }) => [
        fingerprint,
        alert_state,
        deliveries,
        event_time,
      ]),
    ).toEqual([
      ['f-a:1', 'resolved', 3, T1],
      ['f-b:1', 'resolved', 4, T1],
      ['f-a:1', 'firing', 1, T2],
    ]);
  });

  it('of two Alertmanagers that say the same are the same, and a late "firing" revives nothing', async () => {
    const world = await open();
    for (const externalURL of ['http://am-0:9093', 'http://am-1:9093'])
      await world.send(message([alert('a:1', T1)], { externalURL }));
    await world.send(message([alert('a:1', T1, resolved)], { externalURL: 'http://am-0:9093' }));
    await world.send(message([alert('a:1', T1)], { externalURL: 'http://am-1:9093' }));
    expect(await world.episodes()).toMatchObject([{ alert_state: 'resolved', deliveries: 4 }]);
    const sensors =
      await scene.admin`select host from detection_sensor where tenant_id = ${world.tenantId} order by host`;
    expect(sensors.map(({ host }) => host)).toEqual(['am-0:9093', 'am-1:9093']);
  });

  it('that fire again with their old start, long after, are firing', async () => {
    const world = await open();
    await world.send(message([alert('a:1', T1)]));
    await world.send(message([alert('a:1', T1, resolved)]));
    await world.send(message([alert('a:1', T1)]), 15);
    expect(await world.groups()).toMatchObject([{ firing: 1, episode: 2, resolved_at: null }]);
    expect(await world.episodes()).toMatchObject([{ alert_state: 'firing', ends_at: null }]);
  });

  it('that were left out keep their group from being resolved', async () => {
    const world = await open();
    await world.send(message([alert('a:1', T1), alert('b:1', T1)], { truncatedAlerts: 3 }));
    expect(await world.groups()).toMatchObject([{ truncated: 3 }]);
    await world.send(
      message([alert('a:1', T1, resolved), alert('b:1', T1, resolved)], { truncatedAlerts: 3 }),
    );
    expect(await world.groups()).toMatchObject([{ truncated: 3, firing: 0, resolved_at: null }]);
    await world.send(message([alert('a:1', T1, resolved)], { truncatedAlerts: 0 }));
    expect((await world.groups())[0]?.resolved_at).not.toBeNull();
  });

  it('reopen a group that was closed when a new one fires, not when an old one is repeated', async () => {
    const world = await open();
    await world.send(message([alert('a:1', T1)]));
    await scene.admin`update detection_group set state = 'closed' where tenant_id = ${world.tenantId}`;
    await world.send(message([alert('a:1', T1)]));
    expect(await world.groups()).toMatchObject([{ state: 'closed', episode: 1 }]);
    await world.send(message([alert('a:1', T1), alert('c:1', T2)]));
    expect(await world.groups()).toMatchObject([{ state: 'open', episode: 2 }]);
  });

  it('that always fire are a heartbeat', async () => {
    const world = await open();
    const watchdog = alert('', T1, { labels: { alertname: 'Watchdog', severity: 'none' }, fingerprint: 'w' });
    for (let i = 0; i < 3; i++) await world.send(message([watchdog]), 5);
    expect(await world.groups()).toHaveLength(0);
    expect(
      await scene.admin`select recent_gaps, kind from detection_sensor where tenant_id = ${world.tenantId}`,
    ).toMatchObject([{ kind: 'alertmanager', recent_gaps: [300, 300] }]);
  });

  it('are taken with whatever they lack', async () => {
    const world = await open();
    const bare = { status: 'firing', labels: {}, startsAt: 'yesterday' };
    expect(
      await world.send({
        alerts: [bare, { ...bare, labels: { severity: 'purple', alertname: '=cmd', host: 'node-1' } }],
      }),
    ).toMatchObject({ problem: null });
    expect(
      (await world.episodes()).map(({ rule, severity, marks, host }) => [
        rule,
        severity,
        [...marks].sort(),
        host,
      ]),
    ).toEqual([
      ['unnamed alert', 'medium', ['incomplete', 'incomplete', 'time_unreadable'], null],
      ['=cmd', 'medium', ['incomplete', 'time_unreadable'], 'node-1'],
    ]);
  });

  it.each([
    ['no alerts', '{"version":"4"}', 'alerts'],
    ['alerts that are none', '{"alerts":[1,2]}', 'None of its alerts'],
    ['another shape', '{"text":"*firing*"}', 'alerts'],
    ['no JSON', 'status=firing', 'Not a JSON object'],
  ])('in a body with %s cannot be read, which is said', async (_, body, problem) => {
    const world = await open();
    expect((await world.send(body))?.problem).toContain(problem);
    expect(await world.groups()).toHaveLength(0);
  });

  it('without an alert at all change nothing', async () => {
    const world = await open();
    await world.send(message([]));
    expect(await world.groups()).toHaveLength(0);
    expect(await world.episodes()).toHaveLength(0);
  });
});

describe.skipIf(!hasShared(ALERTMANAGER_FIXTURES))(
  'the messages of a real Alertmanager (skipped without ../shared)',
  () => {
    const read = (name: string) => shared(ALERTMANAGER_FIXTURES, name);

    it('in their order: resolved one by one, over, firing again, and an old one once more', async () => {
      const world = await open();
      await world.send(read('01-two-firing.json'));
      await world.send(read('04-mixed-resolved-and-firing.json'));
      expect((await world.episodes()).map(({ alert_state }) => alert_state)).toEqual(['resolved', 'firing']);
      await world.send(read('05-all-resolved.json'));
      expect((await world.groups())[0]?.resolved_at).not.toBeNull();
      await world.send(read('06-fires-again-new-startsAt.json'));
      const after = {
        groups: await world.groups(),
        states: (await world.episodes()).map(({ alert_state }) => alert_state),
      };
      expect(after.groups).toMatchObject([{ episode: 2, firing: 1, resolved_at: null }]);
      await world.send(read('04-mixed-resolved-and-firing.json'));
      expect(await world.groups()).toMatchObject([{ episode: 2, firing: 1, resolved_at: null, count: '3' }]);
      expect((await world.episodes()).map(({ alert_state }) => alert_state)).toEqual(after.states);
    });

    it('say how many were left out, and hold hostile labels as text', async () => {
      const world = await open();
      await world.send(read('02-truncated-by-max-alerts.json'));
      await world.send(read('03-hostile-labels.json'));
      expect(await world.groups()).toMatchObject([
        { truncated: 3, severity: 'info' },
        { rule: 'Ünïcode <script>alert(1)</script>', scope: 'job==cmd', severity: 'critical' },
      ]);
    });
  },
);
