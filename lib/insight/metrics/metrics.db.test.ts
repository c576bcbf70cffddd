import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { keyActor, newTenant, openScene, type Scene, testJobActor, userActor } from '@/db/test/scene';
import {
  DAY_MS,
  History,
  iso,
  localDay,
  localMonth,
  runMetrics,
  type Told,
  untilNothingOlderRuns,
} from '@/lib/insight/metrics/test/history';
import { newId } from '@/lib/platform/core/ids';
import { DEFAULT_TENANT_ID } from '@/lib/platform/tenancy/contract';
import type { MetricPointDto, MonthlyMetricsDto } from './contract';
import { listCountedValues } from './counted-values';
import { listMetricFindings } from './metric-findings';
import { monthlyCsv } from './monthly-csv';
import { monthlyMetrics } from './queries';
import { rebuildMetrics } from './rebuild-metrics';
import { updateMetrics } from './update-metrics';

let scene: Scene;
let history: History;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

beforeEach(async () => {
  history = await History.begin(scene.admin);
});

const run = () => runMetrics(scene.admin);

const read = async (input = {}) => monthlyMetrics(await userActor('auditor'), input);
function point(metrics: MonthlyMetricsDto, metric: string, series: string, month: string): MetricPointDto {
  const found = metrics.metrics
    .find(({ key }) => key === metric)
    ?.series.find(({ key }) => key === series)
    ?.points.find((one) => one.month === month);
  if (!found) throw new Error(`no ${metric} ${series} ${month}`);
  return found;
}

const count = (items: readonly number[], month: string) =>
  items.filter((ms) => localMonth(ms) === month).length;
const times = (pick: (story: Told) => number | undefined) =>
  history.told.flatMap((story) => pick(story) ?? []);

/** The numbers of a month, straight from the stories and the events, by code that shares nothing with lib/insight/metrics. */
function expectedOf(month: string) {
  const logged = history.record.filter(({ ms }) => localMonth(ms) === month);
  const of = (...actions: string[]) =>
    logged.filter(({ action, code }) => actions.includes(action) && code !== 'RATE_LIMITED').length;
  const failed = logged.filter(
    ({ action, code, outcome }) =>
      code === 'REVOKED' || (action.startsWith('auth.') && outcome !== 'success'),
  );
  const limited = logged.filter(({ code }) => code === 'RATE_LIMITED');
  const traffic = logged.filter(({ category }) => category === 'decision' || category === 'access').length;
  const signInsFailed = of('auth.sign_in_failed', 'auth.sign_in_denied');
  const signIns = signInsFailed + of('auth.sign_in');
  const begun = [...times((s) => s.openedMs), ...times((s) => s.reopenedMs)];
  return {
    'findings found': count(begun, month),
    'findings fixed': count(
      times((s) => s.fixedMs),
      month,
    ),
    'findings reopened': count(
      times((s) => s.reopenedMs),
      month,
    ),
    'findings net':
      count(begun, month) -
      count(
        times((s) => s.fixedMs),
        month,
      ),
    'auth_failures sign_in': signInsFailed,
    'auth_failures api': of('auth.refused'),
    'auth_failures gate': logged.filter(({ code }) => code === 'REVOKED').length,
    'auth_failures actors': new Set(failed.flatMap(({ actor }) => actor ?? [])).size,
    'auth_failures addresses': new Set(
      failed.flatMap(({ ip }) => (ip?.includes(':') ? '2001:db8::' : ip) ?? []),
    ).size,
    'auth_failures per_1000': signIns === 0 ? null : (1000 * signInsFailed) / signIns,
    'limit_refusals events': limited.length,
    'limit_refusals keys': new Set(limited.map(({ keyId }) => keyId)).size,
    'limit_refusals share': traffic === 0 ? null : (100 * limited.length) / traffic,
  };
}

interface Span {
  severity: string;
  from: string;
  to: string | null;
  isFixed: boolean;
}

/** Every episode by its local days. */
function spans(): Span[] {
  return history.told.flatMap(({ severity, openedMs, fixedMs, reopenedMs, dismissedMs }) => {
    const end = fixedMs ?? dismissedMs;
    const first = {
      severity,
      from: localDay(openedMs),
      to: end ? localDay(end) : null,
      isFixed: fixedMs !== undefined,
    };
    const second = reopenedMs ? [{ severity, from: localDay(reopenedMs), to: null, isFixed: false }] : [];
    return [first, ...second];
  });
}

const days = (from: string, to: string) => Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS);

function expectedMedian(month: string, severity: string): number | null {
  const [year = 0, number = 1] = month.split('-').map(Number);
  const end = new Date(Date.UTC(year, number, 0)).toISOString().slice(0, 10);
  const last = [end, localDay(Date.now())].sort()[0] ?? end;
  const cohort = spans()
    .filter((span) => span.severity === severity && span.from <= last && days(span.from, last) < 365)
    .map(({ from, to, isFixed }) => ({
      days: days(from, to !== null && to <= last ? to : last),
      isPatched: isFixed && to !== null && to <= last,
    }));
  let surviving = 1;
  for (const day of [...new Set(cohort.map((one) => one.days))].sort((a, b) => a - b)) {
    const atRisk = cohort.filter((one) => one.days >= day).length;
    const patched = cohort.filter((one) => one.days === day && one.isPatched).length;
    surviving *= 1 - patched / atRisk;
    if (patched > 0 && surviving <= 0.5 + 1e-9) return day;
  }
  return null;
}

function expectCounts(metrics: MonthlyMetricsDto, month: string): void {
  for (const [name, expected] of Object.entries(expectedOf(month))) {
    const [metric = '', series = ''] = name.split(' ');
    const { value, why } = point(metrics, metric, series, month);
    if (why === 'no_source') expect([name, month, expected ?? 0]).toEqual([name, month, 0]);
    else
      expect([name, month, value]).toEqual([
        name,
        month,
        expected === null ? null : expect.closeTo(expected, 9),
      ]);
  }
}

function expectMedians(metrics: MonthlyMetricsDto, month: string): void {
  for (const severity of ['critical', 'high', 'medium', 'low']) {
    const { value, why } = point(metrics, 'time_to_patch', severity, month);
    if (why !== 'no_source')
      expect([severity, month, value]).toEqual([severity, month, expectedMedian(month, severity)]);
  }
}

describe('the numbers', () => {
  it('are those of the rows, recomputed independently, and a rebuild gives the same', {
    timeout: 120_000,
  }, async () => {
    await history.generate(120, 300);
    await run();
    const before = await read();
    for (const month of before.months) {
      expectCounts(before, month);
      expectMedians(before, month);
    }
    const actor = await userActor('operator');
    await rebuildMetrics(actor);
    const [audited] = await scene.admin`select actor_label from audit_event where action = 'metrics.rebuilt'`;
    expect(audited?.actor_label).toBe('operator');
    await run();
    const again = await read();
    expect(again.metrics).toEqual(before.metrics);
  });

  it('count each row once, however often and from wherever the worker looks', async () => {
    await history.generate(20, 40);
    await Promise.all([run(), run()]);
    await run();
    const before = await read();
    const more = Date.now() - 20 * DAY_MS;
    await history.tell({ severity: 'critical', openedMs: more });
    await run();
    await Promise.all([run(), run()]);
    const after = await read();
    const month = localMonth(more);
    const found = (metrics: MonthlyMetricsDto) => point(metrics, 'findings', 'found', month).value ?? 0;
    expect(found(after)).toBe(found(before) + 1);
    for (const { months } of [after])
      for (const one of months)
        expect(point(after, 'findings', 'found', one).value ?? 0).toBe(expectedOf(one)['findings found']);
  });

  it('count each row once where several workers begin again at once', async () => {
    await history.generate(10, 0);
    await untilNothingOlderRuns(scene.admin);
    for (let i = 0; i < 12; i++) {
      await scene.admin`update metric_progress set time_zone = 'UTC'`;
      await Promise.all(Array.from({ length: 4 }, () => updateMetrics(testJobActor())));
      await run();
      const [counted] = await scene.admin`select sum(count)::int as episodes from metric_episode`;
      expect(counted?.episodes).toBe(spans().length);
    }
  });

  it('name exactly the findings that they count', async () => {
    await history.generate(60, 0);
    await history.log({
      ms: Date.now() - DAY_MS,
      action: 'api.request',
      category: 'access',
      outcome: 'success',
    });
    await run();
    const metrics = await read();
    const actor = await userActor('auditor');
    for (const month of metrics.months.slice(-6)) {
      for (const series of ['found', 'fixed', 'reopened'] as const) {
        const { items } = await listMetricFindings(actor, { month, series, limit: 200 });
        expect([month, series, items.length]).toEqual([
          month,
          series,
          point(metrics, 'findings', series, month).value ?? 0,
        ]);
      }
    }
    for (const month of metrics.months.slice(-6)) {
      for (const severity of ['critical', 'low'] as const) {
        const open = await listMetricFindings(actor, { month, series: 'open', severity, limit: 200 });
        expect([month, severity, open.items.length]).toEqual([
          month,
          severity,
          point(metrics, 'open_findings', severity, month).value,
        ]);
        const watched = await listMetricFindings(actor, { month, series: 'watched', severity, limit: 200 });
        expect([month, severity, watched.items.length]).toEqual([
          month,
          severity,
          point(metrics, 'time_to_patch', severity, month).n,
        ]);
      }
    }
    const month = metrics.months.at(-3) ?? '';
    const all = await listMetricFindings(actor, { month, series: 'found', limit: 200 });
    let cursor: string | undefined;
    const paged: string[] = [];
    do {
      const page = await listMetricFindings(actor, { month, series: 'found', limit: 2, cursor });
      paged.push(...page.items.map(({ findingId }) => findingId));
      cursor = page.nextCursor ?? undefined;
    } while (cursor);
    expect(paged).toEqual(all.items.map(({ findingId }) => findingId));
  });
});

it('the values that a number counts are listed, the frequent ones first', async () => {
  await history.generate(0, 300);
  await run();
  const metrics = await read();
  const actor = await userActor('auditor');
  const month = metrics.months.at(-2) ?? '';
  const names = { actors: 'auth_failures', addresses: 'auth_failures', keys: 'limit_refusals' } as const;
  for (const [of, metric] of Object.entries(names) as [keyof typeof names, string][]) {
    const { items } = await listCountedValues(actor, { month, of });
    expect([of, items.length]).toEqual([of, point(metrics, metric, of, month).value]);
    expect(items.map(({ count }) => count)).toEqual(items.map(({ count }) => count).sort((a, b) => b - a));
  }
  const { items, nextCursor } = await listCountedValues(actor, { month, of: 'addresses', limit: 1 });
  const rest = await listCountedValues(actor, { month, of: 'addresses', cursor: nextCursor ?? undefined });
  expect([...items, ...rest.items]).toEqual(
    (await listCountedValues(actor, { month, of: 'addresses' })).items,
  );
  expect(items[0]?.href).toMatch(/^\/audit\?ip=.*&is=auth_failure&from=/);
  await expect(
    listCountedValues(keyActor(newId(), ['keys:read']), { month, of: 'keys' }),
  ).rejects.toMatchObject({ code: 'forbidden' });
});

describe('no data', () => {
  it('is never 0: before the first row of a source there is none, afterwards a quiet month has nothing', async () => {
    const now = Date.now();
    const first = now - 100 * DAY_MS;
    await history.log({ ms: first, action: 'api.request', category: 'access', outcome: 'success' });
    await history.log({ ms: now - DAY_MS, action: 'api.request', category: 'access', outcome: 'success' });
    await run();
    const metrics = await read();
    const at = (month: string, series = 'events') => point(metrics, 'limit_refusals', series, month);
    expect(at(metrics.months[0] ?? '')).toMatchObject({ value: null, why: 'no_source' });
    expect(at(localMonth(first))).toMatchObject({ value: 0, why: null });
    const quiet = localMonth(now - 55 * DAY_MS);
    expect(at(quiet)).toMatchObject({ value: 0, why: null });
    expect(at(quiet, 'share')).toMatchObject({ value: null, why: 'nothing_to_measure' });
    expect(point(metrics, 'findings', 'found', localMonth(now))).toMatchObject({
      value: null,
      why: 'no_source',
    });
    expect(monthlyCsv(metrics)).toContain(`${localMonth(now)},findings,found,findings,,no_source,,,,,1\r\n`);
  });

  it('says so where the worker has not counted yet', async () => {
    await history.log({
      ms: Date.now() - DAY_MS,
      action: 'api.request',
      category: 'access',
      outcome: 'success',
    });
    const metrics = await read();
    expect(metrics.asOf).toBeNull();
    expect(point(metrics, 'limit_refusals', 'events', localMonth(Date.now()))).toMatchObject({
      value: null,
      why: 'not_computed',
    });
  });
});

describe('late data', () => {
  it('restates a month that was over, and says what it was', async () => {
    await history.generate(0, 5);
    const openedMs = Date.now() - 80 * DAY_MS;
    const id = await history.tell({ severity: 'high', openedMs });
    await run();
    const fixedMs = Date.now() - 50 * DAY_MS;
    const month = localMonth(fixedMs);
    expect(point(await read(), 'findings', 'fixed', month)).toMatchObject({
      value: 0,
      was: null,
      restatedAt: null,
    });
    await history.addEvent(id, Date.now(), 'fixed', { detection: 'absent', fixedAt: iso(fixedMs) });
    await run();
    const restated = point(await read(), 'findings', 'fixed', month);
    expect(restated).toMatchObject({ value: 1, was: 0 });
    expect(Date.now() - Date.parse(restated.restatedAt ?? '')).toBeLessThan(60_000);
    expect(point(await read(), 'findings', 'found', month).restatedAt).toBeNull();
  });

  it('is sorted anew where the tenant moves to another time zone', async () => {
    await history.generate(0, 0);
    await history.log({
      ms: Date.now() - DAY_MS,
      action: 'api.request',
      category: 'access',
      outcome: 'success',
    });
    const edge = Date.UTC(new Date().getUTCFullYear(), new Date().getUTCMonth() - 1, 1, -1, 30);
    await history.tell({ severity: 'low', openedMs: edge });
    await run();
    const found = async (zone: string) => {
      await scene.admin`update identity.tenant set time_zone = ${zone} where id = ${DEFAULT_TENANT_ID}`;
      await run();
      const metrics = await read();
      return metrics.months.filter((month) => point(metrics, 'findings', 'found', month).value === 1);
    };
    const month = (ms: number) => iso(ms).slice(0, 7);
    expect(await found('UTC')).toEqual([month(edge)]);
    expect(await found('Europe/Amsterdam')).toEqual([month(edge + 3_600_000)]);
  });
});

describe('who may read them', () => {
  it('is whoever has metrics:read, each in their own tenant', async () => {
    await history.generate(10, 10);
    await run();
    await expect(monthlyMetrics(keyActor(newId(), ['keys:read']))).rejects.toMatchObject({
      code: 'forbidden',
    });
    await expect(
      listMetricFindings(keyActor(newId(), ['metrics:read']), { month: '2026-01', series: 'found' }),
    ).rejects.toMatchObject({ code: 'forbidden' });
    await expect(rebuildMetrics(await userActor('auditor'))).rejects.toMatchObject({ code: 'forbidden' });
    const other = await newTenant(`t-${newId().slice(-8)}`);
    const theirs = await monthlyMetrics(await userActor('operator', other));
    expect(
      theirs.metrics
        .flatMap(({ series }) => series.flatMap(({ points }) => points))
        .every(({ value }) => value === null),
    ).toBe(true);
    await updateMetrics(testJobActor(other));
    const [row] = await scene.admin`select count(*)::int as n from metric_episode where tenant_id = ${other}`;
    expect(row?.n).toBe(0);
  });

  it('refuses spans that make no sense', async () => {
    await expect(read({ from: '2026-05', to: '2026-01' })).rejects.toMatchObject({ code: 'bad_request' });
    await expect(read({ from: '2020-01', to: '2026-01' })).rejects.toMatchObject({ code: 'bad_request' });
  });
});
