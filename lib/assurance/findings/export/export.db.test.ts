import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyActor, newTenant, openScene, type Scene, userActor } from '@/db/test/scene';
import { decideFinding } from '@/lib/assurance/findings/decide/decide-finding';
import { all, bring, numbered, prepareFindings, trivyReport } from '@/lib/assurance/findings/test/reports';
import { EXPORT_FINDINGS_FORMATS, type ExportFindingsInput } from '@/lib/assurance/findings/views-contract';
import type { UserActor } from '@/lib/platform/auth/contract';
import { newId } from '@/lib/platform/core/ids';
import { exportFindings } from './export-findings';

let scene: Scene;
let folder: string;
let operator: UserActor;

const HOSTILE = '=HYPERLINK("http://evil.test";"x")\u202e\n<script>alert(1)</script>';

beforeAll(async () => {
  folder = prepareFindings();
  scene = await openScene();
  operator = await userActor('operator');
});
afterAll(async () => {
  await scene.close();
  rmSync(folder, { recursive: true, force: true });
});

const exported = async (input: ExportFindingsInput, actor = operator) =>
  (await exportFindings(actor, input)).text();
const lastRecorded = async () => {
  const rows = await scene.admin`select action, outcome, code, target_label, details from audit_event
    where action like 'findings.export%' order by at desc, id desc limit 2`;
  return rows;
};

describe('an export of findings', () => {
  it('as CSV is what the list holds, worst first, and defuses formulas', async () => {
    const asset = 'csv';
    const report = trivyReport([
      ...numbered(30, 'LOW'),
      { id: 'CVE-2026-9', name: HOSTILE, severity: 'CRITICAL' },
    ]);
    await bring(operator, report, { asset });
    const text = await exported({ format: 'csv', asset });
    const lines = text.trimEnd().split('\r\n');
    expect(lines).toHaveLength(32);
    expect(lines[0]).toMatch(/^id,severity,state,rule,title,asset,/);
    expect(lines[1]).toContain('critical,open,CVE-2026-9');
    expect(lines[1]).toContain('"\'=HYPERLINK(');
    expect(text).not.toMatch(/[\u202e]/);
    const [end, start] = await lastRecorded();
    expect(start).toMatchObject({ action: 'findings.export_started', target_label: 'csv' });
    expect(end).toMatchObject({ action: 'findings.exported', outcome: 'success', details: { rows: 31 } });
  });

  it('as NDJSON holds one finding a line, across pages', async () => {
    const asset = 'many';
    await bring(operator, trivyReport(numbered(2_300)), { asset });
    const lines = (await exported({ format: 'ndjson', asset })).trimEnd().split('\n');
    const ids = lines.map((line) => JSON.parse(line).id);
    expect(new Set(ids).size).toBe(2_300);
    expect(ids.sort()).toEqual((await all(operator, { asset })).map(({ id }) => id).sort());
  });

  it('as SARIF imports again to as many findings, and keeps what was decided', async () => {
    const asset = 'sarif out';
    await bring(operator, trivyReport([...numbered(7), { id: 'CVE-2026-9', name: HOSTILE }]), { asset });
    const [one] = await all(operator, { asset });
    await decideFinding(operator, one?.id ?? '', { decision: 'false_positive', reason: 'only in tests' });
    const text = await exported({ format: 'sarif', asset, status: ['open', 'false_positive'] });
    const { version, runs } = JSON.parse(text);
    expect(version).toBe('2.1.0');
    expect(runs[0].results).toHaveLength(8);
    const scan = await bring(operator, text, { asset: 'sarif in' });
    expect(scan).toMatchObject({ status: 'done', counts: { found: 8 } });
    expect(await all(operator, { asset: 'sarif in' })).toHaveLength(7);
  });

  it('as VEX brings its decisions to another asset', async () => {
    const asset = 'vex out';
    await bring(operator, trivyReport(numbered(3)), { asset });
    const [first, second] = await all(operator, { asset });
    await decideFinding(operator, first?.id ?? '', {
      decision: 'not_affected',
      justification: 'code_not_reachable',
    });
    await decideFinding(operator, second?.id ?? '', { decision: 'false_positive', reason: 'a copy' });
    const text = await exported({ format: 'vex', asset, status: ['open', 'false_positive', 'not_affected'] });
    const { specVersion, vulnerabilities } = JSON.parse(text);
    expect(specVersion).toBe('1.6');
    const states = vulnerabilities.map(({ analysis }: { analysis: { state: string } }) => analysis.state);
    expect(states.sort()).toEqual(['false_positive', 'in_triage', 'not_affected']);
    await bring(operator, text, { asset: 'vex in' });
    const decided = await all(operator, {
      asset: 'vex in',
      status: ['false_positive', 'not_affected', 'open'],
    });
    expect(decided.map(({ status }) => status).sort()).toEqual(['false_positive', 'not_affected', 'open']);
  });

  it.each(EXPORT_FINDINGS_FORMATS)('as %s is whole and valid where there is nothing', async (format) => {
    const text = await exported({ format, asset: 'nothing' });
    if (format === 'sarif' || format === 'vex') expect(() => JSON.parse(text)).not.toThrow();
    else expect(text.split('\r\n').filter(Boolean)).toHaveLength(format === 'csv' ? 1 : 0);
  });

  it('that is given up is recorded so, and makes room for the next', async () => {
    for (let i = 0; i < 4; i++) {
      const response = await exportFindings(operator, { format: 'ndjson', asset: 'many' });
      const reader = response.body?.getReader();
      await reader?.read();
      await reader?.cancel();
      expect((await lastRecorded())[0]).toMatchObject({ outcome: 'failure', code: 'aborted' });
    }
    const open = await Promise.all(
      [1, 2, 3].map(() => exportFindings(operator, { format: 'csv', asset: 'many' })),
    );
    await expect(exportFindings(operator, { format: 'csv' })).rejects.toMatchObject({ code: 'rate_limited' });
    await Promise.all(open.map((response) => response.text()));
    expect(await exported({ format: 'csv', asset: 'csv' })).toContain('CVE-2026-9');
  });

  it('holds nothing of another tenant, and is refused to who may not see findings', async () => {
    const stranger = await userActor('operator', await newTenant('exports'));
    expect((await exported({ format: 'csv' }, stranger)).trimEnd().split('\r\n')).toHaveLength(1);
    const weak = keyActor(newId(), ['scans:read']);
    await expect(exportFindings(weak, { format: 'csv' })).rejects.toMatchObject({ code: 'forbidden' });
    await expect(exportFindings(operator, { format: 'csv', severity: 'awful' as never })).rejects.toThrow();
  });
});
