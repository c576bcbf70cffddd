import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dueHref, groupHref } from '@/components/assurance/findings/finding-links';
import { queryOf } from '@/components/assurance/findings/finding-query';
import { fetchFindingFacets } from '@/components/assurance/findings/findings.queries';
import { resolveQuery } from '@/components/data-table/data-query';
import { parseFilter, serializeFilter } from '@/components/data-table/filter-grammar';
import { fetchFacets, fetchHistogram } from '@/components/platform/audit/audit.queries';
import { apiFetch } from '@/components/shell/api-client';
import { mintSession } from '@/db/test/mint-session';
import { newTenant, openScene, type Scene, userActor } from '@/db/test/scene';
import { useChecklist } from '@/lib/assurance/checklist/definition-file';
import { SLAS, type Sla } from '@/lib/assurance/findings/contract';
import type { DueBoardDto, FindingGroupsDto } from '@/lib/assurance/findings/views-contract';
import type { OverviewDto } from '@/lib/insight/overview/contract';
import { standingFacts } from '@/lib/insight/overview/facts';
import type { ReportDto } from '@/lib/insight/reports/contract';
import type { UserActor } from '@/lib/platform/auth/contract';
import type { StandingDto } from '@/lib/platform/facts/contract';
import type { RateLimitsDto } from '@/lib/platform/rate-limit/contract';
import { DEFAULT_TENANT_ID } from '@/lib/platform/tenancy/contract';
import { answerConsole } from './test/api';
import { linkedRows } from './test/linked-rows';
import { CHECKLIST, SkewedTenant } from './test/skewed-tenant';

/** What is told because nothing is there, so that its list is empty. */
const ABSENT = standingFacts([]).flatMap(({ key, absence }) => (absence ? [key] : []));

const SEED = Number(process.env.COUNTS_SEED ?? 7);

let scene: Scene;
let undo: () => void;
let tenant: SkewedTenant;
let operator: UserActor;
beforeAll(async () => {
  scene = await openScene();
  undo = await answerConsole();
  const [ada] = await scene.admin<{ id: string }[]>`select id from identity.user_account`;
  operator = await userActor('operator');
  const bob = await mintSession({ role: 'analyst', name: 'bob' });
  useChecklist(CHECKLIST);
  tenant = new SkewedTenant(scene.admin, DEFAULT_TENANT_ID, SEED);
  await tenant.fill([ada?.id ?? '', operator.userId, bob.userId]);
  // What another tenant has is nobody's here.
  const other = await newTenant('other');
  const theirs = await mintSession({ role: 'operator', tenantId: other, name: 'eve' });
  await new SkewedTenant(scene.admin, other, SEED + 1).fill([theirs.userId]);
});
afterAll(async () => {
  undo();
  await scene.close();
});

/** Holds a number to the rows that its link opens. */
async function expectRows(what: string, count: number, href: string): Promise<void> {
  expect([what, href, (await linkedRows(href)).length]).toEqual([what, href, count]);
}

const signal = new AbortController().signal;
/** The number that a text begins with, as `2,137 ×` or `15 of 40`; null where it begins with none. */
const numberIn = (text: string | null) => {
  const [digits] = /^[\d,]+/.exec(text ?? '') ?? [];
  return digits === undefined ? null : Number(digits.replaceAll(',', ''));
};

describe('what stands', () => {
  it('is, each, as many as its list shows', async () => {
    const { items } = await apiFetch<StandingDto>('/standing');
    for (const { key, count, href } of items) await expectRows(key, count, href);
    // Nothing is proved by facts that do not hold; the others are held to their rows further below.
    const declared = standingFacts([]).map(({ key }) => key);
    const others = [...ABSENT, 'members.one_operator', 'checklist.definition'];
    expect(items.map(({ key }) => key).sort()).toEqual(
      declared.filter((key) => !others.includes(key)).sort(),
    );
  });
});

describe('the overview', () => {
  it('counts what its figures open', async () => {
    const overview = await apiFetch<OverviewDto>('/overview');
    const figures = {
      ...overview.decisions24h,
      signIns: overview.signInFailures24h,
      keys: overview.liveKeys,
    };
    for (const [name, { count, capped, href }] of Object.entries(figures)) {
      expect([name, capped, count > 0]).toEqual([name, false, true]);
      await expectRows(name, count, href);
    }
  });
});

describe('the weekly report', () => {
  it('counts what its lines and its "more" open', async () => {
    const path = '/reports/weekly';
    const { content } = await apiFetch<ReportDto>(path, {
      method: 'POST',
      body: {},
      idempotencyKey: 'counts',
    });
    const counted = new Map<string, number>();
    for (const { key, lines, more, morePath } of content.sections) {
      for (const line of lines) {
        const count = numberIn(line.value);
        if (count === null || line.path === null) continue;
        await expectRows(`${key}: ${line.text}`, count, line.path);
        counted.set(key, (counted.get(key) ?? 0) + 1);
      }
      if (['keys', 'anomalies'].includes(key) && morePath !== null)
        await expectRows(`${key}: more`, lines.length + more, morePath);
    }
    expect(Object.fromEntries(counted)).toMatchObject({ needs: 12, access: 5, checklist: 1 });
    expect([...counted.keys()]).toEqual(expect.arrayContaining(['changes', 'deliveries']));
    const { standing } = await apiFetch<OverviewDto>('/overview');
    const needs = content.sections.find(({ key }) => key === 'needs');
    // Only the console knows of its own limits, and it has no complaint of them here.
    const urgent = standing.items.filter(({ level }) => level !== 'info');
    expect((needs?.lines.length ?? 0) + (needs?.more ?? 0)).toBe(urgent.length);
  });
});

describe('rate limits', () => {
  it('count what they open', async () => {
    const limits = await apiFetch<RateLimitsDto>('/policies/rate-limits');
    expect([limits.refused > 0, limits.shadowed > 0, limits.topSubjects.length]).toEqual([true, true, 10]);
    await expectRows('refused', limits.refused, limits.refusedHref);
    for (const rule of limits.rules) {
      await expectRows(`${rule.name} refused`, rule.refused, rule.refusedHref);
      await expectRows(`${rule.name} shadowed`, rule.shadowed, rule.shadowedHref);
    }
    for (const { label, refused, href } of limits.topSubjects) await expectRows(label, refused, href);
  });
});

describe('findings', () => {
  const finding = (q: string) => `/findings?${new URLSearchParams({ q })}`;

  it.each(['', 'state:any', 'severity:high kev:false', 'branch:main', 'flaw'])(
    'are as many as each value of each facet says: %s',
    async (q) => {
      const clauses = parseFilter(q);
      const facets = await fetchFindingFacets({ clauses }, signal);
      expect(Object.values(facets).flat().length).toBeGreaterThan(20);
      for (const [key, values] of Object.entries(facets)) {
        const others = clauses.filter((clause) => clause.key !== key);
        for (const { value, count, isCapped } of values) {
          const href = finding(serializeFilter([...others, { key, value, exclude: false }]));
          // Of branches a sample is counted, which the panel says.
          if (isCapped && key === 'branch')
            expect((await linkedRows(href)).length).toBeGreaterThanOrEqual(count);
          else {
            expect([key, value, isCapped]).toEqual([key, value, false]);
            await expectRows(`${key} ${value}`, count, href);
          }
        }
      }
    },
  );

  it.each(['package', 'rule', 'asset'] as const)('are as many as each %s has', async (by) => {
    const clauses = parseFilter('-severity:low state:any');
    const { items, isCapped } = await apiFetch<FindingGroupsDto>('/findings/groups', {
      query: { by, ...queryOf(clauses) },
    });
    expect([items.length > 3, isCapped]).toEqual([true, false]);
    for (const { value, total } of items)
      await expectRows(`${by} ${value}`, total, groupHref(by, value, clauses));
  });

  it('are as many as the board of due dates says', async () => {
    const board = await apiFetch<DueBoardDto>('/findings/due');
    const expectCounts = async (filter: Record<string, string>, counts: Record<Sla, number>) => {
      for (const sla of SLAS)
        await expectRows(`${JSON.stringify(filter)} ${sla}`, counts[sla], dueHref({ ...filter, sla }));
    };
    for (const { severity, counts } of board.severities) await expectCounts({ severity }, counts);
    for (const { name, counts } of board.assets) await expectCounts({ asset: name }, counts);
    expect(Object.values(board.total).every((count) => count > 0)).toBe(true);
  });
});

describe('the audit log', () => {
  it.each([
    ['', 'now-24h'],
    ['access:show', 'now-1h'],
    ['is:auth_failure -ip:none', 'now-7d'],
    ['outcome:denied synthetic:show', 'now-30d'],
  ])('has as many rows as its chart and facets say: %s since %s', async (q, from) => {
    const query = resolveQuery({ range: { from, to: 'now' }, q, sort: null }, Date.now());
    const to = new Date().toISOString();
    const link = (asked: string) => `/audit?${new URLSearchParams({ q: asked, from: query.from ?? '', to })}`;
    const buckets = await fetchHistogram({ ...query, to }, signal);
    expect(buckets.every(({ isExact }) => isExact)).toBe(true);
    const total = buckets
      .flatMap(({ counts }) => Object.values(counts))
      .reduce((sum, count) => sum + count, 0);
    await expectRows('in all', total, link(q));
    for (const [key, values] of Object.entries(await fetchFacets({ ...query, to }, signal))) {
      const others = query.clauses.filter((clause) => clause.key !== key);
      for (const { value, count, isCapped } of values) {
        expect([key, value, isCapped ?? false]).toEqual([key, value, false]);
        const asked = serializeFilter([...others, { key, value, exclude: false }]);
        await expectRows(`${key} ${value}`, count, link(asked));
      }
    }
  });
});
