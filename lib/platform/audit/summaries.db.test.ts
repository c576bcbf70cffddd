import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openScene, type Scene } from '@/db/test/scene';
import {
  arbitraryEvent,
  insertEvents,
  isoOfUs,
  matches,
  TENANT,
  type TestEvent,
  testEvent,
  userActor,
} from '@/lib/platform/audit/test/events';
import { AUDIT_CATEGORIES, type AuditFilterInput } from './contract';
import { auditFacets } from './facets';
import { auditHistogram } from './histogram';

let scene: Scene;
let admin: Scene['admin'];

beforeAll(async () => {
  scene = await openScene();
  admin = scene.admin;
});
afterAll(() => scene.close());
beforeEach(() => admin`truncate public.audit_event`);

const KEY = '0193aaaa-0000-7000-8000-000000000001';
const FILTERS: AuditFilterInput[] = [
  {},
  { outcome: 'denied' },
  { key: KEY },
  { q: 'ada' },
  { 'action!': 'gate.verify' },
  { category: ['change', 'auth'] },
];

async function someEvents(): Promise<{ own: TestEvent[]; range: { from: string; to: string } }> {
  const toUs = Date.now() * 1000;
  const fromUs = toUs - 3_600_000_000;
  const events = fc.sample(arbitraryEvent(fromUs, toUs), { numRuns: 300, seed: 3 });
  await insertEvents(admin, events);
  const range = { from: isoOfUs(fromUs - 1000), to: isoOfUs(toUs + 1_000_000) };
  return { own: events.filter(({ tenantId }) => tenantId === TENANT), range };
}

function tally(values: readonly (string | null)[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) if (value !== null) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}

describe('auditHistogram', () => {
  it.each(FILTERS)('counts what the list would show for %j, each event in its bar', async (filter) => {
    const { own, range } = await someEvents();
    for (const by of ['outcome', 'category'] as const) {
      const input = { ...filter, ...range, by };
      const histogram = await auditHistogram(userActor(), input);
      const wanted = own.filter((event) => matches(event, { ...filter, ...range }));
      expect(wanted.length).toBeGreaterThan(0);
      expect(histogram).toMatchObject({ isExact: true, total: wanted.length });
      for (const { start, counts } of histogram.buckets) {
        const startUs = Date.parse(start) * 1000;
        const inside = wanted.filter(
          ({ atUs }) => atUs >= startUs && atUs < startUs + histogram.bucketSeconds * 1e6,
        );
        expect(counts).toEqual(tally(inside.map((event) => event[by])));
      }
    }
  });

  it('estimates a range with very many rows, says so, and stays near the truth', async () => {
    await admin`
      insert into public.audit_event (tenant_id, at, id, category, action, outcome, actor_type, request_id, key_id)
      select ${TENANT}::uuid, now() - make_interval(secs => n / 20.0), gen_random_uuid(), 'decision', 'gate.verify',
        case when n % 10 = 0 then 'denied' else 'success' end, 'key', 'r', case when n = 25000 then ${KEY}::uuid end
      from generate_series(1, 30000) n`;
    const histogram = await auditHistogram(userActor(), { from: 'now-1h' });
    expect(histogram.isExact).toBe(false);
    expect(histogram.total).toBeGreaterThan(30_000 * 0.9);
    expect(histogram.total).toBeLessThan(30_000 * 1.1);
    const denied = histogram.buckets.reduce((sum, { counts }) => sum + (counts.denied ?? 0), 0);
    expect(denied).toBeGreaterThan(3000 * 0.8);
    expect(denied).toBeLessThan(3000 * 1.2);
    await admin`analyze public.audit_event`;
    expect(await auditHistogram(userActor(), { from: 'now-1h', key: KEY })).toMatchObject({
      isExact: true,
      total: 1,
    });
  });

  it('counts nothing of another tenant, and needs the right to read', async () => {
    await insertEvents(admin, [testEvent()]);
    const other = userActor('operator', '01930000-0000-7000-8000-00000000cccc');
    expect((await auditHistogram(other, {})).total).toBe(0);
    const { request } = other;
    const nobody = { type: 'anonymous' as const, tenantId: TENANT, label: '', request };
    await expect(auditHistogram(nobody, {})).rejects.toMatchObject({ code: 'unauthenticated' });
    await expect(auditFacets(nobody, {})).rejects.toMatchObject({ code: 'unauthenticated' });
  });
});

describe('auditFacets', () => {
  const facetValues: Record<string, (event: TestEvent) => string | null> = {
    category: (event) => event.category,
    action: (event) => event.action,
    outcome: (event) => event.outcome,
    code: (event) => event.code,
    ip: (event) => event.ip,
    actor: (event) => event.actorId ?? event.actorLabel,
  };

  it.each(FILTERS)('counts, under %j, what choosing each value would show', async (filter) => {
    const { own, range } = await someEvents();
    const { facets, isComplete } = await auditFacets(userActor(), { ...filter, ...range });
    expect(isComplete).toBe(true);
    for (const [facet, read] of Object.entries(facetValues)) {
      const others = Object.entries(filter).filter(([name]) => name.replace('!', '') !== facet);
      const showing = (value: string) =>
        own.filter((event) => matches(event, { ...Object.fromEntries(others), ...range, [facet]: value }))
          .length;
      const values = facets[facet as 'code'] ?? [];
      const counted = values.map(({ value, count }) => [facet, value, count]);
      expect(counted).toEqual(values.map(({ value }) => [facet, value, showing(value)]));
      const known = new Set(
        values.map(({ label }) => label.toLowerCase()).concat(values.map(({ value }) => value)),
      );
      const missing = own
        .map(read)
        .filter(
          (value) =>
            value !== null && !known.has(value) && !known.has(value.toLowerCase()) && showing(value) > 0,
        );
      expect([facet, missing]).toEqual([facet, []]);
    }
  });

  it('names actors and actions for people, the commonest first', async () => {
    await insertEvents(admin, [
      testEvent({ actorId: KEY, actorLabel: 'orders' }),
      testEvent({ actorId: KEY, actorLabel: 'orders' }),
      testEvent({ actorLabel: 'cron' }),
    ]);
    const { facets } = await auditFacets(userActor(), {});
    expect(facets.actor).toEqual([
      { value: KEY, label: 'orders', count: 2, isCapped: false },
      { value: 'cron', label: 'cron', count: 1, isCapped: false },
    ]);
    expect(facets.action[0]).toMatchObject({ value: 'gate.verify', label: 'Key checked' });
  });

  it('lets every category and outcome be chosen, met or not', async () => {
    await insertEvents(admin, [testEvent({ outcome: 'denied' })]);
    const { facets } = await auditFacets(userActor(), {});
    expect(facets.category.map(({ value }) => value).sort()).toEqual([...AUDIT_CATEGORIES].sort());
    expect(facets.outcome).toEqual([
      { value: 'denied', label: 'denied', count: 1, isCapped: false },
      { value: 'success', label: 'success', count: 0, isCapped: false },
      { value: 'failure', label: 'failure', count: 0, isCapped: false },
    ]);
  });

  it('counts as exactly as the number above the list, whatever else the range holds', async () => {
    // Page views are hidden and may not push what is counted out of sight.
    await admin`
      insert into public.audit_event (tenant_id, at, id, category, action, outcome, actor_type, request_id)
      select ${TENANT}::uuid, now() - make_interval(secs => n / 20.0), gen_random_uuid(),
        case when n % 3 = 0 then 'access' else 'decision' end, case when n % 3 = 0 then 'console.view' else 'gate.verify' end,
        case when n % 7 = 0 then 'denied' else 'success' end, 'key', 'r'
      from generate_series(1, 15000) n`;
    const { total, isExact } = await auditHistogram(userActor(), {});
    const { isComplete, facets } = await auditFacets(userActor(), {});
    expect([isExact, isComplete, total]).toEqual([true, true, 10_000]);
    expect(facets.category[0]).toEqual({
      value: 'decision',
      label: 'decision',
      count: total,
      isCapped: false,
    });
    expect(facets.outcome.reduce((sum, { count }) => sum + count, 0)).toBe(total);
  });

  it('says when it counted only the newest rows', async () => {
    await admin`
      insert into public.audit_event (tenant_id, at, id, category, action, outcome, actor_type, request_id)
      select ${TENANT}::uuid, now() - make_interval(secs => n / 20.0), gen_random_uuid(), 'decision', 'gate.verify', 'success', 'key', 'r'
      from generate_series(1, 21000) n`;
    const { isComplete, facets } = await auditFacets(userActor(), {});
    expect(isComplete).toBe(false);
    expect(facets.outcome).toEqual([
      { value: 'success', label: 'success', count: 5000, isCapped: true },
      { value: 'denied', label: 'denied', count: 0, isCapped: true },
      { value: 'failure', label: 'failure', count: 0, isCapped: true },
    ]);
  });
});
