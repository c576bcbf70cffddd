import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { inTenant } from '@/db/scope';
import { newTenant, openScene, type Scene, testJobActor, userActor } from '@/db/test/scene';
import type { UserActor } from '@/lib/platform/auth/contract';
import { HOUR_MS, MINUTE_MS } from '@/lib/platform/core/clock';
import { newId } from '@/lib/platform/core/ids';
import { createChannel } from '@/lib/platform/notifications/channels/create-channel';
import { rotateChannelSecret } from '@/lib/platform/notifications/channels/rotate-channel-secret';
import { testChannel } from '@/lib/platform/notifications/channels/test-channel';
import { sendNotices } from '@/lib/platform/notifications/jobs';
import type { NotificationEvent, NotificationType } from '@/lib/platform/notifications/notice-contract';
import { notify } from '@/lib/platform/notifications/notify';
import {
  type MailServer,
  openMailServer,
  openReceiver,
  type Receiver,
} from '@/lib/platform/notifications/test/receivers';
import { claimDue } from './claim';
import { dispatchNotices } from './dispatch';
import { redeliver } from './redeliver';
import type { Wires } from './send';

process.env.ENCRYPTION_KEY = 'h7Kq2VbN5kLr7TzW1cYd4FhGm9PsQe6u';
process.env.OUTBOUND_ALLOW = '127.0.0.1';

let scene: Scene;
let mail: MailServer;
let hook: Receiver;
let operator: UserActor;
let tenantId: string;
let now: Date;

beforeAll(async () => {
  scene = await openScene();
  mail = await openMailServer();
});
afterAll(async () => {
  await mail.close();
  await scene.close();
});
beforeEach(async () => {
  hook = await openReceiver();
  mail.mails.length = 0;
  mail.refused.clear();
  tenantId = await newTenant(`notices-${newId().slice(-8)}`);
  operator = await userActor('operator', tenantId);
  await scene.admin`update identity.user_account set email = 'olga@example.org' where id = ${operator.userId}`;
  now = new Date('2026-11-22T12:00:00Z');
  return () => hook.close();
});

const wires = (): Wires => ({ smtpUrl: mail.url, mailFrom: 'bulwark@console.example.org' });
const turn = (given: Wires = wires()) => sendNotices(testJobActor(tenantId), given, () => now);
const later = (ms: number) => {
  now = new Date(now.getTime() + ms);
};
const tell = <T extends NotificationType>(event: Omit<NotificationEvent<T>, 'tenantId'>) =>
  inTenant(testJobActor(tenantId), (tx) => notify(tx, { ...event, tenantId } as NotificationEvent<T>));
const expiring = (label: string, daysLeft = 7, ownerUserId: string | null = operator.userId) =>
  tell<'key.expiring'>({
    type: 'key.expiring',
    subject: { type: 'key', id: newId(), label },
    ownerUserId,
    dedupeKey: `key.expiring ${label} ${daysLeft}`,
    data: { expiresAt: '2026-11-29T12:00:00.000Z', daysLeft },
  });
const deliveries = () =>
  scene.admin`select state, attempts, last_status, last_error, kind, recipient, next_attempt_at
    from notification_delivery where tenant_id = ${tenantId} order by id`;

describe('a webhook', () => {
  it('gets each event once, signed, and verifies with both secrets while they overlap', async () => {
    const { id, secret } = await createChannel(operator, {
      kind: 'webhook',
      name: 'siem',
      url: `${hook.url}/in`,
    });
    await expiring('ci-deploy');
    await turn();
    await turn();
    expect(hook.received).toHaveLength(1);
    const [first] = hook.received;
    const verify = (key: string | null, one = first) =>
      new Webhook(key ?? '').verify(one?.body ?? '', one?.headers ?? {});
    // The library compares the timestamp with the real clock.
    now = new Date();
    const { secret: next } = await rotateChannelSecret(operator, id, { overlap: '1h' });
    await expiring('second');
    await turn();
    const second = hook.received[1];
    expect(verify(secret, second)).toMatchObject({
      type: 'key.expiring',
      data: { title: 'Key second expires in 7 days' },
    });
    expect(verify(next, second)).toBeTruthy();
    expect(() => verify('whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', second)).toThrow();
    expect(JSON.parse(second?.body ?? '')).toMatchObject({
      data: { severity: 'warning', subject: { label: 'second' }, details: { daysLeft: 7 } },
    });
    later(2 * HOUR_MS);
    await expiring('third');
    await turn();
    expect(hook.received[2]?.headers['webhook-signature']?.split(' ')).toHaveLength(1);
    const [attempt] =
      await scene.admin`select request, response from notification_attempt where tenant_id = ${tenantId}`;
    expect(attempt?.request).toContain('webhook-signature: [hidden]');
    expect(attempt?.request).not.toContain('v1,');
  });

  it('is retried later and later, with the same id, until it answers', async () => {
    await createChannel(operator, { kind: 'webhook', name: 'siem', url: hook.url });
    hook.answer = (_, number) => ({ status: number < 2 ? 503 : 204 });
    await expiring('ci-deploy');
    await turn();
    await turn();
    expect(hook.received).toHaveLength(1);
    expect(await deliveries()).toMatchObject([{ state: 'pending', attempts: 1, last_status: 503 }]);
    later(15_000);
    await turn();
    later(60_000);
    await turn();
    expect(hook.received).toHaveLength(3);
    expect(new Set(hook.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(await deliveries()).toMatchObject([{ state: 'succeeded', attempts: 3, last_status: 204 }]);
    const log = await scene.admin`select number, outcome, status from notification_attempt
      where tenant_id = ${tenantId} order by number`;
    expect(log.map(({ outcome }) => outcome)).toEqual(['retry', 'retry', 'succeeded']);
  });

  it('that fails is asked by one message at a time, not by each that waits', async () => {
    await createChannel(operator, { kind: 'webhook', name: 'siem', url: hook.url });
    hook.answer = () => ({ status: 500 });
    for (let n = 0; n < 10; n++) await expiring(`key-${n}`);
    await turn();
    expect(hook.received).toHaveLength(1);
    later(5_000);
    await turn();
    expect(hook.received).toHaveLength(1);
    later(10_000);
    await turn();
    expect(hook.received).toHaveLength(2);
    later(MINUTE_MS);
    hook.answer = () => ({ status: 200 });
    await turn();
    expect(hook.received).toHaveLength(2 + 10);
    expect((await deliveries()).every(({ state }) => state === 'succeeded')).toBe(true);
  });

  it('that fails is tried at once by a test, before what waits', async () => {
    const { id } = await createChannel(operator, { kind: 'webhook', name: 'siem', url: hook.url });
    hook.answer = () => ({ status: 500 });
    now = new Date();
    await expiring('ci-deploy');
    await turn();
    later(20_000);
    hook.answer = () => ({ status: 200 });
    await testChannel(operator, id);
    await turn();
    expect(hook.received.map(({ body }) => JSON.parse(body).type)).toEqual([
      'key.expiring',
      'notification.test',
      'key.expiring',
    ]);
  });

  it('that is gone is turned off with a record and a notice, and what waited fails', async () => {
    const { id } = await createChannel(operator, { kind: 'webhook', name: 'siem', url: hook.url });
    hook.answer = () => ({ status: 410, body: 'gone' });
    for (let n = 0; n < 3; n++) await expiring(`key-${n}`);
    await turn();
    expect(hook.received).toHaveLength(1);
    const [channel] = await scene.admin`select disabled_reason from notification_channel where id = ${id}`;
    expect(channel?.disabled_reason).toBe('The address returned 410 Gone.');
    expect(
      await scene.admin`select reason from audit_event where tenant_id = ${tenantId}
      and action = 'notification.channel_disabled' and actor_type = 'job'`,
    ).toHaveLength(1);
    expect((await deliveries()).map(({ state }) => state)).toEqual(['failed', 'failed', 'failed']);
    const inbox =
      await scene.admin`select n.type from notification_inbox i join notification n on n.id = i.notification_id
      where i.tenant_id = ${tenantId} and i.user_id = ${operator.userId} and n.type = 'channel.disabled'`;
    expect(inbox).toHaveLength(1);
    await expect(testChannel(operator, id)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('gets what a killed worker had in hand, when its lease ends', async () => {
    await createChannel(operator, { kind: 'webhook', name: 'siem', url: hook.url });
    await expiring('ci-deploy');
    await dispatchNotices(testJobActor(tenantId), now);
    expect(await claimDue(testJobActor(tenantId), now)).toHaveLength(1);
    await turn();
    expect(hook.received).toHaveLength(0);
    later(4 * MINUTE_MS);
    await turn();
    expect(hook.received).toHaveLength(1);
    expect((await deliveries()).at(-1)).toMatchObject({ state: 'succeeded', attempts: 2 });
  });

  it('gets a finished delivery again when asked, under the same id', async () => {
    await createChannel(operator, { kind: 'webhook', name: 'siem', url: hook.url });
    await expiring('ci-deploy');
    await turn();
    const [row] = await scene.admin`select id from notification_delivery where tenant_id = ${tenantId}`;
    now = new Date(Date.now() + 1000);
    await redeliver(operator, row?.id);
    await turn();
    expect(hook.received.map(({ headers }) => headers['webhook-id'])).toHaveLength(2);
    expect(hook.received[0]?.headers['webhook-id']).toBe(hook.received[1]?.headers['webhook-id']);
    expect(hook.received[0]?.body).toBe(hook.received[1]?.body);
  });
});

describe('an e-mail channel', () => {
  it('writes one mail for many notices, to people affected, with text and HTML', async () => {
    await createChannel(operator, { kind: 'email', name: 'team', recipients: ['team@example.org'] });
    for (let n = 0; n < 20; n++) await expiring(`key-${n}`, 1);
    await turn();
    expect(mail.mails).toHaveLength(0);
    later(20_000);
    await turn();
    expect(mail.mails.map(({ to }) => to).sort()).toEqual([['olga@example.org'], ['team@example.org']]);
    const [first] = mail.mails;
    expect(first?.raw).toContain('Subject: [Bulwark] Key key-0 expires in 1 day, and 19 more');
    expect(first?.raw).toContain('Content-Type: text/plain');
    expect(first?.raw).toContain('Content-Type: text/html');
    expect(first?.raw).toContain('Auto-Submitted: auto-generated');
    expect(first?.from).toBe('bulwark@console.example.org');
  });

  it('collects a day into one summary per person, and a later one goes into the next day', async () => {
    await createChannel(operator, { kind: 'email', name: 'owners' });
    for (let n = 0; n < 5; n++) await expiring(`key-${n}`, 30);
    await turn();
    later(10 * HOUR_MS);
    for (let n = 5; n < 8; n++) await expiring(`key-${n}`, 30);
    await turn();
    expect(mail.mails).toHaveLength(0);
    now = new Date('2026-11-23T08:00:30Z');
    await expiring('key-8', 30);
    await turn();
    await turn();
    expect(mail.mails).toHaveLength(1);
    expect(mail.mails[0]?.raw).toContain('Daily summary: 8 notifications');
    now = new Date('2026-11-24T08:00:30Z');
    await turn();
    expect(mail.mails).toHaveLength(2);
    expect((await deliveries()).map(({ kind, state }) => `${kind} ${state}`)).toEqual([
      'digest succeeded',
      'digest succeeded',
    ]);
  });

  it('does not pause for a recipient that the server refuses', async () => {
    mail.refused.add('gone@example.org');
    await createChannel(operator, {
      kind: 'email',
      name: 'team',
      recipients: ['gone@example.org', 'team@example.org'],
      toOwner: false,
    });
    await expiring('ci-deploy', 1);
    await turn();
    later(20_000);
    await turn();
    expect(mail.mails.map(({ to }) => to)).toEqual([['team@example.org']]);
    const rows = await deliveries();
    expect(rows.find(({ recipient }) => recipient === 'gone@example.org')).toMatchObject({
      state: 'failed',
      last_status: 550,
      last_error: 'The mail server rejected the message (550).',
    });
    const [channel] =
      await scene.admin`select failures from notification_channel where tenant_id = ${tenantId}`;
    expect(channel?.failures).toBe(0);
  });

  it('takes no header from a name, an address or a label', async () => {
    const evil = 'x\r\nBcc: evil@example.org\r\n\r\n<script>alert(1)</script>';
    await createChannel(operator, { kind: 'email', name: 'team', recipients: ['team@example.org'] });
    await scene.admin`update identity.user_account set email = ${`olga@example.org\r\nBcc: evil@example.org`}
      where id = ${operator.userId}`;
    await expiring(evil, 1);
    await turn();
    later(20_000);
    await turn();
    expect(mail.mails).toHaveLength(1);
    expect(mail.mails[0]?.to).toEqual(['team@example.org']);
    const [headers = ''] = mail.mails[0]?.raw.split('\r\n\r\n') ?? [];
    expect(headers).not.toMatch(/^Bcc:/im);
    const [, html = ''] = mail.mails[0]?.raw.split('Content-Type: text/html') ?? [];
    expect(html).toContain('&lt;script&gt;');
    expect(html).not.toContain('<script>');
    await expect(
      createChannel(operator, { kind: 'email', name: 'a\r\nBcc: b', recipients: [] }),
    ).rejects.toThrow();
    await expect(
      createChannel(operator, { kind: 'email', name: 'b', recipients: ['a@example.org, b@example.org'] }),
    ).rejects.toThrow();
  });

  it('says in its log that no mail server is set', async () => {
    await createChannel(operator, { kind: 'email', name: 'team', recipients: ['team@example.org'] });
    await expiring('ci-deploy', 1);
    await turn();
    later(20_000);
    await turn({ ...wires(), smtpUrl: undefined });
    expect((await deliveries())[0]).toMatchObject({
      state: 'failed',
      last_error: expect.stringContaining('SMTP_URL'),
    });
  });
});

describe('quiet hours and mutes', () => {
  it('hold what can wait until they end; critical notices pass', async () => {
    await createChannel(operator, { kind: 'webhook', name: 'siem', url: hook.url });
    await scene.admin`insert into notification_policy (tenant_id, time_zone, quiet_from, quiet_to, digest_at)
      values (${tenantId}, 'Europe/Amsterdam', '22:00', '07:00', '08:00')`;
    now = new Date('2026-11-22T23:30:00Z');
    await expiring('calm', 7);
    await expiring('urgent', 1);
    await turn();
    expect(hook.received.map(({ body }) => JSON.parse(body).data.subject.label)).toEqual(['urgent']);
    now = new Date('2026-11-23T05:59:00Z');
    await turn();
    expect(hook.received).toHaveLength(1);
    now = new Date('2026-11-23T06:00:01Z');
    await turn();
    expect(hook.received).toHaveLength(2);
  });

  it('keeps muted notifications from everybody until the mute ends', async () => {
    await createChannel(operator, { kind: 'webhook', name: 'siem', url: hook.url });
    await scene.admin`insert into notification_mute (tenant_id, id, type, reason, until)
      values (${tenantId}, ${newId()}, 'key.expiring', 'migration under way', ${new Date(now.getTime() + HOUR_MS)})`;
    await expiring('quiet');
    await turn();
    later(2 * HOUR_MS);
    await expiring('loud');
    await turn();
    expect(hook.received.map(({ body }) => JSON.parse(body).data.subject.label)).toEqual(['loud']);
    const inbox = await scene.admin`select 1 from notification_inbox where tenant_id = ${tenantId}`;
    expect(inbox).toHaveLength(1);
  });
});

describe('Slack', () => {
  it('gets blocks in which a label is only text, and its address is never shown', async () => {
    await createChannel(operator, {
      kind: 'slack',
      name: 'ops',
      url: `${hook.url}/services/T0/B0/secretpart`,
    });
    await expiring('<!channel> *bold* <https://evil.example|click>', 1);
    await turn();
    later(5_000);
    await turn();
    expect(hook.received).toHaveLength(1);
    expect(hook.received[0]?.url).toBe('/services/T0/B0/secretpart');
    expect(hook.received[0]?.body).not.toContain('<!channel>');
    expect(hook.received[0]?.body).not.toContain('<https://evil.example');
    const stored = JSON.stringify([
      await scene.admin`select * from notification_attempt where tenant_id = ${tenantId}`,
      await scene.admin`select * from notification_channel where tenant_id = ${tenantId}`,
      await scene.admin`select * from audit_event where tenant_id = ${tenantId}`,
    ]);
    expect(stored).not.toContain('secretpart');
  });
});

it('two workers at once send each message once', async () => {
  await createChannel(operator, { kind: 'webhook', name: 'siem', url: hook.url });
  for (let n = 0; n < 12; n++) await expiring(`key-${n}`);
  await Promise.all([turn(), turn(), turn()]);
  await turn();
  expect(hook.received).toHaveLength(12);
  expect(new Set(hook.received.map(({ headers }) => headers['webhook-id'])).size).toBe(12);
});
