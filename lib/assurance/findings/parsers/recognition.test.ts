import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Tool } from '@/lib/assurance/findings/contract';
import { secretDigester } from '@/lib/assurance/findings/import/identity';
import { openReport } from '@/lib/assurance/findings/import/read-report';
import { spoolReport } from '@/lib/assurance/findings/import/spool-report';
import { changes } from '@/lib/assurance/findings/test/mutate';
import { TOOL_REPORTS } from '@/lib/assurance/findings/test/tool-reports';
import type { ReportedFinding } from './parser';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bulwark-recognition-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const digestSecret = secretDigester(Buffer.alloc(32, 7));
let written = 0;

/** Reads a report as the import does: what cannot be read counts. */
async function read(content: unknown, wanted: Tool | null = null) {
  written += 1;
  const path = join(folder, `report-${written}`);
  const isRaw = typeof content === 'string' || Buffer.isBuffer(content);
  writeFileSync(path, isRaw ? content : JSON.stringify(content));
  const report = await openReport(path, wanted, { digestSecret });
  const findings: ReportedFinding[] = [];
  async function* kept() {
    for await (const finding of report.findings) {
      findings.push(finding);
      yield finding;
    }
  }
  try {
    const spool = await spoolReport(
      { ...report, findings: kept() },
      'asset',
      `${path}.spool`,
      async () => undefined,
    );
    spool.close();
    return { tool: report.tool, facts: report.facts, findings };
  } finally {
    await report.close();
  }
}

const lines = (...values: object[]) => values.map((value) => JSON.stringify(value)).join('\n');

describe('reports of each tool', () => {
  it.each(TOOL_REPORTS)('$name is read', async ({ tool, report, found, incomplete }) => {
    const outcome = await read(report);
    expect(outcome.tool).toBe(tool);
    expect(
      outcome.findings.map(({ ids, severity, fixedVersion }) => [ids[0], severity, fixedVersion ?? null]),
    ).toEqual(found);
    expect(outcome.facts.warnings.join(' ')).toMatch(incomplete ?? /^$/);
  });

  it.each(TOOL_REPORTS.filter(({ report }) => typeof report !== 'string'))(
    '$name has the same identities in another order',
    async ({ report }) => {
      const keys = async (content: unknown) =>
        (await read(content)).findings.map(({ ids, identity }) => [ids[0], ...identity].join(' ')).sort();
      const reversed = JSON.parse(JSON.stringify(report), (_key, value) =>
        Array.isArray(value) && value.every((one) => typeof one === 'object') ? value.toReversed() : value,
      );
      expect(await keys(reversed)).toEqual(await keys(report));
    },
  );

  it('are read or refused, whatever is changed in them', async () => {
    const reports = TOOL_REPORTS.map(({ report }) => report).filter((report) => typeof report !== 'string');
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...reports), changes, async (report, change) => {
        const outcome = await read(change(report)).catch((error: Error) => error.name);
        if (typeof outcome === 'string') {
          expect(outcome).toBe('ReportProblem');
          return;
        }
        for (const finding of outcome.findings) {
          expect(finding.ids[0]).not.toBe('');
          expect(JSON.stringify(finding)).not.toContain('\\u0000');
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('what another tool wrote', () => {
  it.each<[string, unknown, RegExp]>([
    ['Safety', { report_meta: {}, vulnerabilities: [], affected_packages: {} }, /Safety.*pip-audit/],
    ['Safety 3', { meta: { safety_version: '3.2' }, scan_results: {} }, /Safety/],
    ['Clair', { image: 'x', unapproved: [], vulnerabilities: [] }, /Clair.*trivy/],
    ['Clair 4', { manifest_hash: 'sha256:1', packages: {}, package_vulnerabilities: {} }, /Clair/],
    [
      'Anchore',
      { imageDigest: 'sha256:1', vulnerability_type: 'all', vulnerabilities: [] },
      /Anchore.*grype/,
    ],
    ['Syft', { artifacts: [], descriptor: { name: 'syft' }, source: {} }, /Syft.*grype/],
    ['CSAF', { document: { csaf_version: '2.0' }, vulnerabilities: [] }, /CSAF/],
    ['OpenVEX', { '@context': 'https://openvex.dev/ns/v0.2.0', statements: [] }, /OpenVEX/],
    ['SPDX', { spdxVersion: 'SPDX-2.3', packages: [] }, /SPDX/],
    ['SPDX 3', { '@context': 'https://spdx.org/rdf/3.0.1/spdx-context.jsonld', '@graph': [] }, /SPDX/],
    [
      'cargo-audit',
      { database: {}, lockfile: {}, settings: {}, vulnerabilities: { found: false, list: [] } },
      /cargo-audit.*osv-scanner/,
    ],
    ['composer', { advisories: [], abandoned: [] }, /composer/],
    ['bundler-audit', { version: '0.9', created_at: '2026', results: [] }, /bundler-audit/],
    [
      'GitLab',
      { version: '15', vulnerabilities: [], scan: { scanner: { id: 'x' }, status: 'success' } },
      /GitLab/,
    ],
    ['ESLint', [{ filePath: 'a', messages: [], errorCount: 0, warningCount: 0 }], /ESLint.*sarif/],
    ['tfsec', { results: [{ long_id: 'aws-x', rule_provider: 'aws', severity: 'HIGH' }] }, /tfsec.*trivy/i],
    ['KICS', { kics_version: '2', queries: [], severity_counters: {} }, /KICS.*sarif/],
    [
      'Hadolint',
      [{ code: 'DL3006', column: 1, file: 'Dockerfile', level: 'warning', line: 1, message: 'x' }],
      /Hadolint/,
    ],
    ['Dockle', { image: 'x', summary: { fatal: 0, warn: 0 }, details: [] }, /Dockle/],
    ['ZAP', { '@programName': 'ZAP', '@version': '2.15', site: [] }, /ZAP/],
    ['Nuclei', lines({ 'template-id': 'a', host: 'x' }, { 'template-id': 'b', host: 'x' }), /Nuclei/],
    ['Nikto', { host: 'x', ip: '1', port: '80', banner: '', vulnerabilities: [] }, /Nikto/],
    ['Nessus', '<?xml version="1.0" ?>\n<NessusClientData_v2>\n</NessusClientData_v2>', /Nessus/],
    ['Prowler', [{ finding_info: {}, status_code: 'FAIL', metadata: {} }], /Prowler/],
    ['Prowler 3', [{ CheckID: 'a', CheckTitle: 'b', Status: 'FAIL' }], /Prowler/],
    ['kube-bench', { Controls: [], Totals: {} }, /kube-bench/],
    [
      'Falco',
      lines({ output: 'a', priority: 'Error', rule: 'r' }, { output: 'b', priority: 'Error', rule: 'r' }),
      /Falco/,
    ],
    [
      'TruffleHog',
      lines({ SourceMetadata: {}, DetectorName: 'AWS' }, { SourceMetadata: {}, DetectorName: 'AWS' }),
      /TruffleHog.*gitleaks/,
    ],
    ['detect-secrets', { version: '1', plugins_used: [], results: {} }, /detect-secrets/],
    ['gosec', { 'Golang errors': {}, Issues: [], Stats: {} }, /gosec.*sarif/],
    ['Brakeman', { scan_info: { brakeman_version: '6' }, warnings: [] }, /Brakeman/],
    ['Dependency-Check', { reportSchema: '1.1', scanInfo: {}, dependencies: [] }, /Dependency-Check/],
    ['an early govulncheck', { Calls: {}, Vulns: [] }, /govulncheck/],
    [
      'CycloneDX in XML',
      '<?xml version="1.0"?><bom xmlns="http://cyclonedx.org/schema/bom/1.5"/>',
      /CycloneDX.*JSON/,
    ],
    ['JUnit', '<testsuites></testsuites>', /JUnit/],
    ['CSV', 'Plugin ID,CVE,CVSS,Risk,Host\n1,2,3,4,5', /CSV/],
  ])('%s is refused by its name', async (_name, content, sentence) => {
    await expect(read(content)).rejects.toThrow(sentence);
  });

  it.each<[string, unknown]>([
    ['a list of vulnerabilities', { vulnerabilities: [] }],
    ['vulnerabilities of strangers', { vulnerabilities: [{ cve: 'CVE-2024-1', level: 'high' }] }],
    ['results', { results: [] }],
    ['results and errors', { results: [], errors: [] }],
    ['advisories', { advisories: {} }],
    ['matches', { matches: [] }],
    ['dependencies', { dependencies: [] }],
    ['dependencies of npm ls', { name: 'x', version: '1', dependencies: { a: { version: '1' } } }],
    ['an empty object', {}],
    ['issues', { issues: [], total: 0 }],
  ])('%s alone are never "0 findings"', async (_name, content) => {
    await expect(read(content)).rejects.toMatchObject({ name: 'ReportProblem' });
    for (const tool of [
      'snyk',
      'npm-audit',
      'grype',
      'semgrep',
      'bandit',
      'pip-audit',
      'osv-scanner',
      'checkov',
    ] as const)
      await expect(read(content, tool)).rejects.toMatchObject({ name: 'ReportProblem' });
  });

  it('an empty list is no report of a tool that does not write one', async () => {
    expect((await read([], 'gitleaks')).findings).toEqual([]);
    await expect(read([], 'npm-audit')).rejects.toThrow('an empty list, which npm audit does not write');
    await expect(read('null', 'snyk')).rejects.toThrow('"null", which Snyk does not write');
  });
});

describe('what is only half understood', () => {
  const trivy = (...vulnerabilities: unknown[]) => ({
    SchemaVersion: 2,
    ArtifactName: 'web',
    Results: [{ Target: 'go.mod', Class: 'lang-pkgs', Type: 'gomod', Vulnerabilities: vulnerabilities }],
  });
  const known = { VulnerabilityID: 'CVE-2024-1000', PkgName: 'a', Severity: 'HIGH' };

  it('makes the run incomplete', async () => {
    const { findings, facts } = await read(trivy(known, { Id: 'CVE-2024-1001', Package: 'b' }, 'text'));
    expect(findings).toHaveLength(1);
    expect(facts.warnings).toEqual(['2 entries of the report could not be read.']);
  });

  it('and nothing at all is a failed scan', async () => {
    const snyk = { ok: false, packageManager: 'npm', vulnerabilities: 3 };
    await expect(read([{ RuleID: 'a', File: 'b', Secret: 'c' }, 1])).resolves.toMatchObject({
      tool: 'gitleaks',
    });
    await expect(
      read({ auditReportVersion: 2, vulnerabilities: { a: { severity: 'high' } } }),
    ).rejects.toThrow(
      'Nothing in this report could be read: 1 entry in a form that npm audit is not known to write',
    );
    expect((await read(snyk)).facts.warnings).toEqual(['1 entry of the report could not be read.']);
  });
});

describe('SARIF of runs that did not end well', () => {
  const result = (ruleId: string, uri = 'a.py') => ({
    ruleId,
    message: { text: 'bad' },
    locations: [{ physicalLocation: { artifactLocation: { uri }, region: { startLine: 3 } } }],
  });
  const run = (more: object, name = 'linter') => ({
    tool: { driver: { name } },
    results: [result('A'), result('B')],
    ...more,
  });
  const sarif = (...runs: object[]) => ({ version: '2.1.0', runs });
  const notes = (level: string, text: string) => ({
    invocations: [{ executionSuccessful: true, toolExecutionNotifications: [{ level, message: { text } }] }],
  });

  it.each<[string, object, RegExp]>([
    ['a failed run', { invocations: [{ executionSuccessful: false }] }, /did not analyze everything/],
    [
      'a run that was killed',
      { invocations: [{ executionSuccessful: true, exitSignalName: 'SIGKILL' }] },
      /SIGKILL/,
    ],
    [
      'an error about one file',
      notes('error', 'Syntax error at line c.py:1'),
      /Syntax error at line c\.py:1/,
    ],
    [
      'a warning that a file was not parsed',
      notes('warning', 'Could not parse c.py'),
      /Could not parse c\.py/,
    ],
  ])('%s: its results count, and it is incomplete', async (_name, more, sentence) => {
    const { findings, facts } = await read(sarif(run(more)));
    expect(findings).toHaveLength(2);
    expect(facts.warnings.join(' ')).toMatch(sentence);
  });

  it('a warning about something else is no gap', async () => {
    expect((await read(sarif(run(notes('warning', 'A newer version is available'))))).facts.warnings).toEqual(
      [],
    );
  });

  it('one failed run refuses none of the others', async () => {
    const failed = { ...run({ invocations: [{ executionSuccessful: false }] }, 'other'), results: null };
    const { findings, facts } = await read(sarif(run({}), failed));
    expect(findings).toHaveLength(2);
    expect(facts.warnings.join(' ')).toMatch(/other did not analyze everything/);
  });

  it('a failed run that found nothing says nothing', async () => {
    await expect(
      read(sarif(run({ results: [], invocations: [{ executionSuccessful: false }] }))),
    ).rejects.toThrow('did not finish');
  });

  it('the tag of an image is no part of what identifies a finding', async () => {
    const of = async (tag: string) => {
      const image = `registry.example:5000/my-app:${tag}`;
      const given = run(
        { properties: { imageName: image }, results: [result('CVE-2024-1', image)] },
        'Trivy',
      );
      return (await read(sarif(given))).findings.map(({ ids, identity, path }) => ({ ids, identity, path }));
    };
    expect(await of('1.0')).toEqual(await of('2c6912aee7bde44b84d810aed106ca84f40e2e29'));
    expect((await of('1.0'))[0]?.path).toBe('registry.example:5000/my-app');
  });
});

describe('files', () => {
  const plain = JSON.stringify({
    version: '2.1.0',
    runs: [{ tool: { driver: { name: 'x' } }, results: [] }],
  });

  it('in UTF-16 without a byte order mark are read', async () => {
    const little = Buffer.from(plain, 'utf16le');
    expect((await read(little)).tool).toBe('sarif');
    expect((await read(Buffer.from(little).swap16())).tool).toBe('sarif');
    expect((await read(gzipSync(little))).tool).toBe('sarif');
  });

  it.each<[string, Buffer | string, RegExp]>([
    ['a zip archive', Buffer.from('504b0304140000000800', 'hex'), /zip archive.*Unpack/],
    ['Zstandard', Buffer.from('28b52ffd0000000000', 'hex'), /Zstandard/],
    ['UTF-32', Buffer.concat([Buffer.from([0xff, 0xfe, 0, 0]), Buffer.from('7b000000', 'hex')]), /UTF-8/],
    ['messages before the JSON', `npm WARN config x\n${plain}`, /messages come before the JSON \("npm WARN/],
    ['messages after the JSON', `${plain}\nDone in 3s.`, /not part of the report: "Done in 3s/],
    ['two reports', `${plain}\n${plain}`, /several reports of SARIF/],
    [
      'cut off in the second line',
      `${lines({ type: 'info', data: 'x' }, { type: 'auditSummary', data: {} })}\n{"type":`,
      /truncated/,
    ],
  ])('%s: refused with the advice that helps', async (_name, content, sentence) => {
    await expect(read(content)).rejects.toThrow(sentence);
  });

  it('with one value in a row are told in chunks of any size', async () => {
    const row = lines(
      { type: 'info', data: 'é " \\ { [' },
      { type: 'auditSummary', data: { a: [1, { b: '}' }] } },
    );
    expect((await read(`\ufeff${row}\n`)).tool).toBe('yarn-audit');
  });
});
