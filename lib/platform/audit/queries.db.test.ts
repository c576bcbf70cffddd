import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openScene, type Scene } from '@/db/test/scene';
import {
  arbitraryEvent,
  arbitraryFilter,
  insertEvents,
  isoOfUs,
  matches,
  newestFirst,
  OTHER_TENANT,
  TENANT,
  testEvent,
  userActor,
  VALUES,
} from '@/lib/platform/audit/test/events';
import { newId } from '@/lib/platform/core/ids';
import { AUDIT_FILTER_FIELDS, type AuditEventDto, type ListAuditInput, listAuditInput } from './contract';
import { encodeCursor } from './cursor';
import { IS_SIGNAL } from './filters';
import { getAuditEvent, listAuditEvents } from './queries';
import type { ScanBudget } from './scan';

let scene: Scene;
let admin: Scene['admin'];
const HOUR_US = 3_600_000_000;

beforeAll(async () => {
  scene = await openScene();
  admin = scene.admin;
});
afterAll(() => scene.close());
beforeEach(() => admin`truncate public.audit_event`);

async function allPages(input: ListAuditInput, budget?: ScanBudget): Promise<AuditEventDto[]> {
  const items: AuditEventDto[] = [];
  for (let cursor: string | null | undefined, pages = 0; cursor !== null; pages++) {
    const page = await listAuditEvents(userActor(), { ...input, ...(cursor ? { cursor } : {}) }, budget);
    items.push(...page.items);
    cursor = page.nextCursor;
    if (pages > 500) throw new Error('The pages do not end.');
  }
  return items;
}

const idsOf = (events: readonly { id: string }[]) => events.map(({ id }) => id);

describe('the index of what is not traffic', () => {
  it('stands on the condition that its readers name', async () => {
    const [index] = await admin<{ condition: string }[]>`
      select pg_get_expr(indpred, indrelid) as condition from pg_index
      where indexrelid = 'public.audit_event_signal_idx'::regclass`;
    const actionsIn = (condition: string) => condition.match(/'[a-z_.]+'/g);
    expect(actionsIn(index?.condition ?? '')).toEqual(actionsIn(IS_SIGNAL));
  });
});

describe('listAuditEvents against a plain filter in memory', () => {
  const budgets: ScanBudget[] = [
    { walkRows: 3, dearRows: 2, probeRows: 1, lookUpHits: 1 },
    { walkRows: 17, dearRows: 5, probeRows: 4, lookUpHits: 3 },
    { walkRows: 30_000, dearRows: 8000, probeRows: 1000, lookUpHits: 40 },
  ];

  it('gives the same rows in the same order, whatever the filter, page size and budget', async () => {
    const toUs = Date.now() * 1000;
    const fromUs = toUs - HOUR_US;
    const range = { from: isoOfUs(fromUs - 1000), to: isoOfUs(toUs + 1_000_000) };
    await fc.assert(
      fc.asyncProperty(
        fc.array(arbitraryEvent(fromUs, toUs), { minLength: 20, maxLength: 60 }),
        fc.array(arbitraryFilter(), { minLength: 5, maxLength: 5 }),
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom(...budgets),
        async (events, filters, limit, budget) => {
          await admin`truncate public.audit_event`;
          await insertEvents(admin, events);
          for (const filter of filters) {
            const input = { ...filter, ...range, limit };
            const wanted = newestFirst(
              events.filter((event) => event.tenantId === TENANT && matches(event, input)),
            );
            expect(idsOf(await allPages(input, budget)), JSON.stringify(input)).toEqual(idsOf(wanted));
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  it.each(AUDIT_FILTER_FIELDS)('finds and excludes by %s, each value alone', async (field) => {
    const toUs = Date.now() * 1000;
    const events = fc.sample(arbitraryEvent(toUs - HOUR_US, toUs), { numRuns: 150, seed: 7 });
    await insertEvents(admin, events);
    const own = events.filter((event) => event.tenantId === TENANT);
    let selective = 0;
    for (const value of VALUES[field]) {
      for (const name of [field, `${field}!` as const]) {
        const input: ListAuditInput = { [name]: value, access: 'show' };
        const wanted = newestFirst(own.filter((event) => matches(event, input)));
        expect(idsOf(await allPages(input)), `${name}=${value}`).toEqual(idsOf(wanted));
        if (wanted.length > 0 && wanted.length < own.length) selective++;
      }
    }
    expect(selective).toBeGreaterThan(0);
  });
});

describe('pages', () => {
  it('neither repeat nor lose a row while others are written', async () => {
    const nowUs = Date.now() * 1000;
    const events = Array.from({ length: 120 }, (_, i) =>
      testEvent({ atUs: nowUs - 1_000_000 - Math.floor(i / 3) }),
    );
    await insertEvents(admin, events);
    const seen: string[] = [];
    let cursor: string | null | undefined;
    do {
      const page = await listAuditEvents(userActor(), { limit: 7, ...(cursor ? { cursor } : {}) });
      seen.push(...idsOf(page.items));
      cursor = page.nextCursor;
      await insertEvents(admin, [
        testEvent({ atUs: nowUs + seen.length }),
        testEvent({ atUs: nowUs - 500_000 }),
      ]);
    } while (cursor);
    expect(seen).toEqual(idsOf(newestFirst(events)));
  });

  it('says how far a search came, and goes on from there', async () => {
    const nowUs = Date.now() * 1000;
    const events = Array.from({ length: 30 }, (_, i) =>
      testEvent({ atUs: nowUs - i * 1000, path: i === 25 ? '/needle' : '/hay' }),
    );
    await insertEvents(admin, events);
    const budget = { walkRows: 10, dearRows: 10, probeRows: 10, lookUpHits: 10 };
    const first = await listAuditEvents(userActor(), { path: '/needle' }, budget);
    expect(first).toMatchObject({ items: [], searchedTo: isoOfUs(events[9]?.atUs ?? 0) });
    expect(idsOf(await allPages({ path: '/needle' }, budget))).toEqual([events[25]?.id]);
  });

  it('keeps the start of a relative range while paging', async () => {
    const nowUs = Date.now() * 1000;
    const events = Array.from({ length: 4 }, (_, i) => testEvent({ atUs: nowUs - 59_000_000 - i }));
    await insertEvents(admin, events);
    const page = await listAuditEvents(userActor(), { from: 'now-1m', limit: 2 });
    expect(page.items).toHaveLength(2);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const rest = await listAuditEvents(userActor(), {
      from: 'now-1m',
      limit: 2,
      cursor: page.nextCursor ?? '',
    });
    expect(rest.items).toHaveLength(2);
  });

  it('reads across months and the default partition', async () => {
    const days = [0, 20, 40, 120, 390];
    const events = days.map((day) => testEvent({ atUs: (Date.now() - day * 86_400_000 - 1000) * 1000 }));
    await insertEvents(admin, events);
    const [partitions] = await admin`select count(distinct tableoid)::integer as n from public.audit_event`;
    expect(partitions?.n).toBeGreaterThanOrEqual(3);
    expect(idsOf(await allPages({ from: 'now-395d', limit: 2 }))).toEqual(idsOf(events));
  });

  it('leaves accesses out unless they are asked for', async () => {
    const access = testEvent({ action: 'api.request' });
    const change = testEvent({ action: 'key.created', atUs: access.atUs - 1 });
    await insertEvents(admin, [access, change]);
    expect(idsOf(await allPages({}))).toEqual([change.id]);
    expect(idsOf(await allPages({ access: 'show' }))).toEqual([access.id, change.id]);
    expect(idsOf(await allPages({ category: 'access' }))).toEqual([access.id]);
    expect(idsOf(await allPages({ action: 'api.request' }))).toEqual([access.id]);
    expect(idsOf(await allPages({ request: access.requestId }))).toEqual([access.id]);
  });

  it('shows every column as it was written', async () => {
    const event = testEvent({
      action: 'key.updated',
      outcome: 'failure',
      code: 'x',
      actorId: newId(),
      actorLabel: 'Ada',
      keyId: newId(),
      ip: '2001:db8::1',
      userAgent: 'curl/8',
      method: 'PATCH',
      path: '/p',
      status: 409,
      targetId: 't',
      targetLabel: 'T',
      details: { before: { a: 1 }, after: null },
    });
    await insertEvents(admin, [event]);
    const [item] = await allPages({});
    const { atUs, userAgent, ...rest } = event;
    expect(item).toEqual({
      ...rest,
      userAgent,
      at: isoOfUs(atUs),
      recordedAt: isoOfUs(atUs),
      actorType: 'user',
      sessionId: null,
      keyVersionId: null,
      host: null,
      durationUs: null,
      targetType: null,
      reason: null,
    });
  });
});

describe('who may read', () => {
  it('is every role, in their own tenant only', async () => {
    await insertEvents(admin, [testEvent(), testEvent({ tenantId: OTHER_TENANT })]);
    for (const role of ['operator', 'analyst', 'auditor'] as const) {
      const { items } = await listAuditEvents(userActor(role), { access: 'show' });
      expect(items.map(({ tenantId }) => tenantId)).toEqual([TENANT]);
    }
  });

  it('is no key without the scope, and nobody unknown', async () => {
    const { request } = userActor();
    const base = { tenantId: TENANT, label: 'x', request };
    const key = { ...base, type: 'key' as const, keyId: newId(), versionId: newId(), scopes: ['keys:read'] };
    await expect(listAuditEvents(key, {})).rejects.toMatchObject({ code: 'forbidden' });
    await expect(getAuditEvent(key, newId(), {})).rejects.toMatchObject({ code: 'forbidden' });
    await expect(listAuditEvents({ ...base, type: 'anonymous' }, {})).rejects.toMatchObject({
      code: 'unauthenticated',
    });
  });

  it('cannot reach another tenant by a cursor', async () => {
    const foreign = testEvent({ tenantId: OTHER_TENANT });
    await insertEvents(admin, [foreign]);
    const cursor = encodeCursor({ at: isoOfUs(foreign.atUs + 1), id: newId(), fromMs: Date.now() - 60_000 });
    expect((await listAuditEvents(userActor(), { cursor, access: 'show' })).items).toEqual([]);
  });
});

describe('bad input', () => {
  const cursorOf = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  it.each([
    ['nonsense', 'x'],
    ['a number', cursorOf(7)],
    ['a day that is none', cursorOf({ at: '2026-02-30T00:00:00.000000Z', id: newId(), from: 0 })],
    ['an id that is none', cursorOf({ at: '2026-02-20T00:00:00.000000Z', id: "1' or true", from: 0 })],
    ['a start beyond time', cursorOf({ at: '2026-02-20T00:00:00.000000Z', id: newId(), from: 8.64e15 })],
    ['more than a cursor', cursorOf({ at: '2026-02-20T00:00:00.000000Z', id: newId(), from: 0, x: 1 })],
  ])('refuses a cursor of %s', async (_, cursor) => {
    await expect(listAuditEvents(userActor(), { cursor })).rejects.toMatchObject({ code: 'bad_request' });
  });

  it.each<[ListAuditInput, RegExp]>([
    [{ from: 'now-14M' }, /13 months/],
    [{ from: 'now', to: 'now-1h' }, /before/],
  ])('refuses the range %j', async (input, sentence) => {
    await expect(listAuditEvents(userActor(), input)).rejects.toThrow(sentence);
  });

  it('takes any text as a value and never as SQL', async () => {
    const texts = [
      "'; drop table audit_event; --",
      '$1',
      '\\',
      '%_',
      '{}',
      '{a,b}',
      'null',
      "E'\\x00'",
      '\u202e',
      '🦊',
    ];
    const event = testEvent({ actorLabel: texts.join(' ') });
    await insertEvents(admin, [event]);
    for (const text of texts) {
      expect(idsOf(await allPages({ q: text })), text).toEqual([event.id]);
      expect(await allPages({ actor: text, path: text, request: text, code: text })).toEqual([]);
    }
  });
});

describe('naughty strings', () => {
  const corpus = join(process.cwd(), '../shared/corpora/blns/blns.json');
  const naughty: string[] = existsSync(corpus)
    ? JSON.parse(readFileSync(corpus, 'utf8'))
    : ['\u0000', '\ud800', '١', 'ﷺ'];

  it('are refused by the contract or found as plain text', async () => {
    const filterOf = (text: string) => ({
      q: text,
      'path!': text,
      'actor!': text,
      'code!': text,
      'target!': text,
    });
    const taken = naughty.filter((text) => listAuditInput.safeParse(filterOf(text)).success);
    const events = taken.map((text) => testEvent({ userAgent: text, targetLabel: `<${text}>` }));
    await insertEvents(admin, events);
    for (const [i, text] of taken.entries()) {
      const { id, requestId } = events[i] ?? testEvent();
      const input = {
        q: text,
        request: requestId,
        'path!': text,
        'actor!': text,
        'code!': text,
        'target!': text,
      };
      expect(idsOf((await listAuditEvents(userActor(), input)).items), JSON.stringify(text)).toEqual([id]);
    }
    expect(taken.length).toBeGreaterThan(0);
  });
});

describe('getAuditEvent', () => {
  it('finds an event by its id, with neighbours and the rest of its request', async () => {
    const nowUs = Date.now() * 1000;
    const events = [0, 1, 2].map((n) =>
      testEvent({ atUs: nowUs - n * 1_500_000, requestId: n < 2 ? 'same' : 'other' }),
    );
    const foreign = testEvent({ tenantId: OTHER_TENANT, atUs: nowUs - 1_500_001, requestId: 'same' });
    await insertEvents(admin, [...events, foreign]);
    const detail = await getAuditEvent(userActor(), events[1]?.id, {});
    expect(detail.event.id).toBe(events[1]?.id);
    expect(detail.newer?.id).toBe(events[0]?.id);
    expect(detail.older?.id).toBe(events[2]?.id);
    expect(idsOf(detail.sameRequest)).toEqual([events[0]?.id]);
    await expect(getAuditEvent(userActor(), foreign.id, {})).rejects.toMatchObject({ code: 'not_found' });
  });

  it('needs the time for an id that does not tell it', async () => {
    const event = testEvent({ id: '0193aaaa-0000-4000-8000-000000000001' });
    await insertEvents(admin, [event]);
    await expect(getAuditEvent(userActor(), event.id, {})).rejects.toMatchObject({ code: 'not_found' });
    expect((await getAuditEvent(userActor(), event.id, { at: isoOfUs(event.atUs) })).event.id).toBe(event.id);
  });

  it.each(['x', '', "' or 1=1", newId()])('answers not found for %j', async (id) => {
    await expect(getAuditEvent(userActor(), id, {})).rejects.toMatchObject({ code: 'not_found' });
    await expect(getAuditEvent(userActor(), id, { at: 'yesterday' })).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});

describe('the record', () => {
  it.each(['rw', 'ro', 'gate'] as const)('cannot be changed or emptied as app_%s', async (role) => {
    await insertEvents(admin, [testEvent()]);
    const sql = postgres(scene.urls[role], { max: 1, onnotice: () => undefined });
    try {
      const { count } = await admin`select 1 from public.audit_event`;
      expect(count).toBe(1);
      await sql`set default_transaction_read_only = off`;
      const acts = [
        'update public.audit_event set reason = null',
        'delete from public.audit_event',
        'truncate public.audit_event',
      ];
      for (const act of acts) await expect(sql.unsafe(act), act).rejects.toMatchObject({ code: '42501' });
    } finally {
      await sql.end();
    }
  });
});
