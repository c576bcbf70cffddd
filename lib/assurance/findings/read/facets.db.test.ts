import { rmSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyActor, newTenant, openScene, type Scene, testJobActor, userActor } from '@/db/test/scene';
import {
  AGES,
  FINDING_STATUSES,
  type FindingDto,
  type FindingFilterInput,
  SEVERITIES,
  SLAS,
} from '@/lib/assurance/findings/contract';
import { decideFinding } from '@/lib/assurance/findings/decide/decide-finding';
import { compactTally } from '@/lib/assurance/findings/import/compact-tally';
import { all, bring, prepareFindings, trivyReport } from '@/lib/assurance/findings/test/reports';
import { FINDING_FACETS, type FindingFacet } from '@/lib/assurance/findings/views-contract';
import type { UserActor } from '@/lib/platform/auth/contract';
import { newId } from '@/lib/platform/core/ids';
import { findingFacets } from './facets';
import { findingGroups } from './groups';
import { listFindings } from './queries';

let scene: Scene;
let folder: string;
let operator: UserActor;
let everything: FindingDto[];
let branches: Map<string, string[]>;

const DAY_MS = 86_400_000;
const SEVERITY_WORDS = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'];

beforeAll(async () => {
  folder = prepareFindings();
  scene = await openScene();
  operator = await userActor('operator');
  for (const [a, asset] of ['web', 'shop', 'api'].entries()) {
    for (const [b, branch] of ['main', 'dev'].entries()) {
      const vulnerabilities = Array.from({ length: 20 }, (_, i) => ({
        id: `CVE-2026-${1000 + ((i * 7 + a) % 25)}`,
        name: `package-${(i + b) % 6}`,
        severity: SEVERITY_WORDS[(i + a) % 4] ?? 'LOW',
      }));
      await bring(operator, trivyReport(vulnerabilities), { asset, branch });
    }
  }
  await bring(operator, trivyReport([]), { asset: 'api', branch: 'dev', complete: true });
  const some = (await all(operator, {})).slice(0, 12);
  for (const { id } of some.slice(0, 6))
    await decideFinding(operator, id, { decision: 'false_positive', reason: 'a test fixture' });
  const { admin } = scene;
  await admin`update finding set is_kev = true where rule_id like '%7'`;
  await admin`update finding set opened_at = now() - make_interval(days => 5 * (right(rule_id, 2)::integer))`;
  await admin`update finding set due_at = case when rule_id like '%4' then null
    else now() + make_interval(days => 4 * right(rule_id, 2)::integer - 30) end`;
  await admin`update finding set owner_user_id = ${operator.userId} where rule_id like '%3'`;
  everything = await all(operator, { status: [...FINDING_STATUSES] });
  const seen = await admin`select s.finding_id, array_agg(distinct t.branch) as branches from sighting s
    join scan_stream t on t.id = s.stream_id where s.gone_at is null group by 1`;
  branches = new Map(seen.map((row) => [row.finding_id, row.branches]));
});
afterAll(async () => {
  await scene.close();
  rmSync(folder, { recursive: true, force: true });
});

function ageOf({ openedAt }: FindingDto): string {
  const days = (Date.now() - Date.parse(openedAt)) / DAY_MS;
  if (days < 7) return 'week';
  return days < 30 ? 'month' : days < 90 ? 'quarter' : 'older';
}
function slaOf({ dueAt }: FindingDto): string[] {
  const days = (Date.parse(dueAt ?? '') - Date.now()) / DAY_MS;
  if (dueAt === null) return ['none'];
  return days < 0 ? ['overdue'] : days < 7 ? ['soon'] : days < 30 ? ['month'] : ['later'];
}

/** The values of a finding, by code that shares nothing with the query. */
const VALUES: Record<FindingFacet, (finding: FindingDto) => string[]> = {
  severity: ({ severity }) => [severity],
  status: ({ status }) => [status],
  kev: ({ isKev }) => (isKev ? ['true'] : []),
  asset: ({ asset }) => [asset.name],
  tool: ({ tool }) => [tool],
  kind: ({ kind }) => [kind],
  owner: ({ owner }) => (owner ? [owner.userId] : []),
  package: (finding) => (finding.package ? [finding.package] : []),
  rule: ({ ruleId }) => [ruleId],
  branch: ({ id }) => branches.get(id) ?? [],
  sla: slaOf,
  age: (finding) => [ageOf(finding)],
};

function matches(finding: FindingDto, filter: FindingFilterInput, without?: FindingFacet): boolean {
  const text = [finding.title, finding.path, finding.package, finding.ruleId].join('\n').toLowerCase();
  const holds = (word: string) => text.includes(word.toLowerCase());
  const listOf = (given: string | string[] | undefined) => (given === undefined ? [] : [given].flat());
  if (!listOf(filter.q).every(holds) || listOf(filter.notQ).some(holds)) return false;
  if (without !== 'asset' && listOf(filter.notAsset).includes(finding.asset.name)) return false;
  if (without !== 'owner' && listOf(filter.notOwner).includes(finding.owner?.userId ?? '')) return false;
  if (listOf(filter.notPackage).includes(finding.package ?? '')) return false;
  if (listOf(filter.notRule).includes(finding.ruleId)) return false;
  return FINDING_FACETS.every((facet) => {
    if (facet === without) return true;
    const asked = filter[facet] ?? (facet === 'status' ? ['open'] : undefined);
    return !asked || [asked].flat().some((value) => VALUES[facet](finding).includes(value));
  });
}

/** Where the rows must be read, the status and what narrows them show their chosen values only. */
const showsOthers = (facet: FindingFacet, filter: FindingFilterInput) => {
  const isExact =
    !filter.q &&
    !filter.notQ &&
    !filter.branch &&
    !filter.package &&
    !filter.notPackage &&
    !filter.rule &&
    !filter.notRule &&
    !filter.sla &&
    !filter.age;
  if (facet === 'branch' || ['severity', 'tool', 'kind', 'kev', 'owner', 'asset'].includes(facet))
    return true;
  return facet === 'status' && (isExact || Boolean(filter.package || filter.rule));
};

function expectedOf(facet: FindingFacet, filter: FindingFilterInput): Map<string, number> {
  const counts = new Map<string, number>();
  const without = showsOthers(facet, filter) ? facet : undefined;
  for (const finding of everything.filter((one) => matches(one, filter, without)))
    for (const value of VALUES[facet](finding)) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

const some = (values: readonly string[]) =>
  fc.option(fc.subarray([...values], { minLength: 1 }), { nil: undefined });
const filters = () =>
  fc
    .record({
      status: some(['open', 'fixed', 'false_positive']),
      severity: some(SEVERITIES),
      asset: some(['web', 'shop', 'none']),
      branch: some(['main', 'dev']),
      package: fc.option(fc.constantFrom('package-1', 'package-2'), { nil: undefined }),
      age: some(AGES),
      kev: fc.option(fc.constantFrom('true' as const), { nil: undefined }),
      sla: fc.option(fc.constantFrom(...SLAS), { nil: undefined }),
      owner: fc.option(fc.constant('own'), { nil: undefined }),
      q: some(['package', '2026-100', 'nowhere']),
      notAsset: some(['web', 'api']),
      notPackage: some(['package-2', 'package-3']),
      notRule: some(['CVE-2026-1004']),
      notOwner: fc.option(fc.constant('own'), { nil: undefined }),
      notQ: some(['package-4', '2026-101']),
    })
    .map((filter) => {
      const given = Object.entries(filter).filter(([, value]) => value !== undefined);
      const owner = filter.owner ? { owner: operator.userId } : {};
      const notOwner = filter.notOwner ? { notOwner: operator.userId } : {};
      return { ...Object.fromEntries(given), ...owner, ...notOwner } as FindingFilterInput;
    });

/** Without what only the rows tell, so that the tally answers. */
const talliedFilters = () =>
  filters().map(
    ({ severity, status, asset, kev, owner, notAsset, notOwner }): FindingFilterInput => ({
      ...{ severity, status, asset, kev, owner, notAsset, notOwner },
    }),
  );

describe('groups', () => {
  const valuesBy = { asset: VALUES.asset, package: VALUES.package, rule: VALUES.rule };
  it.each(['asset', 'package', 'rule'] as const)(
    'by %s hold what the list holds, worst first',
    async (by) => {
      const check = async (filter: FindingFilterInput) => {
        const { items, isCapped } = await findingGroups(operator, { ...filter, by });
        const expected = new Map<string, Record<string, number>>();
        for (const finding of everything.filter((one) => matches(one, filter)))
          for (const value of valuesBy[by](finding)) {
            const counts = expected.get(value) ?? { critical: 0, high: 0, medium: 0, low: 0, info: 0 };
            counts[finding.severity] = (counts[finding.severity] ?? 0) + 1;
            expected.set(value, counts);
          }
        expect(isCapped).toBe(false);
        expect(Object.fromEntries(items.map(({ value, counts }) => [value, counts]))).toEqual(
          Object.fromEntries(expected),
        );
        const weights = items.map(({ counts }) =>
          SEVERITIES.reduce((sum, one) => sum * 1_000 + counts[one], 0),
        );
        expect(weights).toEqual([...weights].sort((a, b) => b - a));
      };
      await fc.assert(fc.asyncProperty(filters(), check), { numRuns: 15 });
      await fc.assert(fc.asyncProperty(talliedFilters(), check), { numRuns: 10 });
    },
  );

  it('are refused to who may not see findings', async () => {
    await expect(findingGroups(keyActor(newId(), ['scans:read']), { by: 'rule' })).rejects.toMatchObject({
      code: 'forbidden',
    });
  });
});

describe('facets', () => {
  it('count what the list holds, whatever is filtered, before and after the tally is added up', {
    timeout: 120_000,
  }, async () => {
    const check = async (filter: FindingFilterInput) => {
      const { facets } = await findingFacets(operator, filter);
      for (const facet of FINDING_FACETS) {
        const expected = expectedOf(facet, filter);
        const top = [...expected.values()].sort((a, b) => b - a).slice(0, 12);
        const counts = facets[facet].map(({ count }) => count).sort((a, b) => b - a);
        expect([facet, counts]).toEqual([facet, top]);
        for (const { value, count, isCapped } of facets[facet])
          expect([facet, value, count, isCapped]).toEqual([facet, value, expected.get(value), false]);
      }
      const { items } = await listFindings(operator, { ...filter, limit: 200 });
      expect(items.map(({ id }) => id).sort()).toEqual(
        everything
          .filter((one) => matches(one, filter))
          .map(({ id }) => id)
          .sort(),
      );
    };
    await fc.assert(fc.asyncProperty(filters(), check), { numRuns: 40 });
    await fc.assert(fc.asyncProperty(talliedFilters(), check), { numRuns: 25 });
    await scene.admin`insert into finding_tally
      select f.tenant_id, f.asset_id, f.tool, f.kind, f.severity, f.severity_rank, f.status, f.is_kev, f.owner_user_id, s.n from finding f,
        (values (1), (-1)) s(n), generate_series(1, 20)`;
    await compactTally(testJobActor());
    const [tally] =
      await scene.admin`select count(*)::int as rows, sum(change)::int as findings from finding_tally`;
    expect(tally?.findings).toBe(everything.length);
    expect(tally?.rows).toBeLessThan(everything.length);
    await fc.assert(fc.asyncProperty(talliedFilters(), check), { numRuns: 10 });
  });

  it('name people and assets', async () => {
    const { facets } = await findingFacets(operator, { status: ['open'] });
    expect(facets.owner).toMatchObject([{ value: operator.userId, label: 'operator' }]);
    expect(facets.asset.map(({ label }) => label).sort()).toEqual(['api', 'shop', 'web']);
  });

  it('show nothing of another tenant, and nothing to who may not see findings', async () => {
    const stranger = await userActor('operator', await newTenant('facets'));
    const { facets } = await findingFacets(stranger, {});
    expect(Object.values(facets).flat()).toEqual([]);
    await expect(findingFacets(keyActor(newId(), ['scans:read']), {})).rejects.toMatchObject({
      code: 'forbidden',
    });
  });
});
