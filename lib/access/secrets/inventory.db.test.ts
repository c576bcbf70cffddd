import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  cliActor,
  keyActor,
  newTenant,
  openScene,
  type Scene,
  testJobActor,
  userActor,
} from '@/db/test/scene';
import { createKey } from '@/lib/access/api-keys/change/create-key';
import type { Actor, UserActor } from '@/lib/platform/auth/contract';
import { DAY_MS } from '@/lib/platform/core/clock';
import { newId } from '@/lib/platform/core/ids';
import { listBackends } from './backend-queries';
import { checkBackend } from './check-backend';
import { addConsumer, removeConsumer } from './consumers';
import { SECRET_STATUSES, type UploadSecretScanInput } from './contract';
import { secretFacets } from './facets';
import { fingerprintKey } from './fingerprint-key';
import { noticeDueSecrets } from './notice-due';
import { noticeStep } from './notices';
import { getSecret, listSecrets } from './queries';
import { keepRepositorySecrets } from './read-local';
import { reportSeen } from './report-seen';
import { updateSecret } from './update-secret';
import { uploadSecretScan } from './upload-scan';

let scene: Scene;
let operator: UserActor;
let analyst: UserActor;
let stranger: UserActor;
beforeAll(async () => {
  vi.stubEnv('ENCRYPTION_KEY', 'u3Rk8WdZ1pXe6TnM4bVy9HcQ7sLg2JfA');
  scene = await openScene();
  operator = await userActor('operator');
  analyst = await userActor('analyst');
  stranger = await userActor('operator', await newTenant('other'));
});
afterAll(() => scene.close());

type Entry = UploadSecretScanInput['entries'][number];
const fingerprint = (n: number) => n.toString(16).padStart(64, '0');
const plain = (name: string, more: Partial<Entry> = {}): Entry => ({
  is: 'plain',
  name,
  place: `services.db.environment.${name}`,
  why: 'the name says so',
  ...more,
});
const held = (name: string, more: Partial<Entry> = {}): Entry => ({
  is: 'held',
  name,
  place: `prod/secret/${name}`,
  why: 'a secret of Kubernetes',
  ...more,
});
const scan = (source: string, entries: Entry[], more: Partial<UploadSecretScanInput> = {}) =>
  uploadSecretScan(operator, { kind: 'compose', source, entries, ...more });
const all = async (actor: Actor, more = {}) =>
  (await listSecrets(actor, { status: [...SECRET_STATUSES], limit: 200, ...more })).items;
const named = async (name: string) => {
  const found = (await all(operator)).find((one) => one.name === name);
  if (!found) throw new Error(`there is no secret ${name}`);
  return found;
};
const events = (id: string) =>
  scene.admin`select action, actor_type as actor, details from audit_event where target_id = ${id} order by at`;
describe('uploadSecretScan', () => {
  it('stores what stands there, tells what is new, and notes what has gone', async () => {
    const first = await scan('a.yml', [
      plain('A_PASSWORD', { fingerprint: fingerprint(1), line: 4, consumers: ['service db'] }),
      plain('B_TOKEN'),
    ]);
    expect(first).toMatchObject({ plain: 2, held: 0, gone: 0 });
    expect(await named('A_PASSWORD')).toMatchObject({
      status: 'exposed',
      exposure: 'plain',
      kind: 'variable',
      line: 4,
      consumers: 1,
      samePlaces: 1,
      rotatedAt: null,
      backend: { kind: 'compose', name: 'a.yml' },
    });
    const told = await scene.admin`select data from notification where type = 'secret.exposed'`;
    expect(told).toMatchObject([{ data: { found: 2, examples: ['A_PASSWORD', 'B_TOKEN'] } }]);
    expect(await scan('a.yml', [plain('A_PASSWORD', { fingerprint: fingerprint(1) })])).toMatchObject({
      gone: 1,
    });
    expect(await named('B_TOKEN')).toMatchObject({ status: 'gone' });
    expect((await named('A_PASSWORD')).consumers).toBe(0);
    expect(await scene.admin`select 1 from notification where type = 'secret.exposed'`).toHaveLength(1);
    const [event] = await events(first.backendId);
    expect(event).toMatchObject({
      action: 'secret.scan_uploaded',
      actor: 'user',
      details: { plain: 2, held: 0 },
    });
  });

  it('sees another value as a rotation, and the same value in several places', async () => {
    await scan('b.json', [held('db', { fingerprint: fingerprint(7), createdAt: '2026-01-01T00:00:00Z' })], {
      kind: 'kubernetes',
    });
    expect(await named('db')).toMatchObject({
      rotatedAt: '2026-01-01T00:00:00.000Z',
      status: 'overdue',
      exposure: 'backend',
    });
    await scan('b.json', [held('db', { fingerprint: fingerprint(8), createdAt: '2026-01-01T00:00:00Z' })], {
      kind: 'kubernetes',
    });
    const rotated = await named('db');
    expect(rotated).toMatchObject({ rotatedFrom: 'observed', status: 'current' });
    expect(Date.now() - Date.parse(rotated.rotatedAt ?? '')).toBeLessThan(60_000);
    await scan('c.yml', [plain('DB_PASSWORD', { fingerprint: fingerprint(8) })]);
    const detail = await getSecret(operator, rotated.id);
    expect(detail.samePlaces).toBe(2);
    expect(detail.twins.map(({ name }) => name)).toEqual(['DB_PASSWORD']);
    expect((await listSecrets(operator, { same: rotated.id })).items.map(({ name }) => name).sort()).toEqual([
      'DB_PASSWORD',
      'db',
    ]);
  });

  it('takes no value, and nothing but what the contract names', async () => {
    const withValue = { ...plain('X'), value: 'hunter2' } as unknown as Entry;
    await expect(scan('d.yml', [withValue])).rejects.toThrow();
    await expect(scan('d.yml', [plain('X', { fingerprint: 'hunter2' })])).rejects.toThrow();
  });

  it('is for who may change the inventory or rotate', async () => {
    const upload = (actor: Actor) =>
      uploadSecretScan(actor, { kind: 'compose', source: 'e.yml', entries: [] });
    await expect(upload(analyst)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(upload(keyActor(newId(), ['secrets:read', 'secrets:consume']))).rejects.toMatchObject({
      code: 'forbidden',
    });
    await expect(upload(keyActor(newId(), ['secrets:write']))).resolves.toMatchObject({ plain: 0 });
    await expect(upload(keyActor(newId(), ['secrets:rotate']))).resolves.toMatchObject({ plain: 0 });
  });
});

describe('the fingerprint key', () => {
  it('is made once for a tenant, and is not that of another', async () => {
    const { key } = await fingerprintKey(operator);
    expect(Buffer.from(key, 'base64url')).toHaveLength(32);
    expect(await fingerprintKey(cliActor())).toEqual({ key });
    expect(await fingerprintKey(stranger)).not.toEqual({ key });
    await expect(fingerprintKey(analyst)).rejects.toMatchObject({ code: 'forbidden' });
    const [row] = await scene.admin`select string_agg(fingerprint_key, ' ') as keys from secret_setting`;
    expect(row?.keys).not.toContain(key);
  });
});

describe('updateSecret', () => {
  it('sets owner, tags, note and interval, with what was before', async () => {
    await scan('f.json', [held('billing', { createdAt: new Date(Date.now() - 20 * DAY_MS).toISOString() })], {
      kind: 'kubernetes',
    });
    const { id, dueAt } = await named('billing');
    expect((await listSecrets(operator, { owner: 'unknown' })).items.some((one) => one.id === id)).toBe(true);
    const changed = await updateSecret(operator, id, {
      ownerUserId: analyst.userId,
      tags: ['monthly'],
      note: 'of the shop',
    });
    expect(changed).toMatchObject({
      owner: { userId: analyst.userId },
      tags: ['monthly'],
      note: 'of the shop',
      intervalDays: 30,
      intervalFrom: 'tag',
    });
    expect(Date.parse(changed.dueAt ?? '')).toBe(Date.parse(dueAt ?? '') - 60 * DAY_MS);
    const longer = await updateSecret(operator, id, { intervalDays: 365 });
    expect(longer).toMatchObject({ intervalDays: 365, intervalFrom: 'person', dueAt: changed.dueAt });
    expect((await events(id)).at(-1)).toMatchObject({
      action: 'secret.updated',
      details: {
        before: { intervalDays: 30, intervalFrom: 'tag' },
        after: { intervalDays: 365, intervalFrom: 'person' },
      },
    });
    expect((await listSecrets(operator, { owner: 'unknown' })).items.some((one) => one.id === id)).toBe(
      false,
    );
  });

  it('takes the date of the last rotation only where no source knows it', async () => {
    await scan('g.yml', [held('typed')]);
    const { id } = await named('typed');
    expect((await named('typed')).status).toBe('age_unknown');
    const rotatedAt = new Date(Date.now() - 100 * DAY_MS).toISOString();
    expect(await updateSecret(operator, id, { rotatedAt })).toMatchObject({
      rotatedAt,
      rotatedFrom: 'person',
      status: 'overdue',
    });
    await expect(
      updateSecret(operator, id, { rotatedAt: new Date(Date.now() + DAY_MS).toISOString() }),
    ).rejects.toMatchObject({ code: 'bad_request' });
    await expect(updateSecret(operator, (await named('db')).id, { rotatedAt })).rejects.toMatchObject({
      code: 'unprocessable',
    });
  });

  it('refuses an older copy, a foreign owner, a foreign tenant and a weak role', async () => {
    const { id, version } = await named('billing');
    await expect(updateSecret(operator, id, { note: 'x' }, `"${version - 1}"`)).rejects.toMatchObject({
      code: 'precondition_failed',
    });
    await expect(updateSecret(operator, id, { ownerUserId: stranger.userId })).rejects.toMatchObject({
      code: 'unprocessable',
    });
    await expect(updateSecret(stranger, id, { note: 'x' })).rejects.toMatchObject({ code: 'not_found' });
    await expect(updateSecret(analyst, id, { note: 'x' })).rejects.toMatchObject({ code: 'forbidden' });
    await expect(updateSecret(operator, 'x', { note: 'x' })).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('consumers', () => {
  it('are added and removed, each with its record', async () => {
    const { id } = await named('billing');
    const added = await addConsumer(operator, id, { name: 'web' });
    expect(added.consumerList).toMatchObject([
      { name: 'web', source: 'person', key: null, seenVersion: null },
    ]);
    await expect(addConsumer(operator, id, { name: 'web' })).rejects.toMatchObject({ code: 'conflict' });
    await expect(addConsumer(operator, id, { name: 'y', keyId: newId() })).rejects.toMatchObject({
      code: 'unprocessable',
    });
    const consumerId = added.consumerList[0]?.id ?? '';
    await expect(removeConsumer(stranger, id, consumerId)).rejects.toMatchObject({ code: 'not_found' });
    await expect(removeConsumer(analyst, id, consumerId)).rejects.toMatchObject({ code: 'forbidden' });
    expect((await removeConsumer(operator, id, consumerId)).consumerList).toEqual([]);
    await expect(removeConsumer(operator, id, consumerId)).rejects.toMatchObject({ code: 'not_found' });
    expect((await events(id)).map(({ action }) => action).slice(-2)).toEqual([
      'secret.consumer_added',
      'secret.consumer_removed',
    ]);
  });

  it('say which version they use, each for itself', async () => {
    const { id } = await named('billing');
    const { key } = await createKey(operator, { name: 'shop', scopes: ['secrets:consume'] });
    const shop = { ...keyActor(key.id, ['secrets:consume']), label: 'shop' };
    expect(await reportSeen(shop, id, { version: '3' })).toMatchObject({
      name: 'shop',
      source: 'seen',
      seenVersion: '3',
      key: { id: key.id },
    });
    const before = (await events(id)).length;
    await reportSeen(shop, id, { version: '3' });
    expect(await events(id)).toHaveLength(before);
    await reportSeen(shop, id, { version: '4' });
    expect((await events(id)).at(-1)).toMatchObject({
      action: 'secret.seen',
      details: { consumer: 'shop', version: '4', before: '3' },
    });
    await addConsumer(operator, id, { name: 'web' });
    await expect(reportSeen(shop, id, { version: '4', consumer: 'web' })).rejects.toMatchObject({
      code: 'forbidden',
    });
    const other = keyActor(newId(), ['secrets:consume', 'secrets:rotate']);
    await expect(reportSeen(other, id, { version: '4', consumer: 'shop' })).rejects.toMatchObject({
      code: 'forbidden',
    });
    await expect(reportSeen(other, id, { version: '4', consumer: 'web' })).resolves.toMatchObject({
      seenVersion: '4',
    });
    await expect(reportSeen(operator, id, { version: '4' })).rejects.toMatchObject({ code: 'bad_request' });
    await expect(reportSeen(operator, id, { version: '5', consumer: 'web' })).resolves.toMatchObject({
      seenVersion: '5',
    });
    await expect(reportSeen(keyActor(newId(), ['secrets:read']), id, { version: '4' })).rejects.toMatchObject(
      { code: 'forbidden' },
    );
    await expect(reportSeen(stranger, id, { version: '4', consumer: 'web' })).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});

describe('the list', () => {
  it('puts first what needs somebody, page by page, and each filter is what its facet counts', async () => {
    await scan(
      'many.json',
      Array.from({ length: 30 }, (_, i) =>
        held(`many-${i}`, { createdAt: new Date(Date.now() - i * 5 * DAY_MS).toISOString() }),
      ),
      { kind: 'kubernetes' },
    );
    const seen: string[] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page: Awaited<ReturnType<typeof listSecrets>> = await listSecrets(operator, { limit: 7, cursor });
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    }
    const whole = (await listSecrets(operator, { limit: 200 })).items;
    expect(seen).toEqual(whole.map(({ id }) => id));
    const ranks = whole.map(({ status }) =>
      ['exposed', 'overdue', 'age_unknown', 'due_soon', 'current'].indexOf(status),
    );
    expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
    const { facets } = await secretFacets(operator, {});
    for (const [facet, key] of [
      ['status', 'status'],
      ['backend', 'backend'],
      ['exposure', 'exposure'],
      ['kind', 'kind'],
      ['owner', 'owner'],
    ] as const) {
      for (const { value, count } of facets[facet]) {
        const { items } = await listSecrets(operator, { [key]: value, limit: 200 });
        expect([facet, value, items.length]).toEqual([facet, value, count]);
      }
    }
    expect(
      (await listSecrets(operator, { due: 'overdue', limit: 200 })).items.every(
        ({ dueAt }) => Date.parse(dueAt ?? '') < Date.now(),
      ),
    ).toBe(true);
    expect((await listSecrets(operator, { q: 'MANY-1', limit: 200 })).items).toHaveLength(11);
    expect(await all(stranger)).toEqual([]);
    await expect(listSecrets(keyActor(newId(), []), {})).rejects.toMatchObject({ code: 'forbidden' });
    await expect(listSecrets(operator, { cursor: 'x' })).rejects.toMatchObject({ code: 'bad_request' });
  });

  it('calls unread what was not read for long, never well', async () => {
    await scan('old.json', [held('forgotten', { createdAt: new Date().toISOString() })], { kind: 'docker' });
    expect((await named('forgotten')).status).toBe('current');
    await scene.admin`update secret_backend set read_at = now() - interval '36 days' where name = 'old.json'`;
    expect((await named('forgotten')).status).toBe('unread');
    const [backend] = (await listBackends(operator)).items.filter(({ name }) => name === 'old.json');
    expect(backend).toMatchObject({
      state: 'unread',
      sentence: 'It was last read 36 days ago. Read it again.',
      secrets: 1,
    });
    await expect(checkBackend(operator, backend?.id ?? '')).rejects.toMatchObject({ code: 'unprocessable' });
    await expect(checkBackend(stranger, backend?.id ?? '')).rejects.toMatchObject({ code: 'not_found' });
    await expect(checkBackend(analyst, backend?.id ?? '')).rejects.toMatchObject({ code: 'forbidden' });
  });
});

describe('secrets in repositories', () => {
  it('are listed as long as a finding shows them', async () => {
    const findingId = newId();
    const leak = {
      findingId,
      name: 'aws-access-token',
      place: 'shop: deploy/.env',
      firstSeenAt: new Date(),
      ownerUserId: null,
    };
    await keepRepositorySecrets(testJobActor(), [leak]);
    expect(await named('aws-access-token in shop: deploy/.env')).toMatchObject({
      status: 'exposed',
      exposure: 'repository',
      findingId,
      dueAt: null,
    });
    await keepRepositorySecrets(testJobActor(), []);
    expect((await named('aws-access-token in shop: deploy/.env')).status).toBe('gone');
    await keepRepositorySecrets(testJobActor(stranger.tenantId), []);
    expect((await listBackends(stranger)).items).toEqual([]);
  });
});

describe('what is due', () => {
  it.each([
    [8, null],
    [7, 7],
    [1.5, 7],
    [1, 1],
    [0.1, 1],
    [0, 0],
    [-6.9, 0],
    [-7, -7],
    [-15, -14],
  ])('is told with %d days left at the step %j', (days, step) => {
    expect(noticeStep(days * DAY_MS, 0)).toBe(step);
  });

  it('is told to its owner once for each step; a rotation under way makes nothing overdue unsaid', async () => {
    await scan('due.json', [held('due-one', { createdAt: new Date().toISOString() })], {
      kind: 'kubernetes',
    });
    const { id } = await named('due-one');
    await updateSecret(operator, id, { ownerUserId: analyst.userId });
    const told = async () =>
      (
        await scene.admin`select type, data, owner_user_id from notification where subject_id = ${id} order by created_at, id`
      ).map(
        ({ type, data, owner_user_id: owner }) =>
          `${type} ${data.daysLeft ?? -data.daysOver} ${owner === analyst.userId}`,
      );
    const due = (days: number) =>
      scene.admin`update secret set due_at = now() + make_interval(days => ${days}) where id = ${id}`;
    await due(5);
    await noticeDueSecrets(testJobActor());
    await noticeDueSecrets(testJobActor());
    expect(await told()).toEqual(['secret.due 7 true']);
    await scene.admin`update secret set rotation_state = 'open' where id = ${id}`;
    await due(4);
    await noticeDueSecrets(testJobActor());
    expect(await told()).toHaveLength(1);
    await due(-15);
    await noticeDueSecrets(testJobActor());
    await noticeDueSecrets(testJobActor());
    expect(await told()).toEqual(['secret.due 7 true', 'secret.overdue -14 true']);
  });
});
