import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newTenant, openScene, type Scene, testJobActor, userActor } from '@/db/test/scene';
import type { UserActor } from '@/lib/platform/auth/contract';
import { completeSignIn } from '@/lib/platform/auth/sign-in/complete-sign-in';
import { networkOf } from '@/lib/platform/auth/sign-in/tell-new-device';
import { HOUR_MS, MINUTE_MS } from '@/lib/platform/core/clock';
import { newId } from '@/lib/platform/core/ids';
import { changeMemberRole } from '@/lib/platform/tenancy/change-member-role';
import { DEFAULT_TENANT_ID } from '@/lib/platform/tenancy/contract';
import { disableMember } from '@/lib/platform/tenancy/disable-member';
import { enableMember } from '@/lib/platform/tenancy/enable-member';
import { type GateProbe, REFUSED_MIN, watchGate, watchLimits } from './watch';

let scene: Scene;
let tenantId: string;
let operator: UserActor;

beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());
beforeEach(async () => {
  tenantId = await newTenant(`producers-${newId().slice(-8)}`);
  operator = await userActor('operator', tenantId);
});

const told = (type: string, tenant = tenantId) =>
  scene.admin`select data, subject_label, owner_user_id, severity from notification
    where tenant_id = ${tenant} and type = ${type} order by id`;

describe('member verbs', () => {
  it('tell what they do, in the same transaction', async () => {
    const { userId } = await userActor('analyst', tenantId);
    await changeMemberRole(operator, userId, 'auditor');
    await disableMember(operator, userId);
    await enableMember(operator, userId);
    const rows = await told('member.changed');
    expect(rows.map(({ data }) => data.change)).toEqual(['role_changed', 'disabled', 'enabled']);
    expect(rows[0]?.data).toMatchObject({ by: 'operator', role: 'auditor', roleBefore: 'analyst' });
    await expect(disableMember(operator, operator.userId)).rejects.toMatchObject({ code: 'conflict' });
    expect(await told('member.changed')).toHaveLength(3);
  });
});

describe('a sign-in', () => {
  const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
  const SAFARI =
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Safari/604.1';
  const signIn = (subject: string, userAgent: string, ip: string) =>
    completeSignIn(
      {
        provider: 'local',
        issuer: 'http://issuer.test',
        subject,
        displayName: subject,
        handle: subject,
        email: null,
      },
      {
        request: { requestId: newId(), ip, userAgent, method: 'GET', host: 'console', path: '/api/auth' },
        token: newId() + newId(),
        replacedToken: null,
      },
    );

  it('from a new device or network is told to the person, a familiar one and the first are not', async () => {
    const subject = `olga-${newId().slice(-6)}`;
    const first = await signIn(subject, FIREFOX, '192.0.2.10');
    await scene.admin`insert into identity.membership (tenant_id, user_id, role)
      values (${DEFAULT_TENANT_ID}, ${first.userId}, 'operator') on conflict do nothing`;
    await signIn(subject, FIREFOX, '192.0.2.77');
    const own = async () =>
      (await told('auth.new_device', DEFAULT_TENANT_ID)).filter(
        ({ owner_user_id }) => owner_user_id === first.userId,
      );
    expect(await own()).toHaveLength(0);
    await signIn(subject, SAFARI, '192.0.2.10');
    await signIn(subject, SAFARI, '198.51.100.4');
    await signIn(subject, SAFARI, '198.51.100.200');
    expect(await own()).toMatchObject([
      { severity: 'warning', data: { device: 'Safari on iPhone', isNewDevice: true } },
      { severity: 'info', data: { ip: '198.51.100.4', isNewDevice: false } },
    ]);
  });

  it('compares networks, not addresses', () => {
    expect(networkOf('192.0.2.77')).toBe('192.0.2.0/24');
    expect(networkOf('::ffff:192.0.2.77')).toBe('192.0.2.0/24');
    expect(networkOf('2001:db8:1:2::9')).toBe('2001:db8:1::/48');
    expect(networkOf(null)).toBeNull();
  });
});

describe('the watch over limits', () => {
  const refuse = (count: number, code: string, at: Date) =>
    scene.admin`insert into audit_event (tenant_id, at, id, category, action, outcome, code, actor_type, actor_label, request_id)
      select ${tenantId}, ${at}, gen_random_uuid(), 'decision', 'gate.verify', 'denied', ${code}, 'key', 'crawler', 'r'
      from generate_series(1, ${count})`;

  it('tells of many refusals once an hour, and of few not at all', async () => {
    const now = new Date();
    const before = new Date(now.getTime() - 60_000);
    await refuse(REFUSED_MIN - 1, 'RATE_LIMITED', before);
    await watchLimits(testJobActor(tenantId), now);
    expect(await told('limits.exceeded')).toHaveLength(0);
    await refuse(1, 'RATE_LIMITED', before);
    await watchLimits(testJobActor(tenantId), now);
    await watchLimits(testJobActor(tenantId), now);
    expect(await told('limits.exceeded')).toMatchObject([
      { data: { refused: REFUSED_MIN, topCaller: 'crawler' } },
    ]);
    const other = await newTenant(`others-${newId().slice(-8)}`);
    await watchLimits(testJobActor(other), now);
    expect(await told('limits.exceeded', other)).toHaveLength(0);
  });

  it.each(['RATE_LIMITED', 'UNAVAILABLE'])(
    'tells of one burst once, wherever it begins in the hour and however often anybody looks: %s',
    async (code) => {
      const type = code === 'RATE_LIMITED' ? 'limits.exceeded' : 'gate.degraded';
      // Five minutes before a full hour, 1,800 within ten minutes, and one more after it.
      const hour = new Date(Math.floor(Date.now() / HOUR_MS) * HOUR_MS);
      const minute = (n: number) => new Date(hour.getTime() + (n - 5) * MINUTE_MS);
      for (let n = 0; n < 10; n++) await refuse(180, code, minute(n));
      await refuse(1, code, minute(11));
      for (let n = 0; n < 25; n += 0.5) {
        const now = minute(n + 1);
        await Promise.all([1, 2].map(() => watchLimits(testJobActor(tenantId), now)));
      }
      expect(await told(type)).toHaveLength(1);
    },
  );

  it('tells of what goes on again after an hour, each request once', async () => {
    const start = Date.now() - 3 * HOUR_MS;
    const minute = (n: number) => new Date(start + n * MINUTE_MS);
    for (let n = 0; n < 150; n += 1) {
      await refuse(200, 'RATE_LIMITED', minute(n));
      if (n % 5 === 4) await watchLimits(testJobActor(tenantId), minute(n + 0.5));
    }
    const spans = (await told('limits.exceeded')).map(({ data }) => [data.from, data.to, data.refused]);
    expect(spans).toHaveLength(3);
    for (const [from, to, refused] of spans) {
      const [row] = await scene.admin`select count(*)::int as n from audit_event
        where tenant_id = ${tenantId} and at >= ${from} and at < ${to}`;
      expect(refused).toBe(row?.n);
    }
    expect(spans.slice(1).every(([from], i) => from >= (spans[i]?.[1] ?? ''))).toBe(true);
  });

  it('tells that limits cannot be counted', async () => {
    const now = new Date();
    await refuse(3, 'UNAVAILABLE', new Date(now.getTime() - 60_000));
    await watchLimits(testJobActor(tenantId), now);
    expect(await told('gate.degraded')).toMatchObject([{ severity: 'critical', data: { failures: 3 } }]);
  });
});

describe('the watch over the gate', () => {
  let server: Server;
  let status = 200;
  let url = '';
  beforeAll(async () => {
    server = createServer((_, response) => response.writeHead(status).end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.close();
  });

  it('tells the home tenant after two failures in a row, once an hour for all workers', async () => {
    const home = testJobActor(DEFAULT_TENANT_ID);
    const [one, two]: GateProbe[] = [
      { failures: 0, since: null },
      { failures: 0, since: null },
    ];
    const degraded = async () => (await told('gate.degraded', DEFAULT_TENANT_ID)).length;
    status = 503;
    await watchGate(home, one, url);
    status = 200;
    await watchGate(home, one, url);
    status = 503;
    await watchGate(home, one, url);
    await watchGate(home, one, url);
    expect(await degraded()).toBe(0);
    const later = new Date(Date.now() + 60_000);
    await watchGate(home, one, url, later);
    expect(await degraded()).toBe(1);
    for (let n = 0; n < 3; n++) {
      await watchGate(home, two, url, later);
      await watchGate(home, one, 'http://127.0.0.1:9', later);
    }
    expect(await degraded()).toBe(1);
    await watchGate(testJobActor(tenantId), two, url);
    expect(await told('gate.degraded')).toHaveLength(0);
  });
});
