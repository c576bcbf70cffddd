import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findingKey, secretDigester } from '@/lib/assurance/findings/import/identity';
import { openReport } from '@/lib/assurance/findings/import/read-report';

const FIXTURES = join(process.cwd(), '../shared/fixtures');
const digestSecret = secretDigester(Buffer.alloc(32, 7));

interface Counted {
  tool: string;
  raw: number;
  unique: number;
  severities: Record<string, number>;
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bulwark-fixtures-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Findings with the same key count once; members of a group are told apart by their line, so each counts. */
async function count(path: string): Promise<Counted> {
  const copy = join(folder, path.replaceAll('/', '_'));
  copyFileSync(join(FIXTURES, path), copy);
  const report = await openReport(copy, null, { digestSecret });
  try {
    const keys = new Set<string>();
    const counted: Counted = { tool: report.tool, raw: 0, unique: 0, severities: {} };
    for await (const finding of report.findings) {
      counted.raw += 1;
      const key = findingKey('asset', report.tool, finding, finding.ids[0]);
      keys.add(finding.isMember ? `${key} ${counted.raw}` : key);
      const { severity } = finding;
      counted.severities[severity] = (counted.severities[severity] ?? 0) + 1;
    }
    expect(report.facts.unread).toBe(0);
    expect(report.facts.warnings.join()).toMatch(INCOMPLETE[path] ?? /^$/);
    return { ...counted, unique: keys.size };
  } finally {
    await report.close();
  }
}

/** Where the manifest counts something else than what findings.md says is a finding, and why. */
const OTHERWISE: Record<string, { raw: number; unique?: number; why: string }> = {
  'cyclonedx/trivy__license-cyclonedx.json': { raw: 3, why: 'it is the JSON of Trivy, with three licences' },
  'sarif/dd__bash-report.sarif': { raw: 12, why: 'exact repeats collapse (findings.md 4.7: 27 to 12)' },
  'sarif/dd__bash-report-subset-same-hash-code-same-unique-id.sarif': {
    raw: 2,
    why: 'exact repeats collapse',
  },
  'sarif/sdk__InvocationOverridesRuleDefaultConfiguration.sarif': {
    raw: 4,
    why: 'one result is open, not failed',
  },
  'sarif/sdk__NewAndOldResults.sarif': { raw: 4, why: 'one result is absent by its baseline' },
  'snyk/ddsample__snyk_iac_scan.json': { raw: 37, why: 'UTF-16 is read, which the manifest could not' },
};

/** What is read and is no whole run, with the part of the sentence that says why. */
const INCOMPLETE: Record<string, RegExp> = {
  'sarif/dd__appendix_k4.sarif': /did not analyze everything: "Exception evaluating rule/,
  'cyclonedx/bomex__VEX_bom.json': /no vulnerabilities/,
};

/** What must be a failed scan, with the part of the sentence that says why. */
const REFUSED: Record<string, RegExp> = {
  'gitleaks/DERIVED__truncated.json': /is truncated/,
  'snyk/DERIVED__truncated.json': /is truncated/,
  'trivy/DERIVED__truncated.json': /is truncated/,
  'npm_audit/npm11__error_ENOLOCK.json': /ENOLOCK.*package-lock-only/,
  'sarif/dd__no_runs.sarif': /nothing was scanned/,
  'sarif/gitleaks__baseline_empty.sarif': /nothing was scanned/,
  'sarif/sdk__BinSkim_Corrupted.sarif': /SARIF 2\.0\.0/,
  'sarif/sdk__spec_Minimal.sarif': /SARIF 2\.0\.0/,
  'sarif/sdk__spec_RecommendedWithSource.sarif': /SARIF 2\.0\.0/,
  'sarif/sdk__spec_RuleMetadata.sarif': /SARIF 2\.0\.0/,
  'sarif/sdk__v1_Comprehensive.sarif': /SARIF 1\.0\.0/,
  'sarif/sdk__v1_Minimal.sarif': /SARIF 1\.0\.0/,
  'falco/talon__examples.jsonl': /event of Falco/,
  'falco/sidekick__test_input.json': /event of Falco/,
  'trivy/dd__operator_all_reports_in_dict.json': /Trivy Operator/,
  'trivy/dd__operator_cis_benchmark.json': /Trivy Operator/,
  'trivy/dd__operator_configauditreport_many.json': /Trivy Operator/,
  'trivy/dd__operator_findings_in_list.json': /Trivy Operator/,
  'trivy/dd__operator_vulnerabilityreport_no_vuln.json': /Trivy Operator/,
};

/**
 * The manifest counts severities by the tool's own words; only those that mean the same here are compared. SARIF has
 * levels, and CycloneDX rates by several sources, of which the manifest takes the first.
 */
function expectedSeverities(counts: string): Record<string, number> {
  const found: Record<string, number> = {};
  for (const [, word = '', number] of counts.matchAll(/\b(CRITICAL|HIGH|LOW|critical|high|low)=(\d+)/g)) {
    found[word.toLowerCase()] = Number(number);
  }
  return found;
}

const manifest = existsSync(FIXTURES)
  ? readFileSync(join(FIXTURES, 'MANIFEST.tsv'), 'utf8').trim().split('\n').slice(1)
  : [];
const rows = manifest.map((line) => {
  const cells = line.split('\t');
  return { path: cells[0] ?? '', counts: cells[5] ?? '' };
});

describe('the fixtures of ../shared', () => {
  it('are there', ({ skip }) => {
    if (rows.length === 0) skip(`${FIXTURES} is not on this machine`);
    expect(rows.length).toBeGreaterThan(190);
  });

  it.for(rows.filter(({ path }) => !/^falco\//.test(path) && !REFUSED[path]))(
    '$path',
    async ({ path, counts }) => {
      const stated = /raw=(\d+) unique_recommended_key=(\d+)/.exec(counts);
      const otherwise = OTHERWISE[path];
      const raw = otherwise?.raw ?? Number(stated?.[1]);
      const unique = otherwise ? (otherwise.unique ?? otherwise.raw) : Number(stated?.[2]);
      const counted = await count(path);
      // The manifest counts nothing in the reports of Semgrep.
      if (path.startsWith('semgrep_drift/')) expect(counted.tool).toBe('semgrep');
      else expect(counted).toMatchObject({ raw, unique });
      const severities = counts.split('npm_metadata')[0] ?? '';
      if (!otherwise && !/^(sarif|cyclonedx)/.test(path))
        expect(counted.severities).toMatchObject(expectedSeverities(severities));
    },
  );

  it.for(rows.filter(({ path }) => REFUSED[path]))('$path is refused', async ({ path }) => {
    await expect(count(path)).rejects.toThrow(REFUSED[path]);
  });

  it.for(rows.filter(({ path }) => /^falco\//.test(path)))('$path is no report', async ({ path }) => {
    await expect(count(path)).rejects.toMatchObject({ name: 'ReportProblem' });
  });
});
