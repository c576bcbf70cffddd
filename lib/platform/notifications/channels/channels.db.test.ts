import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { inTenant } from '@/db/scope';
import { keyActor, newTenant, openScene, type Scene, testJobActor, userActor } from '@/db/test/scene';
import type { UserActor } from '@/lib/platform/auth/contract';
import { DAY_MS } from '@/lib/platform/core/clock';
import { newId } from '@/lib/platform/core/ids';
import type { ChannelDto } from '@/lib/platform/notifications/contract';
import { getDelivery, listDeliveries } from '@/lib/platform/notifications/deliver/deliveries';
import { dispatchNotices } from '@/lib/platform/notifications/deliver/dispatch';
import { redeliver } from '@/lib/platform/notifications/deliver/redeliver';
import { listInbox } from '@/lib/platform/notifications/inbox/inbox';
import { markRead } from '@/lib/platform/notifications/inbox/mark-read';
import { notify } from '@/lib/platform/notifications/notify';
import { createMute } from '@/lib/platform/notifications/policy/create-mute';
import { endMute } from '@/lib/platform/notifications/policy/end-mute';
import { updatePolicy } from '@/lib/platform/notifications/policy/update-policy';
import { getChannel, getPolicy, listChannels, listMutes } from '@/lib/platform/notifications/queries';
import { createChannel } from './create-channel';
import { disableChannel } from './disable-channel';
import { enableChannel } from './enable-channel';
import { rotateChannelSecret } from './rotate-channel-secret';
import { testChannel } from './test-channel';
import { updateChannel } from './update-channel';

process.env.ENCRYPTION_KEY = 'h7Kq2VbN5kLr7TzW1cYd4FhGm9PsQe6u';

let scene: Scene;
let operator: UserActor;
let auditor: UserActor;
let stranger: UserActor;

beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());
beforeEach(async () => {
  const tenantId = await newTenant(`channels-${newId().slice(-8)}`);
  operator = await userActor('operator', tenantId);
  auditor = await userActor('auditor', tenantId);
  stranger = await userActor('operator', await newTenant(`strangers-${newId().slice(-8)}`));
});

const webhook = (name = 'siem') =>
  createChannel(operator, { kind: 'webhook', name, url: 'https://hooks.bulwark.dev/in' });
const audit = async (action: string) =>
  scene.admin`select target_id, reason, details from audit_event
    where tenant_id = ${operator.tenantId} and action = ${action} and actor_id = ${operator.userId}`;
const tell = (n: number) =>
  inTenant(testJobActor(operator.tenantId), (tx) =>
    notify(tx, {
      tenantId: operator.tenantId,
      type: 'key.expired',
      subject: { type: 'key', id: newId(), label: `key-${n}` },
      dedupeKey: `key.expired ${n}`,
      data: { expiredAt: '2026-11-20T10:00:00.000Z' },
    }),
  );
const dispatch = () => dispatchNotices(testJobActor(operator.tenantId), new Date());

describe('who may', () => {
  it('see and change channels: operators change, others read, strangers find nothing', async () => {
    const { id } = await webhook();
    const forbidden = { code: 'forbidden' };
    const missing = { code: 'not_found' };
    const verbs: ((actor: UserActor) => Promise<unknown>)[] = [
      (actor) => updateChannel(actor, id, { name: 'x' }),
      (actor) => disableChannel(actor, id, { reason: 'not needed' }),
      (actor) => enableChannel(actor, id),
      (actor) => rotateChannelSecret(actor, id, {}),
      (actor) => testChannel(actor, id),
      (actor) => redeliver(actor, id),
      (actor) => endMute(actor, id),
    ];
    for (const verb of verbs) {
      await expect(verb(auditor)).rejects.toMatchObject(forbidden);
      await expect(verb(stranger)).rejects.toMatchObject(missing);
    }
    const email = { kind: 'email' as const, name: 'x', recipients: [] };
    const until = new Date(Date.now() + DAY_MS).toISOString();
    for (const verb of [
      () => createChannel(auditor, email),
      () => updatePolicy(auditor, { digestAt: '09:00' }),
      () => createMute(auditor, { type: 'key.expired', until, reason: 'a long reason' }),
    ]) {
      await expect(verb()).rejects.toMatchObject(forbidden);
    }
    expect((await listChannels(auditor)).items).toHaveLength(1);
    expect((await listChannels(stranger)).items).toHaveLength(0);
    await expect(getChannel(stranger, id)).rejects.toMatchObject(missing);
    const key = keyActor(newId(), ['notifications:read'], operator.tenantId);
    expect((await listChannels(key)).items).toHaveLength(1);
    await expect(listInbox(key, {})).rejects.toMatchObject(forbidden);
  });
});

describe('a channel', () => {
  it('is added with a signing secret that is shown once and stored sealed', async () => {
    const made = await createChannel(
      operator,
      { kind: 'webhook', name: 'siem', url: 'https://hooks.bulwark.dev/in' },
      'once',
    );
    expect(made.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const again = await createChannel(
      operator,
      { kind: 'webhook', name: 'siem', url: 'https://hooks.bulwark.dev/in' },
      'once',
    );
    expect(again).toEqual({ ...made, secret: null });
    const [row] = await scene.admin`select secret_sealed from notification_channel where id = ${made.id}`;
    expect(row?.secret_sealed).toMatch(/^v1[.]e1[.]/);
    const everything = JSON.stringify([
      await getChannel(operator, made.id),
      await audit('notification.channel_created'),
      await scene.admin`select body from idempotency_record where tenant_id = ${operator.tenantId}`,
    ]);
    expect(everything).not.toContain(made.secret);
    expect(await audit('notification.channel_created')).toHaveLength(1);
  });

  it('has a name of its own and an address on the internet', async () => {
    await webhook();
    await expect(webhook()).rejects.toMatchObject({ code: 'conflict' });
    for (const url of ['https://169.254.169.254/', 'http://hooks.bulwark.dev/', 'https://redis:6379/', 'x']) {
      await expect(createChannel(operator, { kind: 'webhook', name: url, url })).rejects.toMatchObject({
        code: 'bad_request',
        fields: [{ path: 'url' }],
      });
    }
    const slack = await createChannel(operator, {
      kind: 'slack',
      name: 'ops',
      url: 'https://hooks.slack.com/services/T/B/x',
    });
    expect(slack).toMatchObject({ address: 'https://hooks.slack.com', secret: null });
    const empty = { kind: 'email' as const, name: 'nobody', recipients: [], toOwner: false };
    await expect(createChannel(operator, empty)).rejects.toMatchObject({ code: 'bad_request' });
  });

  it('is changed from the copy that was edited, and the record shows before and after', async () => {
    const { id } = await webhook();
    const changed = await updateChannel(
      operator,
      id,
      { name: 'soc', url: 'https://soc.bulwark.dev/' },
      '"1"',
    );
    expect(changed).toMatchObject({ name: 'soc', address: 'https://soc.bulwark.dev/', version: 2 });
    await expect(updateChannel(operator, id, { name: 'late' }, '"1"')).rejects.toMatchObject({
      code: 'precondition_failed',
    });
    await expect(updateChannel(operator, id, { recipients: ['a@example.org'] })).rejects.toMatchObject({
      code: 'bad_request',
    });
    await expect(updateChannel(operator, id, { url: 'https://10.0.0.1/' })).rejects.toMatchObject({
      code: 'bad_request',
    });
    const [row] = await audit('notification.channel_updated');
    expect(row?.details).toMatchObject({
      before: { name: 'siem' },
      after: { name: 'soc' },
      isAddressReplaced: true,
    });
  });

  it('is turned off and on again, with a reason on record', async () => {
    const { id } = await webhook();
    await testChannel(operator, id);
    expect(await disableChannel(operator, id, { reason: 'moved to another system' })).toMatchObject({
      isEnabled: false,
      disabledReason: 'moved to another system',
    });
    expect((await listDeliveries(operator, {})).items).toMatchObject([{ kind: 'test', state: 'failed' }]);
    await disableChannel(operator, id, { reason: 'again' });
    expect(await audit('notification.channel_disabled')).toMatchObject([
      { reason: 'moved to another system' },
    ]);
    expect(await enableChannel(operator, id)).toMatchObject({ isEnabled: true, failures: 0 });
    expect(await audit('notification.channel_enabled')).toHaveLength(1);
  });

  it('gets a new signing secret, and the old one ends with the overlap', async () => {
    const { id, secret } = await webhook();
    const rotated = await rotateChannelSecret(operator, id, { overlap: '24h' });
    expect(rotated.secret).not.toBe(secret);
    const leftMs = Date.parse(rotated.previousSecretUntil ?? '') - Date.now();
    expect(leftMs).toBeGreaterThan(DAY_MS - 60_000);
    expect((await rotateChannelSecret(operator, id, { overlap: '0' })).previousSecretUntil).toBeNull();
    expect(await audit('notification.secret_rotated')).toHaveLength(2);
    const { id: other } = await createChannel(operator, { kind: 'email', name: 'mail' });
    await expect(rotateChannelSecret(operator, other, {})).rejects.toMatchObject({ code: 'unprocessable' });
  });
});

describe('the policy', () => {
  it('fills every cell with its default and keeps what was changed', async () => {
    const { id } = await webhook();
    const { id: mail } = await createChannel(operator, { kind: 'email', name: 'mail' });
    const first = await getPolicy(auditor);
    expect(first).toMatchObject({ timeZone: 'UTC', quietHours: null, digestAt: '08:00', version: 0 });
    const modeOf = (policy: typeof first, type: string, channelId: string) =>
      policy.routes.find((route) => route.type === type && route.channelId === channelId)?.mode;
    expect([modeOf(first, 'key.expiring', id), modeOf(first, 'key.expiring', mail)]).toEqual([
      'now',
      'digest',
    ]);
    const changed = await updatePolicy(
      operator,
      {
        timeZone: 'Europe/Amsterdam',
        quietHours: { from: '22:00', to: '07:00' },
        routes: [{ type: 'key.expiring', channelId: id, mode: 'off' }],
      },
      '"0"',
    );
    expect(changed).toMatchObject({ timeZone: 'Europe/Amsterdam', version: 1 });
    expect(modeOf(await getPolicy(operator), 'key.expiring', id)).toBe('off');
    await expect(updatePolicy(operator, { digestAt: '09:00' }, '"0"')).rejects.toMatchObject({
      code: 'precondition_failed',
    });
    const [row] = await audit('notification.policy_updated');
    expect(row?.details).toMatchObject({ routes: [{ type: 'key.expiring', channelId: id, mode: 'off' }] });
  });

  it('refuses zones, times and channels that are none', async () => {
    const { id } = await webhook();
    const { items } = await listChannels(operator);
    const foreign = await createChannel(stranger, { kind: 'email', name: 'mail' });
    expect(items).toHaveLength(1);
    const bad = [
      { timeZone: 'Mars/Olympus' },
      { digestAt: '25:00' },
      { quietHours: { from: '22:00', to: '22:00' } },
      { routes: [{ type: 'key.expired', channelId: foreign.id, mode: 'off' }] },
      { routes: [{ type: 'key.expired', channelId: id, mode: 'digest' }] },
    ] as const;
    for (const input of bad) await expect(updatePolicy(operator, input as never)).rejects.toThrow();
    expect((await getPolicy(operator)).version).toBe(0);
  });
});

describe('a mute', () => {
  it('has a reason and an end, counts what it held, and can be ended', async () => {
    const until = new Date(Date.now() + DAY_MS).toISOString();
    const mute = await createMute(operator, {
      type: 'key.expired',
      until,
      reason: 'keys of the old cluster',
    });
    await tell(1);
    await dispatch();
    expect((await listMutes(auditor)).items).toMatchObject([
      { id: mute.id, held: 1, reason: 'keys of the old cluster' },
    ]);
    expect(await audit('notification.muted')).toHaveLength(1);
    await endMute(operator, mute.id);
    expect((await listMutes(auditor)).items).toHaveLength(0);
    expect(await audit('notification.mute_ended')).toHaveLength(1);
    const late = new Date(Date.now() + 91 * DAY_MS).toISOString();
    for (const input of [
      { type: 'key.expired' as const, until: late, reason: 'too long a time' },
      { type: 'key.expired' as const, until: '2020-01-01T00:00:00.000Z', reason: 'in the past' },
      { until, reason: 'everything at once' },
      { type: 'key.expired' as const, until, reason: 'short' },
    ]) {
      await expect(createMute(operator, input)).rejects.toThrow();
    }
  });
});

describe('the inbox', () => {
  it("is a person's own: operators find what concerns the tenant, others do not", async () => {
    const second = await userActor('operator', operator.tenantId);
    for (let n = 0; n < 3; n++) await tell(n);
    await dispatch();
    await dispatch();
    const first = await listInbox(operator, { limit: 2 });
    expect(first).toMatchObject({ unread: 3, items: [{ severity: 'critical' }, { type: 'key.expired' }] });
    expect(first.items[0]?.title).toMatch(/^Key key-\d has expired$/);
    const rest = await listInbox(operator, { limit: 2, cursor: first.nextCursor ?? '' });
    expect([rest.items.length, rest.nextCursor]).toEqual([1, null]);
    expect((await listInbox(auditor, {})).items).toHaveLength(0);
    const [one] = first.items;
    expect(await markRead(operator, { ids: [one?.id ?? ''] })).toEqual({ marked: 1 });
    expect(await markRead(operator, { ids: [one?.id ?? ''] })).toEqual({ marked: 0 });
    expect((await listInbox(operator, { unread: 'only' })).items).toHaveLength(2);
    expect(await markRead(operator, { all: true })).toEqual({ marked: 2 });
    expect((await listInbox(second, {})).unread).toBe(3);
    expect((await listInbox(stranger, {})).items).toHaveLength(0);
  });
});

describe('the delivery log', () => {
  it('shows deliveries by state, channel, type and text, page by page, in the own tenant', async () => {
    const channels: ChannelDto[] = [await webhook('siem'), await webhook('soc')];
    for (let n = 0; n < 3; n++) await tell(n);
    await dispatch();
    const all = await listDeliveries(auditor, { limit: 4 });
    expect(all.items).toHaveLength(4);
    expect((await listDeliveries(auditor, { cursor: all.nextCursor ?? '' })).items).toHaveLength(2);
    expect((await listDeliveries(auditor, { channel: 'siem' })).items).toHaveLength(3);
    expect((await listDeliveries(auditor, { channel: [channels[0]?.id ?? '', 'soc'] })).items).toHaveLength(
      6,
    );
    expect((await listDeliveries(auditor, { state: 'failed' })).items).toHaveLength(0);
    expect((await listDeliveries(auditor, { 'state!': 'failed', 'channel!': 'soc' })).items).toHaveLength(3);
    expect((await listDeliveries(auditor, { 'kind!': 'event' })).items).toHaveLength(0);
    expect((await listDeliveries(auditor, { type: 'key.expired', q: 'SIE' })).items).toHaveLength(3);
    expect((await listDeliveries(auditor, { q: '%' })).items).toHaveLength(0);
    expect((await listDeliveries(stranger, {})).items).toHaveLength(0);
    const id = all.items[0]?.id ?? '';
    expect(await getDelivery(auditor, id)).toMatchObject({
      noticeCount: 1,
      notices: [{ type: 'key.expired' }],
      attemptLog: [],
    });
    await expect(getDelivery(stranger, id)).rejects.toMatchObject({ code: 'not_found' });
    await expect(redeliver(operator, id)).rejects.toMatchObject({ code: 'conflict' });
  });
});
