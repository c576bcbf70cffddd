import { QueryClient } from '@tanstack/react-query';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { usageHref } from '@/components/access/api-keys/detail/audit-href';
import { dueHref, groupHref } from '@/components/assurance/findings/finding-links';
import { queryOf } from '@/components/assurance/findings/finding-query';
import { fetchFindingFacets } from '@/components/assurance/findings/findings.queries';
import { scanDiffQuery } from '@/components/assurance/scans/scans.queries';
import { resolveQuery } from '@/components/data-table/data-query';
import { parseFilter, serializeFilter } from '@/components/data-table/filter-grammar';
import { fetchFacets, fetchHistogram } from '@/components/platform/audit/audit.queries';
import { fetchInbox } from '@/components/platform/notifications/notifications.queries';
import { apiFetch } from '@/components/shell/api-client';
import { inTenant } from '@/db/scope';
import { mintSession } from '@/db/test/mint-session';
import { newTenant, openScene, type Scene, testJobActor, userActor } from '@/db/test/scene';
import { createKey } from '@/lib/access/api-keys/change/create-key';
import type { KeyDto } from '@/lib/access/api-keys/contract';
import { rollupKeyUsage } from '@/lib/access/api-keys/read/rollup-usage';
import { useChecklist } from '@/lib/assurance/checklist/definition-file';
import { SCAN_DIFF_PARTS, type ScanDto, SLAS, type Sla } from '@/lib/assurance/findings/contract';
import { tellExploited } from '@/lib/assurance/findings/import/tell-scan';
import { bring, numbered, prepareFindings, trivyReport } from '@/lib/assurance/findings/test/reports';
import type { DueBoardDto, FindingGroupsDto } from '@/lib/assurance/findings/views-contract';
import type { OverviewDto } from '@/lib/insight/overview/contract';
import { standingFacts } from '@/lib/insight/overview/facts';
import type { ReportDto } from '@/lib/insight/reports/contract';
import type { UserActor } from '@/lib/platform/auth/contract';
import type { StandingDto } from '@/lib/platform/facts/contract';
import type { InboxItemDto } from '@/lib/platform/notifications/contract';
import { watchLimits } from '@/lib/platform/notifications/watch';
import { type Told, wordsOf } from '@/lib/platform/notifications/words';
import type { RateLimitsDto } from '@/lib/platform/rate-limit/contract';
import { DEFAULT_TENANT_ID } from '@/lib/platform/tenancy/contract';
import { type AnomalyDto, RULE_KEYS } from '@/lib/response/anomalies/contract';
import { countActivity } from '@/lib/response/anomalies/count-activity';
import { evaluateRules } from '@/lib/response/anomalies/evaluate-hours';
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
  prepareFindings();
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

/** The last notification of each type, in words. */
async function toldOf(...types: string[]) {
  const told = await scene.admin<Told[]>`
    select distinct on (type) type, subject_type as "subjectType", subject_id as "subjectId", subject_label as "subjectLabel", data
    from notification where tenant_id = ${DEFAULT_TENANT_ID} and type in ${scene.admin(types)} order by type, id desc`;
  return types.map((type) => {
    const one = told.find((row) => row.type === type);
    return one && wordsOf(one, 'UTC');
  });
}

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
    expect([limits.refused > 0, limits.shadowed > 0, limits.topSubjects.length > 5]).toEqual([
      true,
      true,
      true,
    ]);
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

  it.each(['', 'state:any -asset:web', 'branch:main severity:high', 'flaw kev:false'])(
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
    ['is:auth_failure -ip:none outcome:denied', 'now-30d'],
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

describe('notifications', () => {
  it('of limits count the requests that they lead to', async () => {
    const minuteAgo = new Date(Date.now() - 60_000);
    await tenant.addEvents(150, {
      code: 'RATE_LIMITED',
      at: minuteAgo,
      category: 'decision',
      action: 'gate.verify',
    });
    await tenant.addEvents(7, {
      code: 'UNAVAILABLE',
      at: minuteAgo,
      category: 'decision',
      action: 'gate.verify',
    });
    await watchLimits(testJobActor());
    const [limited, uncounted] = await toldOf('limits.exceeded', 'gate.degraded');
    await expectRows('limits.exceeded', numberIn(limited?.title ?? '') ?? 0, limited?.action.path ?? '');
    const [, failures = ''] = /([\d,]+) failures/.exec(uncounted?.body ?? '') ?? [];
    await expectRows('gate.degraded', Number(failures), uncounted?.action.path ?? '');
  });

  it('of exploited findings count those that they lead to', async () => {
    const open = await scene.admin<{ id: string }[]>`
      select id from finding where tenant_id = ${DEFAULT_TENANT_ID} and status = 'open' and is_kev limit 2`;
    const ids = open.map(({ id }) => id);
    await inTenant(testJobActor(), (tx) => tellExploited(tx, DEFAULT_TENANT_ID, ids));
    const [told] = await toldOf('finding.exploited');
    expect(told?.title).toContain('2 of them new');
    await expectRows('finding.exploited', numberIn(told?.title ?? '') ?? 0, told?.action.path ?? '');
  });

  it('are as many in the inbox as it says', async () => {
    const { unread } = await fetchInbox('only', null, signal);
    const rows = (await linkedRows('/inbox')) as InboxItemDto[];
    expect([unread > 50, unread]).toEqual([true, rows.filter(({ readAt }) => readAt === null).length]);
  });
});

describe('a scan', () => {
  const expectParts = async ({ id, counts }: ScanDto) => {
    for (const part of SCAN_DIFF_PARTS) {
      const { pages } = await new QueryClient().fetchInfiniteQuery({ ...scanDiffQuery(id, part), pages: 99 });
      expect([part, pages.flatMap(({ items }) => items).length]).toEqual([part, counts?.[part]]);
    }
  };

  it('has as many findings in each part as it says, and as its notifications say', async () => {
    const onMain = { asset: 'fresh "one"', branch: 'main' };
    const [old, fresh] = [numbered(30), numbered(32, 'CRITICAL').slice(30)];
    await bring(operator, trivyReport(old), onMain);
    const held = await bring(operator, trivyReport([...old.slice(0, 3), ...fresh]), onMain);
    expect(held).toMatchObject({ status: 'held', counts: { new: 2, held: 27 } });
    await expectParts(held);
    await expectParts(await bring(operator, trivyReport([...old.slice(0, 28), ...fresh]), onMain));
    const [urgent, told] = await toldOf('finding.urgent', 'scan.held');
    expect([urgent?.title, told?.body]).toEqual([
      expect.stringContaining('2 critical findings'),
      expect.stringContaining('missing 27 findings'),
    ]);
  });
});

describe('a key', () => {
  it('was used as often as its bars say', async () => {
    const { key } = await createKey(operator, { name: 'used', scopes: ['gate:verify'] });
    const version = key.versions[0]?.id;
    const by = { key_id: key.id, key_version_id: version };
    const since = new Date(Date.now() - 31 * 3_600_000);
    await scene.admin`insert into rollup_watermark (tenant_id, name, until) values (${DEFAULT_TENANT_ID}, 'key_usage', ${since})`;
    await tenant.addEvents(120, { ...by, target_type: null });
    // Its service asks the gate about other credentials, and about its own.
    await tenant.addEvents(40, {
      action: 'gate.verify',
      category: 'decision',
      target_type: 'key_version',
      target_id: version,
    });
    const own = {
      target_type: 'key_version',
      target_id: version,
      action: 'gate.verify',
      category: 'decision',
    };
    await tenant.addEvents(10, { ...by, ...own });
    await vi.waitFor(
      async () => {
        await rollupKeyUsage(testJobActor());
        const [mark] = await scene.admin`select until > (select max(recorded_at) from audit_event
          where tenant_id = ${DEFAULT_TENANT_ID}) as "isPast" from rollup_watermark where name = 'key_usage'`;
        expect(mark?.isPast).toBe(true);
      },
      { timeout: 20_000, interval: 500 },
    );
    const dto = await apiFetch<KeyDto>(`/keys/${key.id}`);
    const used = dto.usage.filter(({ allowed, refused }) => allowed + refused > 0);
    expect(used.length).toBeGreaterThan(1);
    for (const { hour, allowed, refused } of used) {
      const fromMs = Date.parse(hour);
      await expectRows(hour, allowed + refused, usageHref(dto, { fromMs, toMs: fromMs + 3_600_000 }));
    }
  });
});

describe('anomalies', () => {
  it('count the events that each leads to', async () => {
    const by = { actor_type: 'user', actor_id: operator.userId, actor_label: 'operator', key_id: null };
    const lastHour = new Date(Math.floor(Date.now() / 3_600_000) * 3_600_000 - 600_000);
    const now = { ...by, at: lastHour, category: 'change', outcome: 'success', code: null };
    for (let day = 2; day < 20; day++)
      await tenant.addEvents(30, {
        ...now,
        at: new Date(lastHour.getTime() - day * 86_400_000),
        ip: '203.0.113.9',
      });
    await tenant.addEvents(3, { ...now, action: 'block.lifted', ip: '203.0.113.9' });
    await tenant.addEvents(4, { ...now, action: 'block.lifted', ip: '198.18.0.1' });
    await tenant.addEvents(30, { ...now, action: 'key.revoked' });
    await tenant.addEvents(400, { ...now, action: 'finding.decided' });
    await scene.admin`delete from anomaly`;
    await scene.admin`delete from anomaly_rule`;
    for (const key of RULE_KEYS)
      await scene.admin`insert into anomaly_rule (tenant_id, key, is_enabled, parameters, evaluated_to)
        values (${DEFAULT_TENANT_ID}, ${key}, true, '{}', ${new Date(lastHour.getTime() - 7_200_000)})`;
    await vi.waitFor(
      async () => {
        await countActivity(testJobActor());
        await evaluateRules(testJobActor());
        const [mark] = await scene.admin`select until > (select max(recorded_at) from audit_event
          where tenant_id = ${DEFAULT_TENANT_ID} and at < now() - interval '1 second') as "isPast" from rollup_watermark where name = 'activity'`;
        expect(mark?.isPast).toBe(true);
      },
      { timeout: 20_000, interval: 500 },
    );
    const found = (await linkedRows('/anomalies?state=any&muted=show')) as AnomalyDto[];
    const rules = new Set(found.map(({ rule }) => rule));
    expect([...rules]).toEqual(
      expect.arrayContaining(['brute_force', 'guard_lowered', 'mass_export', 'new_value', 'volume']),
    );
    for (const { sentence, count, href } of found) await expectRows(sentence, count, href);
  });
});
