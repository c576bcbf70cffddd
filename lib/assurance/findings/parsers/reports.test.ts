import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { secretDigester } from '@/lib/assurance/findings/import/identity';
import { openReport } from '@/lib/assurance/findings/import/read-report';
import { changes } from '@/lib/assurance/findings/test/mutate';
import type { ReportedFinding } from './parser';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bulwark-reports-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const digestSecret = secretDigester(Buffer.alloc(32, 7));
let written = 0;

async function read(content: unknown) {
  written += 1;
  const path = join(folder, `report-${written}`);
  const isRaw = typeof content === 'string' || Buffer.isBuffer(content);
  writeFileSync(path, isRaw ? content : JSON.stringify(content));
  const report = await openReport(path, null, { digestSecret });
  try {
    const findings: ReportedFinding[] = [];
    for await (const finding of report.findings) findings.push(finding);
    return { tool: report.tool, facts: report.facts, findings };
  } finally {
    await report.close();
  }
}

const SECRET = 'hunter2-AKIA-not-a-real-one';
const leak = {
  Description: 'Generic key',
  StartLine: 3,
  EndLine: 3,
  Match: `key = "${SECRET}"`,
  Secret: SECRET,
  File: 'src/app.ts',
  Commit: 'abc',
  Author: 'Ann',
  Email: 'ann@example.org',
  Message: `add ${SECRET}`,
  Tags: [],
  RuleID: 'generic-api-key',
};
const vulnerability = {
  VulnerabilityID: 'GHSA-aaaa-bbbb-cccc',
  VendorIDs: ['CVE-2024-1234'],
  PkgName: 'left-pad',
  InstalledVersion: '1.0.0',
  FixedVersion: '1.0.1',
  Severity: 'UNKNOWN',
  CVSS: { ghsa: { V3Vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' } },
  Title: 'Bad\u202epad\u0000ding',
  References: ['javascript:alert(1)', 'https://example.org/a', 'https://user:pass@example.org/'],
};
const trivyReport = {
  SchemaVersion: 2,
  ArtifactName: 'web',
  Results: [
    { Target: 'package-lock.json', Class: 'lang-pkgs', Type: 'npm', Vulnerabilities: [vulnerability] },
  ],
};
const sarifResult = (line: number, more: object = {}) => ({
  ruleId: 'no-eval',
  level: 'error',
  message: { text: 'Do not use eval' },
  locations: [
    {
      physicalLocation: {
        artifactLocation: { uri: 'file:///github/workspace/src/a%20b.js' },
        region: { startLine: line },
      },
    },
  ],
  ...more,
});
const sarifReport = (results: unknown, more: object = {}) => ({
  version: '2.1.0',
  runs: [{ tool: { driver: { name: 'linter' } }, results, ...more }],
});
const npmReport = {
  auditReportVersion: 2,
  vulnerabilities: {
    minimist: {
      name: 'minimist',
      severity: 'low',
      via: [
        {
          source: 1179,
          url: 'https://github.com/advisories/GHSA-vh95-rmgr-6w4m',
          title: 'Pollution',
          severity: 'low',
        },
      ],
      nodes: ['node_modules/minimist'],
    },
    mkdirp: { name: 'mkdirp', severity: 'low', via: ['minimist'], nodes: ['node_modules/mkdirp'] },
  },
};
const vexReport = {
  bomFormat: 'CycloneDX',
  serialNumber: 'urn:uuid:1',
  metadata: { timestamp: '2026-11-01T00:00:00Z' },
  components: [
    {
      'bom-ref': 'a',
      name: 'a',
      components: [{ 'bom-ref': 'b', purl: 'pkg:npm/%40s/b@1.2.3?x=y', name: 'b' }],
    },
  ],
  vulnerabilities: [
    {
      id: 'CVE-2024-1000',
      affects: [{ ref: 'b' }],
      analysis: { state: 'not_affected', justification: 'code_not_reachable' },
    },
  ],
};
const snykReport = [
  {
    ok: false,
    packageManager: 'npm',
    displayTargetFile: 'a/package.json',
    vulnerabilities: [
      {
        id: 'SNYK-JS-A-1',
        packageName: 'a',
        version: '1',
        severity: 'high',
        cvssScore: null,
        from: ['root', 'x@1', 'a@1'],
        identifiers: { CVE: ['CVE-2020-1000'] },
      },
      { id: 'snyk:lic:npm:b:GPL-3.0', packageName: 'b', severity: 'medium', from: ['root', 'b@1'] },
    ],
  },
];

describe('secrets', () => {
  it('leave the parser as a digest only', async () => {
    const { findings } = await read([
      leak,
      { ...leak, StartLine: 9, Commit: 'def' },
      { ...leak, Secret: 'another' },
    ]);
    expect(JSON.stringify(findings)).not.toContain(SECRET);
    expect(JSON.stringify(findings)).not.toContain('ann@example.org');
    expect(findings[0]?.identity).toEqual(findings[1]?.identity);
    expect(findings[0]?.identity).not.toEqual(findings[2]?.identity);
    expect(findings[0]).toMatchObject({ severity: 'high', path: 'src/app.ts', line: 3 });
  });

  it('that are redacted are told apart by their position, weakly', async () => {
    const { findings } = await read([
      { ...leak, Secret: 'REDACTED' },
      { ...leak, Secret: '****', StartLine: 9 },
    ]);
    expect(findings.map(({ isWeak }) => isWeak)).toEqual([true, true]);
    expect(findings[0]?.identity).not.toEqual(findings[1]?.identity);
  });

  it('in the SARIF of Gitleaks are digested from the snippet', async () => {
    const result = sarifResult(3);
    Object.assign(result.locations[0]?.physicalLocation.region ?? {}, { snippet: { text: SECRET } });
    const report = {
      version: '2.1.0',
      runs: [{ tool: { driver: { name: 'gitleaks' } }, results: [result] }],
    };
    const { findings } = await read(report);
    expect(findings[0]?.kind).toBe('secret');
    expect(JSON.stringify(findings)).not.toContain(SECRET);
  });
});

describe('Trivy', () => {
  it('resolves aliases, rates by the library where nobody rated, cleans texts and links', async () => {
    const { findings } = await read(trivyReport);
    expect(findings[0]).toMatchObject({
      ids: ['CVE-2024-1234', 'GHSA-aaaa-bbbb-cccc'],
      identity: ['npm', 'left-pad', 'package-lock.json', ''],
      severity: 'critical',
      cvssScore: 9.8,
      title: 'Badpadding',
      references: ['https://example.org/a'],
    });
  });

  it('reads the list that versions before 0.20 wrote', async () => {
    const { tool, findings } = await read([
      { Target: 'alpine:3 (alpine 3.1)', Type: 'alpine', Vulnerabilities: [vulnerability] },
    ]);
    expect(tool).toBe('trivy');
    expect(findings[0]?.identity).toEqual(['alpine', 'left-pad', '<os>', '']);
  });

  it('keeps what was set aside by the tool, with its reason', async () => {
    const [result] = trivyReport.Results;
    const modified = {
      Type: 'vulnerability',
      Status: 'ignored',
      Statement: 'not used',
      Source: '.trivyignore',
      Finding: vulnerability,
    };
    const { findings } = await read({
      ...trivyReport,
      Results: [{ ...result, Vulnerabilities: undefined, ExperimentalModifiedFindings: [modified] }],
    });
    expect(findings[0]?.verdict).toMatchObject({ decision: 'suppressed_in_tool', note: 'not used' });
  });
});

describe('SARIF', () => {
  it('keeps a fingerprint when the line moves, and drops a placeholder', async () => {
    const print = { fingerprints: { 'matchBasedId/v1': 'a7f3c0de99' } };
    const [before] = (await read(sarifReport([sarifResult(31, print)]))).findings;
    const [after] = (await read(sarifReport([sarifResult(24, print)]))).findings;
    expect(after?.identity).toEqual(before?.identity);
    expect(before).toMatchObject({ path: 'src/a b.js', severity: 'high', isMember: true });
    const placeholder = { fingerprints: { 'matchBasedId/v1': 'requires login' } };
    const { findings } = await read(
      sarifReport([sarifResult(1, { ...placeholder, ruleId: 'x' }), sarifResult(2, placeholder)]),
    );
    expect(findings.every(({ identity }) => !identity.includes('requires login'))).toBe(true);
  });

  it('ignores a fingerprint that is shared by rules or files, or is no text', async () => {
    const same = { partialFingerprints: { hash: 'same-for-all' } };
    const { findings } = await read(
      sarifReport([
        sarifResult(1, { ...same, ruleId: 'a' }),
        sarifResult(1, { ...same, ruleId: 'b' }),
        sarifResult(2, { fingerprints: { a: { value: 'x' } } }),
      ]),
    );
    expect(findings.every(({ identity }) => identity[2]?.startsWith('message:'))).toBe(true);
  });

  it('marks what is suppressed, unless that was rejected', async () => {
    const suppressed = (status?: string) => ({
      suppressions: [{ kind: 'inSource', status, justification: 'test code' }],
    });
    const { findings } = await read(
      sarifReport([sarifResult(1, suppressed()), sarifResult(2, suppressed('rejected'))]),
    );
    expect(findings.map(({ verdict }) => verdict?.note)).toEqual(['test code', undefined]);
  });

  it.each([
    [{ version: '2.1.0', runs: [] }, /nothing was scanned/],
    [sarifReport(null), /the scan did not complete/],
    [sarifReport(undefined), /the scan did not complete/],
    [sarifReport([], { invocations: [{ executionSuccessful: false }] }), /did not finish/],
    [{ ...sarifReport([]), version: '1.0.0' }, /SARIF 1\.0\.0/],
  ])('refuses %j', async (report, sentence) => {
    await expect(read(report)).rejects.toThrow(sentence);
  });
});

describe('npm audit, Snyk and CycloneDX', () => {
  it('take advisories, not their parents', async () => {
    const { findings } = await read(npmReport);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({
      ids: ['GHSA-vh95-rmgr-6w4m'],
      identity: ['minimist'],
      severity: 'low',
    });
  });

  it('keep licences apart, without a score', async () => {
    const { findings } = await read(snykReport);
    expect(findings.map(({ kind }) => kind)).toEqual(['vulnerability', 'license']);
    expect(findings[0]).toMatchObject({ ids: ['SNYK-JS-A-1'], aliases: ['SNYK-JS-A-1', 'CVE-2020-1000'] });
    expect(findings[1]?.cvssScore).toBeUndefined();
  });

  it('resolve nested components, and turn VEX into a verdict', async () => {
    const { findings } = await read(vexReport);
    expect(findings[0]).toMatchObject({
      identity: ['pkg:npm/%40s/b'],
      verdict: {
        decision: 'not_affected',
        justification: 'code_not_reachable',
        source: 'vex:urn:uuid:1',
        at: '2026-11-01T00:00:00.000Z',
      },
    });
  });
});

describe('the image that was scanned', () => {
  const digest = (letter: string) => `sha256:${letter.repeat(64)}`;

  it('is named by Trivy, in its own format and in SARIF, and by the subject of an SBOM', async () => {
    const trivy = {
      SchemaVersion: 2,
      ArtifactName: 'registry.example/web:1.2',
      Metadata: {
        ImageID: digest('a'),
        RepoDigests: [`registry.example/web@${digest('b')}`],
        DiffIDs: [digest('c')],
      },
      Results: [],
    };
    expect([...(await read(trivy)).facts.images]).toEqual([digest('a'), digest('b')]);
    const properties = { imageID: digest('a'), repoDigests: [`web@SHA256:none`, 'web:1'] };
    const run = { tool: { driver: { name: 'Trivy' } }, results: [], properties };
    expect([...(await read({ version: '2.1.0', runs: [run] })).facts.images]).toEqual([digest('a')]);
    const sbom = {
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      metadata: { component: { purl: `pkg:oci/web@sha256%3A${'d'.repeat(64)}?arch=amd64`, name: 'web' } },
      vulnerabilities: [],
    };
    expect([...(await read(sbom)).facts.images]).toEqual([digest('d')]);
  });

  it('is left out where a text only looks like one', async () => {
    const trivy = {
      SchemaVersion: 2,
      ArtifactName: `web@sha256:${'a'.repeat(65)}`,
      Metadata: [1],
      Results: [],
    };
    expect((await read(trivy)).facts.images.size).toBe(0);
  });
});

describe('what is no report', () => {
  it.each([
    ['', /empty/],
    ['  \n', /empty/],
    ['<!doctype html><html></html>', /HTML page/],
    ['<?xml version="1.0"?>', /XML/],
    ['Total: 3 (HIGH: 2)', /plain text \("Total: 3/],
    ['{"results": [', /is truncated/],
    ['[1,]', /not a supported report|not valid JSON/],
    ['{"a": 1} trailing', /not part of the report: "trailing"/],
    ['"text"', /plain text/],
    [{ something: 'else' }, /an object with "something"/],
    [{ ok: false, error: 'Could not find a lock file', path: '/x' }, /Snyk failed \("Could not find/],
    [{ statusCode: 503, error: { summary: '' } }, /npm audit failed with 503/],
    [Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), /UTF-8/],
    [`${'['.repeat(500)}${']'.repeat(500)}`, /nested deeper/],
  ])('%j is refused with a sentence', async (content, sentence) => {
    await expect(read(content)).rejects.toThrow(sentence);
  });

  it('is told by the tool that was named', async () => {
    const path = join(folder, 'named');
    writeFileSync(path, JSON.stringify(trivyReport));
    await expect(openReport(path, 'snyk', { digestSecret })).rejects.toThrow(
      'report of Trivy, but it was uploaded as one of Snyk',
    );
  });
});

describe('encodings', () => {
  it('reads gzip, a byte order mark and UTF-16 alike', async () => {
    const plain = JSON.stringify(trivyReport);
    const { findings } = await read(plain);
    for (const content of [
      gzipSync(plain),
      Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(plain)]),
      Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(plain, 'utf16le')]),
      gzipSync(Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(plain, 'utf16le')])),
    ]) {
      expect((await read(content)).findings).toEqual(findings);
    }
  });

  it('ends a gzip bomb and a damaged gzip', async () => {
    const bomb = gzipSync(Buffer.alloc(300 * 1024 * 1024, 0x20), { level: 1 });
    await expect(read(bomb)).rejects.toThrow('larger than 256 MB');
    await expect(read(gzipSync('{}').subarray(0, 12))).rejects.toThrow('damaged or cut off');
  });
});

const secretlintReport = [
  {
    filePath: '/src/.env',
    sourceContent: 'SLACK=not-a-token-1234\n',
    messages: [
      {
        type: 'message',
        ruleId: '@secretlint/secretlint-rule-slack',
        messageId: 'SLACK_TOKEN',
        severity: 'error',
        message: 'found slack token: *****',
        range: [6, 22],
        loc: { start: { line: 1, column: 6 }, end: { line: 1, column: 22 } },
      },
    ],
  },
];
const REPORTS = [
  [leak],
  trivyReport,
  sarifReport([sarifResult(1)]),
  npmReport,
  vexReport,
  snykReport,
  secretlintReport,
];
describe('hostile reports', () => {
  it('are read or refused, whatever is changed in them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...REPORTS), changes, async (report, change) => {
        const outcome = await read(change(report)).catch((error: Error) => error.name);
        if (typeof outcome === 'string') {
          expect(outcome).toBe('ReportProblem');
          return;
        }
        for (const finding of outcome.findings) {
          expect(finding.ids[0]).not.toBe('');
          expect(JSON.stringify(finding).isWellFormed()).toBe(true);
          expect(JSON.stringify(finding)).not.toContain('\\u0000');
        }
      }),
      { numRuns: 500 },
    );
  });

  it('are refused where bytes are missing or changed', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...REPORTS),
        fc.nat(),
        fc.integer({ min: 0, max: 255 }),
        async (report, at, byte) => {
          const bytes = Buffer.from(JSON.stringify(report));
          const cut = bytes.subarray(0, 1 + (at % (bytes.length - 1)));
          expect(
            await read(cut).then(
              () => 'read',
              (error: Error) => error.name,
            ),
          ).toBe('ReportProblem');
          bytes[at % bytes.length] = byte;
          expect(
            await read(bytes).then(
              () => 'ReportProblem',
              (error: Error) => error.name,
            ),
          ).toBe('ReportProblem');
        },
      ),
      { numRuns: 300 },
    );
  });
});
