import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openScene, type Scene, userActor } from '@/db/test/scene';
import {
  all,
  bring,
  FIXTURES,
  numbered,
  prepareFindings,
  trivyReport,
} from '@/lib/assurance/findings/test/reports';
import type { UserActor } from '@/lib/platform/auth/contract';

let scene: Scene;
let folder: string;
let operator: UserActor;
beforeAll(async () => {
  folder = prepareFindings();
  scene = await openScene();
  operator = await userActor('operator');
});
afterAll(async () => {
  await scene.close();
  rmSync(folder, { recursive: true, force: true });
});

const shown = async (asset: string) =>
  (await all(operator, { asset, status: ['open', 'fixed'] })).map(({ ruleId, severity, status }) => [
    ruleId,
    severity,
    status,
  ]);
const one = (severity: string, more: object = {}) =>
  trivyReport([{ id: 'CVE-2024-5000', severity, ...more }]);

describe('a severity that streams rate differently', () => {
  it('is that of the default branch: a pull request neither lowers nor raises it', async () => {
    await bring(operator, one('CRITICAL'), { asset: 'rated' });
    await bring(operator, one('LOW'), { asset: 'rated', branch: 'feature' });
    expect(await shown('rated')).toEqual([['CVE-2024-5000', 'critical', 'open']]);
    await bring(operator, one('MEDIUM'), { asset: 'rated' });
    expect(await shown('rated')).toEqual([['CVE-2024-5000', 'medium', 'open']]);
    await bring(operator, one('CRITICAL'), { asset: 'rated', branch: 'feature' });
    expect(await shown('rated')).toEqual([['CVE-2024-5000', 'medium', 'open']]);
  });

  it('is the worst of several categories of a branch, in whatever order they come', async () => {
    for (const asset of ['a-first', 'b-first']) {
      const runs = [
        { report: one('HIGH'), category: 'a' },
        { report: one('LOW'), category: 'b' },
      ];
      for (const { report, category } of asset === 'a-first' ? runs : runs.toReversed())
        await bring(operator, report, { asset, category });
      expect(await shown(asset)).toEqual([['CVE-2024-5000', 'high', 'open']]);
    }
  });

  it('is not replaced where a later report rates nothing', async () => {
    await bring(operator, one('CRITICAL'), { asset: 'unrated' });
    await bring(operator, one('UNKNOWN'), { asset: 'unrated' });
    expect(await shown('unrated')).toEqual([['CVE-2024-5000', 'critical', 'open']]);
  });

  it('counts in rows of earlier versions with what was shown', async () => {
    await bring(operator, one('CRITICAL'), { asset: 'before' });
    await scene.admin`update sighting s set rating = null from finding f join asset a on a.id = f.asset_id
      where f.id = s.finding_id and a.name = 'before'`;
    await bring(operator, one('LOW'), { asset: 'before', branch: 'feature' });
    expect(await shown('before')).toEqual([['CVE-2024-5000', 'critical', 'open']]);
  });
});

describe('a run that looked at something else', () => {
  it('closes nothing of what it did not look at, however many targets it has', async () => {
    await bring(operator, trivyReport(numbered(3), 'package-lock.json'), { asset: 'targets' });
    const scan = await bring(operator, trivyReport(numbered(3).slice(0, 2), 'go.mod'), { asset: 'targets' });
    expect(scan).toMatchObject({ status: 'held', counts: { fixed: 0 } });
    expect(scan.reasons[0]).toMatch(/"package-lock\.json".*different categories/);
  });

  it('is no stranger in a category of its own', async () => {
    for (const [target, category] of [
      ['package-lock.json', 'web'],
      ['go.mod', 'api'],
    ] as const)
      await bring(operator, trivyReport(numbered(3), target), { asset: 'categories', category });
    const scan = await bring(operator, trivyReport(numbered(2), 'go.mod'), {
      asset: 'categories',
      category: 'api',
    });
    expect(scan).toMatchObject({ status: 'done', counts: { fixed: 1 } });
  });

  it('is held where more than half is gone, however few there were, until a complete run shows them again', async () => {
    await bring(operator, trivyReport(numbered(3)), { asset: 'small' });
    const scan = await bring(operator, trivyReport(numbered(1)), { asset: 'small' });
    expect(scan).toMatchObject({ status: 'held', counts: { fixed: 0, held: 2 } });
    const next = await bring(operator, trivyReport(numbered(2)), { asset: 'small' });
    expect(next).toMatchObject({ status: 'done', counts: { fixed: 1, held: 0 } });
  });

  it('is held where its own command leaves results out', async () => {
    const sarif = (rules: readonly string[], commandLine: string) => ({
      version: '2.1.0',
      runs: [
        {
          tool: { driver: { name: 'linter' } },
          invocations: [{ executionSuccessful: true, commandLine }],
          results: rules.map((ruleId) => ({ ruleId, message: { text: ruleId } })),
        },
      ],
    });
    await bring(operator, sarif(['A', 'B', 'C'], 'linter --token s3cret .'), { asset: 'filtered' });
    const scan = await bring(operator, sarif(['A', 'B'], 'linter --severity=high --token s3cret .'), {
      asset: 'filtered',
    });
    expect(scan).toMatchObject({ status: 'held', counts: { fixed: 0, held: 1 } });
    expect(scan.reasons[0]).toBe(`The scanner's options changed from "none" to "--severity high".`);
  });
});

describe('the name of a vulnerability', () => {
  it('finds what other tools call otherwise', async () => {
    await bring(operator, one('HIGH'), { asset: 'names' });
    const snyk = {
      ok: false,
      packageManager: 'npm',
      displayTargetFile: 'package.json',
      vulnerabilities: [
        {
          id: 'SNYK-JS-LEFTPAD-5000',
          packageName: 'left-pad',
          version: '1.0.0',
          severity: 'high',
          identifiers: { CVE: ['CVE-2024-5000'], GHSA: ['GHSA-aaaa-bbbb-5000'] },
        },
      ],
    };
    await bring(operator, snyk, { asset: 'names' });
    const found = async (q: string) =>
      (await all(operator, { asset: 'names', q })).map(({ tool }) => tool).sort();
    expect(await found('CVE-2024-5000')).toEqual(['snyk', 'trivy']);
    expect(await found('cve-2024-50')).toEqual(['snyk', 'trivy']);
    expect(await found('GHSA-aaaa-bbbb-5000')).toEqual(['snyk']);
    expect(await found('CVE-2024-5001')).toEqual([]);
  });
});

const CASES = join(FIXTURES, '../cases/findings');

describe.skipIf(!existsSync(CASES))('the cases of ../shared', () => {
  const given = (name: string) => readFileSync(join(CASES, name));

  it('08: the two scans of Trivy do not close each other', async () => {
    for (const name of [
      '08-trivy-fs.json',
      '08-trivy-config.json',
      '08-trivy-fs.json',
      '08-trivy-config.json',
    ])
      await bring(operator, given(name), { asset: 'trivy' });
    const open = await all(operator, { asset: 'trivy', status: ['open'] });
    expect(open.map(({ kind }) => kind).sort()).toEqual([
      ...Array.from({ length: 3 }, () => 'misconfiguration'),
      ...Array.from({ length: 5 }, () => 'vulnerability'),
    ]);
  });

  it('10: a statement that is in triage changes neither severity nor text', async () => {
    for (const name of ['10-cdx.json', '10-vex-in-triage.json', '10-cdx.json']) {
      await bring(operator, given(name), { asset: 'triage' });
      const [finding] = await all(operator, { asset: 'triage' });
      expect(finding).toMatchObject({ severity: 'critical', title: 'Prototype pollution' });
    }
  });
});
