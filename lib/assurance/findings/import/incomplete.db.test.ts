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
import { decideScan } from './decide-scan';

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

const statuses = async (asset: string) =>
  Object.fromEntries(
    (await all(operator, { asset, status: ['open', 'fixed'] })).map(({ ruleId, status }) => [ruleId, status]),
  );
const streamOf = async (asset: string) => {
  const [row] = await scene.admin<
    { last_complete_at: Date | null; last_status: string | null; targets: string[] }[]
  >`
    select s.last_complete_at, s.last_status, s.targets from scan_stream s
    join asset a on a.id = s.asset_id where a.name = ${asset}`;
  return row;
};

const result = (ruleId: string) => ({
  ruleId,
  message: { text: 'bad' },
  locations: [{ physicalLocation: { artifactLocation: { uri: 'a.py' }, region: { startLine: 3 } } }],
});
const sarif = (rules: readonly string[], invocation: object = { executionSuccessful: true }) => ({
  version: '2.1.0',
  runs: [{ tool: { driver: { name: 'linter' } }, invocations: [invocation], results: rules.map(result) }],
});

describe('a run that did not end well', () => {
  it('opens what it found, closes nothing, and is no baseline', async () => {
    await bring(operator, sarif(['A', 'B']), { asset: 'partial' });
    const before = await streamOf('partial');
    const scan = await bring(operator, sarif(['A', 'C'], { executionSuccessful: false }), {
      asset: 'partial',
    });
    expect(scan).toMatchObject({ status: 'held', isComplete: false, counts: { new: 1, fixed: 0, held: 1 } });
    expect(scan.reasons.join()).toMatch(/linter did not analyze everything/);
    expect(await statuses('partial')).toEqual({ A: 'open', B: 'open', C: 'open' });
    expect((await streamOf('partial'))?.last_complete_at).toEqual(before?.last_complete_at);
  });

  it('is marked incomplete where it lacks nothing that is known', async () => {
    const scan = await bring(operator, sarif(['A'], { executionSuccessful: false }), { asset: 'first' });
    expect(scan).toMatchObject({ status: 'done', isComplete: false, counts: { new: 1, fixed: 0 } });
    expect(scan.reasons).toHaveLength(1);
    expect((await streamOf('first'))?.last_complete_at).toBeNull();
  });

  it('is superseded by a complete one, which closes what is gone', async () => {
    await bring(operator, sarif(['A', 'B']), { asset: 'later' });
    await bring(operator, sarif(['A'], { executionSuccessful: false }), { asset: 'later' });
    const scan = await bring(operator, sarif(['A']), { asset: 'later' });
    expect(scan).toMatchObject({ status: 'done', isComplete: true, counts: { fixed: 1 } });
    expect(await statuses('later')).toEqual({ A: 'open', B: 'fixed' });
  });

  it('closes what it lacks when somebody confirms it', async () => {
    await bring(operator, sarif(['A', 'B']), { asset: 'confirmed' });
    const held = await bring(operator, sarif(['A'], { executionSuccessful: false }), { asset: 'confirmed' });
    const scan = await decideScan(operator, held.id, { verdict: 'confirm', reason: 'Only c.py failed.' });
    expect(scan).toMatchObject({ status: 'confirmed', isComplete: false, counts: { fixed: 1 } });
    expect(await statuses('confirmed')).toEqual({ A: 'open', B: 'fixed' });
  });
});

describe('a report that is only half understood', () => {
  it('is incomplete, and what it lacks stays open', async () => {
    await bring(operator, trivyReport(numbered(3)), { asset: 'half' });
    const report = trivyReport(numbered(1));
    const unknown: unknown = { Id: 'CVE-2024-1001', Package: 'left-pad' };
    const found: unknown[] | undefined = report.Results[0]?.Vulnerabilities;
    found?.push(unknown);
    const scan = await bring(operator, report, { asset: 'half' });
    expect(scan).toMatchObject({ status: 'held', isComplete: false, counts: { fixed: 0, held: 2 } });
    expect(scan.reasons).toContain('1 entry of the report could not be read.');
    expect(Object.values(await statuses('half'))).toEqual(['open', 'open', 'open']);
  });

  it('and one of which nothing is understood has failed', async () => {
    await bring(operator, { auditReportVersion: 2, vulnerabilities: {} }, { asset: 'none' });
    const strange = { auditReportVersion: 2, vulnerabilities: { a: { severity: 'high' } } };
    const scan = await bring(operator, strange, { asset: 'none' });
    expect(scan).toMatchObject({ status: 'failed', tool: 'npm-audit', counts: null });
    expect(scan.reasons[0]).toMatch(/Nothing in this report could be read/);
  });
});

describe('a run that its uploader calls incomplete', () => {
  it('says why, closes nothing, and leaves the state of its stream alone', async () => {
    await bring(operator, trivyReport(numbered(3)), { asset: 'told' });
    const before = await streamOf('told');
    const scan = await bring(operator, trivyReport(numbered(1)), {
      asset: 'told',
      reason: ['vendor/ is larger than 1 GB and was left out.'],
    });
    expect(scan).toMatchObject({
      status: 'done',
      isComplete: false,
      reasons: ['vendor/ is larger than 1 GB and was left out.'],
      counts: { fixed: 0, held: 0 },
    });
    expect(Object.values(await statuses('told'))).toEqual(['open', 'open', 'open']);
    expect(await streamOf('told')).toEqual(before);
  });
});

const CASES = join(FIXTURES, '../cases/findings');

describe.skipIf(!existsSync(CASES))('the cases of ../shared', () => {
  const given = (name: string) => readFileSync(join(CASES, name));

  it.each(['01-sarif-exec-false.json', '02-sarif-one-file-unparsable.json'])('%s', async (name) => {
    const scan = await bring(operator, given(name), { asset: name });
    expect(scan).toMatchObject({ status: 'done', isComplete: false, counts: { new: 2 } });
  });

  it('04: another tag of the image changes nothing', async () => {
    const name = '04-trivy-sarif-tag-in-path.json';
    await bring(operator, given(name), { asset: name });
    const other = given(name).toString().replaceAll('2c6912aee7bde44b84d810aed106ca84f40e2e29', '1.2.3');
    const scan = await bring(operator, other, { asset: name });
    expect(scan.counts).toMatchObject({ found: 2, new: 0, fixed: 0, held: 0 });
  });

  it('05: the audit of Yarn 1 is read', async () => {
    const scan = await bring(operator, given('05-yarn-classic-audit.jsonl'), { asset: 'yarn' });
    expect(scan).toMatchObject({ status: 'done', tool: 'yarn-audit', counts: { new: 1 } });
  });

  it.each(['safety', 'clair', 'csaf', 'composer-audit', 'eslint'])(
    '20: %s is refused by name',
    async (tool) => {
      const scan = await bring(operator, given(`20-foreign-${tool}.json`), { asset: tool });
      expect(scan.status).toBe('failed');
      expect(scan.reasons[0]).toMatch(new RegExp(tool.replace('-', ' '), 'i'));
    },
  );
});
