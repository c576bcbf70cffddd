import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { answerConsole } from '@/app/test/api';
import { linkedRows } from '@/app/test/linked-rows';
import { keyActor, newTenant, openScene, type Scene, userActor } from '@/db/test/scene';
import type {
  MetricDto,
  MetricPointDto,
  MetricSeriesDto,
  MonthlyMetricsDto,
} from '@/lib/insight/metrics/contract';
import { listMetricFindings } from '@/lib/insight/metrics/metric-findings';
import { listMetricKeys } from '@/lib/insight/metrics/metric-keys';
import { listMetricObjectives } from '@/lib/insight/metrics/metric-objectives';
import { monthlyMetrics } from '@/lib/insight/metrics/queries';
import { rebuildMetrics } from '@/lib/insight/metrics/rebuild-metrics';
import type { MetricFindingDto } from '@/lib/insight/metrics/rows-contract';
import { DAY_MS, History, iso, localMonth, runMetrics, ZONE } from '@/lib/insight/metrics/test/history';
import { ago, Months } from '@/lib/insight/metrics/test/months';
import type { Actor } from '@/lib/platform/auth/contract';
import { newId } from '@/lib/platform/core/ids';
import { DEFAULT_TENANT_ID } from '@/lib/platform/tenancy/contract';
import { listAnomalies } from '@/lib/response/anomalies/queries';
import { triageAnomaly } from '@/lib/response/anomalies/triage-anomaly';

/** So many months pass for the snapshots. */
const MONTHS_LIVED = 4;

let scene: Scene;
let actor: Actor;
let undo: () => void;

const marked = (rows: unknown[], ...marks: string[]) =>
  rows.filter((row) => marks.includes(String((row as MetricFindingDto).mark))).length;
const having = (rows: unknown[], field: string) =>
  rows.filter((row) => (row as Record<string, unknown>)[field] === true).length;
const share = (part: number, whole: number) => (whole === 0 ? null : (100 * part) / whole);
const length = (rows: unknown[]) => rows.length;

/** What the number is when it is counted from its rows; a share or a rate lists either its parts or its whole. */
type Recount = (rows: unknown[], point: MetricPointDto) => number | null;
const RECOUNTS: Record<string, Recount> = {
  'findings net': (rows) => marked(rows, 'found') - marked(rows, 'fixed'),
  on_time: (rows) => share(marked(rows, 'in_time'), rows.length),
  'auth_failures per_1000': (rows, { n }) => (n ? (1000 * rows.length) / n : null),
  'limit_refusals share': (rows, { n }) => share(rows.length, n ?? 0),
  'anomalies true_share': (rows, { n }) => share(rows.length, n ?? 0),
  'checklist holding': (rows) => share(having(rows, 'isHolding'), rows.length),
  'keys rotated': (rows) => share(having(rows, 'isRotated'), rows.length),
  'keys oldest': (rows) => (rows[0] as { ageDays: number } | undefined)?.ageDays ?? null,
  'anomalies triage_hours': (rows) => {
    const hours = (rows as { raisedAt: string; triagedAt: string }[])
      .map(({ raisedAt, triagedAt }) => (Date.parse(triagedAt) - Date.parse(raisedAt)) / 3_600_000)
      .sort((a, b) => a - b);
    const middle = (hours.length - 1) / 2;
    return ((hours[Math.floor(middle)] ?? 0) + (hours[Math.ceil(middle)] ?? 0)) / 2;
  },
};

/** Holds one number to its rows; @returns how many these are. */
async function expectRowsOf(metric: MetricDto, series: MetricSeriesDto, point: MetricPointDto) {
  const name = `${metric.key} ${series.key}`;
  const where = `${name} ${point.month}`;
  if (point.value === null && !point.n) {
    expect([where, point.href]).toEqual([where, null]);
    return 0;
  }
  expect([where, typeof point.href]).toEqual([where, 'string']);
  const rows = await linkedRows(point.href ?? '');
  if (metric.key === 'time_to_patch') {
    expect([where, rows.length, marked(rows, 'not_patched')]).toEqual([where, point.n, point.censored]);
    return rows.length;
  }
  const recount = RECOUNTS[name] ?? RECOUNTS[metric.key] ?? length;
  expect([where, recount(rows, point)]).toEqual([where, expect.closeTo(point.value ?? Number.NaN, 3)]);
  const listsItsWhole = ['on_time', 'keys', 'checklist'].includes(metric.key) && series.kind !== 'count';
  if (listsItsWhole) expect([where, rows.length]).toEqual([where, point.n]);
  return rows.length;
}

/** Holds every number to its rows; @returns in how many months each series had some. */
async function expectRowsOfAll(metrics: readonly MetricDto[]): Promise<Map<string, number>> {
  const filled = new Map<string, number>();
  for (const metric of metrics) {
    for (const series of metric.series) {
      let months = 0;
      for (const point of series.points) if ((await expectRowsOf(metric, series, point)) > 0) months += 1;
      filled.set(`${metric.key} ${series.key}`, months);
    }
  }
  return filled;
}

beforeAll(async () => {
  scene = await openScene();
  const history = await History.begin(scene.admin);
  actor = await userActor('operator');
  undo = await answerConsole();
  await history.generate(60, 250);
  const months = new Months(scene.admin);
  await months.begin();
  for (let month = 0; month < MONTHS_LIVED; month++) {
    if (month > 0) await months.pass();
    await runMetrics(scene.admin);
  }
});
afterAll(async () => {
  undo();
  await scene.close();
});

describe('every number of every series and month', () => {
  it('opens exactly the rows that it counts', { timeout: 180_000 }, async () => {
    const metrics = await monthlyMetrics(actor);
    const seen = await expectRowsOfAll(metrics.metrics);
    expect(seen.size).toBe(metrics.metrics.flatMap(({ series }) => series).length);
    // Nothing is proved by lists that are empty.
    expect([...seen].filter(([, filled]) => filled < 2)).toEqual([]);
    expect([seen.get('keys rotated'), seen.get('exploited open')]).toEqual([MONTHS_LIVED, MONTHS_LIVED]);
  });

  it('goes on doing so when all is counted again', { timeout: 180_000 }, async () => {
    const before = await monthlyMetrics(actor);
    await rebuildMetrics(actor);
    await runMetrics(scene.admin);
    const again = await monthlyMetrics(actor);
    const kept = ({ metrics }: MonthlyMetricsDto) =>
      metrics.filter(({ key }) => key === 'keys' || key === 'exploited');
    expect(kept(again)).toEqual(kept(before));
    await expectRowsOfAll(again.metrics);
  });

  it('names, for the month that runs, what there is now, however it came and went', async () => {
    const { admin } = scene;
    const expectNow = async () => {
      await runMetrics(admin);
      const month = localMonth(Date.now());
      const keys =
        await admin`select id from api_key where revoked_at is null and disabled_at is null order by id`;
      const findings = await admin`select id from finding where is_kev and status = 'open' order by id`;
      const named = await listMetricKeys(actor, { month, series: 'usable', limit: 200 });
      expect(named.items.map(({ keyId }) => keyId).sort()).toEqual(keys.map(({ id }) => id));
      const exploited = await listMetricFindings(actor, { month, series: 'exploited', limit: 200 });
      expect(exploited.items.map(({ findingId }) => findingId)).toEqual(findings.map(({ id }) => id));
    };
    await admin`update api_key set revoked_at = null, disabled_at = null`;
    await admin`update finding set is_kev = true where id in (select id from finding order by id desc limit 5)`;
    await expectNow();
    await admin`update api_key set disabled_at = now() where id in (select id from api_key order by id desc limit 3)`;
    await admin`update finding set is_kev = false where id in (select id from finding order by id desc limit 3)`;
    await expectNow();
  });

  it('keeps a row once while nothing about it changes, and no second one', async () => {
    const { admin } = scene;
    const rows = () => admin`select * from metric_snapshot_row order by metric, subject_id, since`;
    const before = await rows();
    await runMetrics(admin);
    expect(await rows()).toEqual(before);
    const [most] =
      await admin`select count(*)::int as rows, count(distinct (metric, subject_id))::int as subjects,
      count(*) filter (where until = 'infinity' and since < date_trunc('month', now() - interval '1 month'))::int as lasting
      from metric_snapshot_row`;
    expect(most?.lasting).toBeGreaterThan(0);
    expect(most?.rows).toBeLessThan(most?.subjects * MONTHS_LIVED);
  });
});

async function pointOf(metric: string, series: string, month: string): Promise<MetricPointDto> {
  const { metrics } = await monthlyMetrics(actor);
  const points = metrics.find(({ key }) => key === metric)?.series.find(({ key }) => key === series)?.points;
  const point = points?.find((one) => one.month === month);
  if (!point) throw new Error(`no ${metric} ${series} ${month}`);
  return point;
}

/** The youngest rows of the record are left for the next run. */
async function untilRecordIsRead(): Promise<void> {
  const [{ at = null } = {}] = await scene.admin`select max(recorded_at) as at from audit_event`;
  await vi.waitFor(
    async () => {
      await runMetrics(scene.admin);
      const [mark] =
        await scene.admin`select until > ${at} as "isPast" from rollup_watermark where name = 'metrics'`;
      if (!mark?.isPast) throw new Error('The record is not read so far.');
    },
    { timeout: 20_000, interval: 500 },
  );
}

describe('a month that is over', () => {
  it('is restated when an anomaly of it is judged, and when that is taken back', async () => {
    const { admin } = scene;
    const [open] =
      await admin`select id, raised_at from anomaly where state = 'open' and raised_at < ${ago(45)} limit 1`;
    const month = localMonth(open?.raised_at.getTime());
    const judged = async () => (await pointOf('anomalies', 'triaged', month)).value ?? 0;
    const before = await judged();
    await triageAnomaly(actor, open?.id, { state: 'true_positive' });
    await untilRecordIsRead();
    expect(await judged()).toBe(before + 1);
    expect((await pointOf('anomalies', 'triaged', month)).was).toBe(before);
    const { metrics } = await monthlyMetrics(actor);
    await expectRowsOfAll(metrics.filter(({ key }) => key === 'anomalies'));
    await triageAnomaly(actor, open?.id, { state: 'open' });
    await untilRecordIsRead();
    expect(await judged()).toBe(before);
  });

  it('is restated when a notice of it fails afterwards', async () => {
    const { admin } = scene;
    const zoned = new Date().toLocaleDateString('en-CA', { timeZone: ZONE });
    const lastDayMs = Date.parse(`${zoned.slice(0, 7)}-01T00:00:00Z`) - DAY_MS;
    const month = localMonth(lastDayMs);
    const id = newId();
    await admin`insert into notification_delivery (tenant_id, id, channel_id, kind, severity, state, created_at)
      select tenant_id, ${id}, id, 'test', 'info', 'pending', ${iso(lastDayMs)} from notification_channel`;
    await rebuildMetrics(actor);
    await runMetrics(admin);
    const { value: before } = await pointOf('deliveries', 'failed', month);
    await admin`update notification_delivery set state = 'failed', finished_at = now() where id = ${id}`;
    await runMetrics(admin);
    expect((await pointOf('deliveries', 'failed', month)).value).toBe((before ?? 0) + 1);
  });

  it('says how many it counted where the rows were not kept', async () => {
    const { admin } = scene;
    const month = (await monthlyMetrics(actor)).months.at(-6) ?? '';
    for (const [metric, series, value] of [
      ['keys', 'unused', 3],
      ['exploited', 'open', 5],
    ] as const)
      await admin`insert into metric_value (tenant_id, month, metric, series, value, n)
        values (${DEFAULT_TENANT_ID}, ${`${month}-01`}, ${metric}, ${series}, ${value}, 9)`;
    const nothing = { items: [], nextCursor: null };
    expect(await listMetricKeys(actor, { month, series: 'unused' })).toEqual({ ...nothing, notKept: 3 });
    expect(await listMetricKeys(actor, { month, series: 'usable' })).toEqual({ ...nothing, notKept: 9 });
    expect(await listMetricFindings(actor, { month, series: 'exploited' })).toEqual({
      ...nothing,
      notKept: 5,
    });
    const kept = (await monthlyMetrics(actor)).months.at(-1) ?? '';
    expect((await listMetricKeys(actor, { month: kept, series: 'usable' })).notKept).toBe(0);
  });
});

it('the rows of a month that a new time zone has not reached yet are those of the month that runs', async () => {
  const { admin } = scene;
  const rows = () => admin`select metric, subject_id, marks from metric_snapshot_row
    where until = 'infinity' order by metric, subject_id`;
  const before = await rows();
  // As after a move from Auckland to Honolulu on the first of a month: what stood has ended, and stands anew in the next.
  await admin`with ended as (
      update metric_snapshot_row set until = date_trunc('month', now() at time zone ${ZONE})
      where until = 'infinity' returning *)
    insert into metric_snapshot_row (tenant_id, metric, subject_id, since, version_id, at, marks)
    select tenant_id, metric, subject_id, until + interval '1 month', version_id, at, '{}' from ended`;
  await rebuildMetrics(actor);
  await runMetrics(admin);
  expect(await rows()).toEqual(before);
});

describe('who may see the rows', () => {
  const lists = {
    'keys:read': (one: Actor, month: string) => listMetricKeys(one, { month, series: 'usable' }),
    'findings:read': (one: Actor, month: string) => listMetricFindings(one, { month, series: 'exploited' }),
    'checklist:read': (one: Actor, month: string) =>
      listMetricObjectives(one, { month, series: 'applicable' }),
  };

  it.each(Object.entries(lists))(
    'is whoever has metrics:read and %s, each in their own tenant',
    async (permission, list) => {
      const month = (await monthlyMetrics(actor)).months.at(-1) ?? '';
      expect((await list(actor, month)).items.length).toBeGreaterThan(0);
      for (const scopes of [['metrics:read'], [permission]])
        await expect(list(keyActor(newId(), scopes), month)).rejects.toMatchObject({ code: 'forbidden' });
      const other = await userActor('operator', await newTenant(`t-${newId().slice(-8)}`));
      expect((await list(other, month)).items).toEqual([]);
    },
  );

  it('holds for the anomalies of a month too', async () => {
    const month = localMonth(Date.now() - 40 * DAY_MS);
    const asked = { month, state: 'any', muted: 'show' } as const;
    expect((await listAnomalies(actor, asked)).items.length).toBeGreaterThan(0);
    const other = await userActor('operator', await newTenant(`t-${newId().slice(-8)}`));
    expect((await listAnomalies(other, asked)).items).toEqual([]);
    await expect(listAnomalies(keyActor(newId(), ['metrics:read']), asked)).rejects.toMatchObject({
      code: 'forbidden',
    });
  });
});
