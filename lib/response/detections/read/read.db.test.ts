import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newTenant, openScene, type Scene, testJobActor, userActor } from '@/db/test/scene';
import type { Actor } from '@/lib/platform/auth/contract';
import { newId } from '@/lib/platform/core/ids';
import { exportDetections, exportGroups } from '@/lib/response/detections/export-detections';
import { forgetOld } from '@/lib/response/detections/ingest/forget-old';
import { feed, processAll, standardPolicy, take } from '@/lib/response/detections/test/feed';
import { triageGroup } from '@/lib/response/detections/triage-group';
import type { DetectionDto, DetectionFilterInput, GroupDto } from '@/lib/response/detections/view-contract';
import { detectionFacets } from './detection-facets';
import { getDetection } from './get-detection';
import { groupFacets } from './group-facets';
import { detectionHistogram, groupHistogram } from './histogram';
import { listDetections } from './list-detections';
import { getGroup, listGroups } from './list-groups';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

let scene: Scene;
let reader: Actor;
let tenantId: string;
let stranger: Actor;

const RULES = ['Terminal shell in container', 'Read sensitive file untrusted', 'Clear Log Activities', 'own'];
const PRIORITIES = ['Critical', 'Error', 'Warning', 'Notice', 'Debug'];

function eventAt(n: number, at: Date): string {
  const namespace = n % 3 === 0 ? undefined : `shop-${n % 2}`;
  return JSON.stringify({
    rule: RULES[n % RULES.length],
    priority: PRIORITIES[n % PRIORITIES.length],
    source: n % 7 === 0 ? 'k8s_audit' : 'syscall',
    hostname: `node-${n % 5}`,
    time: at.toISOString(),
    output: `event ${n} of ${n % 10 === 0 ? 'interest' : 'none'}`,
    output_fields: {
      n,
      ...(namespace ? { 'k8s.ns.name': namespace, 'k8s.pod.name': `api-${n % 4}` } : {}),
    },
  });
}

beforeAll(async () => {
  scene = await openScene();
  tenantId = await newTenant('read');
  reader = await userActor('auditor', tenantId);
  stranger = await userActor('operator', await newTenant('stranger'));
  // From now back over a year: what is counted by minutes, hours, days and months.
  for (let n = 0; n < 240; n++) {
    const agoMs = n < 120 ? n * 7 * 60_000 : n < 200 ? (n - 100) * 11 * HOUR_MS : (n - 195) * 8 * DAY_MS;
    const at = new Date(Date.now() - agoMs);
    await feed(scene.admin, { tenantId, at, body: eventAt(n, at) });
  }
  await processAll(undefined, tenantId);
  // Old minutes and hours are not kept apart.
  await forgetOld(testJobActor(tenantId), standardPolicy());
}, 60_000);
afterAll(() => scene.close());

async function everyDetection(filter: DetectionFilterInput = {}, limit = 200): Promise<DetectionDto[]> {
  const all: DetectionDto[] = [];
  let cursor: string | undefined;
  do {
    const { items, nextCursor } = await listDetections(reader, {
      ...filter,
      limit,
      ...(cursor ? { cursor } : {}),
    });
    all.push(...items);
    cursor = nextCursor ?? undefined;
  } while (cursor);
  return all;
}

async function everyGroup(filter: Parameters<typeof listGroups>[1] = {}): Promise<GroupDto[]> {
  const all: GroupDto[] = [];
  let cursor: string | undefined;
  do {
    const { items, nextCursor } = await listGroups(reader, {
      ...filter,
      limit: 7,
      ...(cursor ? { cursor } : {}),
    });
    all.push(...items);
    cursor = nextCursor ?? undefined;
  } while (cursor);
  return all;
}

const countsOf = <T>(rows: readonly T[], of: (row: T) => string | null) => {
  const counts = new Map<string, number>();
  for (const row of rows) {
    const value = of(row);
    if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return counts;
};

describe('kept detections', () => {
  it('are listed the newest first, page by page, each once', async () => {
    const all = await everyDetection({ from: 'now-730d' }, 17);
    expect(all).toHaveLength(240);
    expect(new Set(all.map(({ id }) => id)).size).toBe(240);
    const times = all.map(({ receivedAt }) => receivedAt);
    expect(times).toEqual([...times].sort().reverse());
  });

  it('show the last seven days unless asked otherwise, and a range to its end', async () => {
    const week = await everyDetection();
    expect(
      week.every(({ receivedAt }) => Date.parse(receivedAt) > Date.now() - 7 * DAY_MS - 2 * HOUR_MS),
    ).toBe(true);
    const [from, to] = ['now-20d', 'now-10d'];
    const part = await everyDetection({ from, to });
    expect(part.length).toBeGreaterThan(5);
    for (const { receivedAt } of part) {
      expect(Date.parse(receivedAt)).toBeGreaterThan(Date.now() - 21 * DAY_MS);
      expect(Date.parse(receivedAt)).toBeLessThan(Date.now() - 9 * DAY_MS);
    }
    await expect(listDetections(reader, { from: 'now', to: 'now-1d' })).rejects.toMatchObject({
      code: 'bad_request',
    });
  });

  it('can be copied from a time on, the oldest first', async () => {
    const { items, nextCursor } = await listDetections(reader, {
      updatedSince: new Date(Date.now() - 3 * HOUR_MS).toISOString(),
      limit: 5,
    });
    const times = items.map(({ receivedAt }) => receivedAt);
    expect(times).toEqual([...times].sort());
    expect(nextCursor).not.toBeNull();
  });

  it('have facets and charts that count exactly what the list holds, whatever the filter', async () => {
    const all = await everyDetection({ from: 'now-730d' });

    const values = <K extends keyof DetectionDto>(key: K) =>
      [...new Set(all.map((one) => one[key]).filter((value) => value !== null))] as string[];
    const pick = (key: keyof DetectionDto) => fc.subarray(values(key), { minLength: 1, maxLength: 2 });
    const filters = fc.record(
      {
        from: fc.constantFrom('now-1h', 'now-7h', 'now-30h', 'now-6d', 'now-40d', 'now-70d', 'now-730d'),
        severity: pick('severity'),
        'severity!': pick('severity'),
        rule: pick('rule'),
        'rule!': pick('rule'),
        host: pick('host'),
        'host!': pick('host'),
        namespace: pick('namespace'),
        'namespace!': pick('namespace'),
        q: fc.constantFrom(['interest'], ['EVENT 1'], ['zzz']),
      },
      { requiredKeys: ['from'] },
    );
    await fc.assert(
      fc.asyncProperty(filters, async (given) => {
        const filter = given as DetectionFilterInput;
        const rows = await everyDetection(filter);
        const { facets } = await detectionFacets(reader, filter);
        for (const facet of ['severity', 'rule', 'host', 'namespace'] as const) {
          // A facet counts its other values too, so it is compared where it is not itself asked for.
          if (filter[facet] !== undefined || filter[`${facet}!`] !== undefined) continue;
          const expected = countsOf(rows, (row) => row[facet]);
          expect(Object.fromEntries(facets[facet].map(({ value, count }) => [value, count]))).toEqual(
            Object.fromEntries(expected),
          );
        }
        const histogram = await detectionHistogram(reader, filter);
        expect(histogram.total).toBe(rows.length);
        const bySeverity = countsOf(rows, (row) => row.severity);
        for (const [severity, count] of bySeverity) {
          const charted = histogram.buckets.reduce((sum, { counts }) => sum + (counts[severity] ?? 0), 0);
          expect({ severity, charted }).toEqual({ severity, charted: count });
        }
      }),
      { numRuns: 40 },
    );
  }, 60_000);

  it('tell what was received of one, down to its text', async () => {
    const [newest] = await everyDetection();
    const detail = await getDetection(reader, newest?.id ?? '');
    expect(detail.fields).toContainEqual({ name: 'n', text: '0', kind: 'number' });
    expect(JSON.parse(detail.raw)).toMatchObject({ rule: RULES[0] });
    expect(detail.group.id).toBe(newest?.groupId);
  });

  it('are nobody else’s', async () => {
    const [newest] = await everyDetection();
    expect((await listDetections(stranger, { from: 'now-730d' })).items).toEqual([]);
    await expect(getDetection(stranger, newest?.id ?? '')).rejects.toMatchObject({ code: 'not_found' });
    await expect(getDetection(reader, 'nonsense')).rejects.toMatchObject({ code: 'not_found' });
    expect((await detectionHistogram(stranger, { from: 'now-730d' })).total).toBe(0);
    expect(Object.values((await detectionFacets(stranger, { from: 'now-730d' })).facets).flat()).toEqual([]);
  });
});

describe('groups', () => {
  it('are listed by time, severity, count and change, page by page', async () => {
    const byTime = await everyGroup({ state: ['any'] });
    const total = (
      await scene.admin`select count(*)::int as n from detection_group where tenant_id = ${tenantId}`
    )[0]?.n;
    expect(byTime).toHaveLength(total);
    const order = ['critical', 'high', 'medium', 'low', 'info'];
    for (const [sort, of] of [
      ['newest', (group: GroupDto) => -Date.parse(group.lastReceivedAt)],
      ['severity', (group: GroupDto) => order.indexOf(group.severity)],
      ['count', (group: GroupDto) => -group.count],
      ['updated', (group: GroupDto) => Date.parse(group.updatedAt)],
    ] as const) {
      const groups = await everyGroup({ state: ['any'], sort });
      expect(new Set(groups.map(({ id }) => id)).size).toBe(total);
      const keys = groups.map(of);
      expect(keys).toEqual([...keys].sort((a, b) => a - b));
    }
    expect(byTime.reduce((sum, { count }) => sum + count, 0)).toBe(240);
  });

  it('have facets that count what the list holds, and a chart of every event', async () => {
    const filters: Parameters<typeof listGroups>[1][] = [
      {},
      { state: ['any'], host: ['node-1'] },
      { rule: ['own'], 'severity!': ['info'] },
      { q: ['shell'], namespace: ['shop-1'] },
      { technique: ['T1059'] },
      { active: 'true' },
      { active: 'false' },
    ];
    for (const filter of filters) {
      const rows = await everyGroup(filter);
      const { facets } = await groupFacets(reader, filter);
      const sum = (facet: 'kind') => facets[facet].reduce((total, { count }) => total + count, 0);
      expect({ filter, count: sum('kind') }).toEqual({ filter, count: rows.length });
    }
    expect((await groupHistogram(reader, { from: 'now-730d', state: ['any'] })).total).toBe(240);
  });

  it('are found by what their events name', async () => {
    const named = await everyGroup({ state: ['any'], entity: ['host:node-3'] });
    expect(named.length).toBeGreaterThan(0);
    for (const group of named) expect(group.hosts).toContain('node-3');
    await expect(listGroups(reader, { entity: ['nonsense'] })).rejects.toMatchObject({ code: 'bad_request' });
    const [one] = named;
    const detail = await getGroup(reader, one?.id ?? '');
    expect(detail.entities).toContainEqual(expect.objectContaining({ type: 'host', value: 'node-3' }));
    expect(detail.minutes).toHaveLength(60);
    await expect(getGroup(stranger, one?.id ?? '')).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('triage', () => {
  it('is recorded, tells of a conflict, and is for those who may', async () => {
    const analyst = await userActor('analyst', tenantId);
    const [group] = await everyGroup();
    const id = group?.id ?? '';
    const after = await triageGroup(
      analyst,
      id,
      { state: 'acknowledged', note: 'on it' },
      `"${group?.version}"`,
    );
    expect(after).toMatchObject({
      state: 'acknowledged',
      note: 'on it',
      triagedBy: 'analyst',
      version: (group?.version ?? 0) + 1,
    });
    await expect(triageGroup(analyst, id, { state: 'closed' }, `"${group?.version}"`)).rejects.toMatchObject({
      code: 'precondition_failed',
    });
    await expect(triageGroup(reader, id, { state: 'closed' })).rejects.toMatchObject({ code: 'forbidden' });
    await expect(triageGroup(stranger, id, { state: 'closed' })).rejects.toMatchObject({ code: 'not_found' });
    const [row] = await scene.admin`select details, reason from audit_event
      where tenant_id = ${tenantId} and action = 'detection.group_triaged'`;
    expect(row).toMatchObject({ details: { before: 'open', after: 'acknowledged' }, reason: 'on it' });
    await triageGroup(analyst, id, { state: 'closed' });
    expect((await everyGroup()).some((one) => one.id === id)).toBe(false);
    expect((await everyGroup({ state: ['closed'] })).map((one) => one.id)).toContain(id);
    expect((await everyGroup({ state: ['any'], sort: 'updated' })).at(-1)?.id).toBe(id);
  });
});

describe('an export', () => {
  it('holds what the list holds, is recorded, and starts no formula', async () => {
    const [operator, other] = [
      await userActor('operator', tenantId),
      await newTenant(`csv-${newId().slice(-8)}`),
    ];
    const exporter = await userActor('auditor', other);
    await take(scene.admin, {
      tenantId: other,
      body: JSON.stringify({
        rule: '=cmd|"/c calc"!A1',
        priority: 'Warning',
        source: 'syscall',
        hostname: '@node',
        time: new Date().toISOString(),
        output: '\u001b[31m<script>alert(1)</script>\u202e+1\r\nnext',
      }),
    });
    const csv = await (await exportDetections(exporter, { format: 'csv' })).text();
    expect(csv).toContain(`"'=cmd|""/c calc""!A1"`);
    expect(csv).toContain("'@node");
    expect(csv.split('\n').filter((line) => line.trim() !== '')).toHaveLength(2);
    const groups = await (await exportGroups(exporter, { format: 'ndjson' })).text();
    expect(JSON.parse(groups)).toMatchObject({ rule: '=cmd|"/c calc"!A1' });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
    expect(groups).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202a-\u202e]/);

    const all = await (await exportDetections(operator, { format: 'ndjson', from: 'now-730d' })).text();
    expect(all.trim().split('\n')).toHaveLength(240);
    const rows = await scene.admin`select details from audit_event
      where tenant_id = ${tenantId} and action = 'detections.exported'`;
    expect(rows).toMatchObject([{ details: { rows: 240, format: 'ndjson', isCut: false } }]);
  });
});
