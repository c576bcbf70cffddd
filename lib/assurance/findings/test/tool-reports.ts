import type { Severity, Tool } from '@/lib/assurance/findings/contract';

/** A small report in the form of a tool, made up after samples in the tool's own documentation and tests. */
export interface ToolReport {
  name: string;
  tool: Tool;
  report: unknown;
  /** Of each finding its id, severity and fixed version. */
  found: [string, Severity, string | null][];
  incomplete?: RegExp;
}

const lines = (...values: object[]) => values.map((value) => JSON.stringify(value)).join('\n');
const pretty = (...values: object[]) => values.map((value) => JSON.stringify(value, null, 2)).join('\n');

const osv = (id: string, aliases: string[], severity: string | null) => ({
  id,
  aliases,
  summary: `About ${id}`,
  severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
  affected: [
    {
      package: { ecosystem: 'npm', name: 'got' },
      ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '11.8.5' }] }],
    },
  ],
  ...(severity === null ? {} : { database_specific: { severity, cwe_ids: ['CWE-601'] } }),
});

const osvScanner = {
  results: [
    {
      source: { path: '/github/workspace/package-lock.json', type: 'lockfile' },
      packages: [
        {
          package: { name: 'got', version: '9.6.0', ecosystem: 'npm' },
          vulnerabilities: [osv('GHSA-pfrx-2q88-qq97', ['CVE-2022-33987'], 'MODERATE')],
          groups: [{ ids: ['GHSA-pfrx-2q88-qq97'], aliases: ['CVE-2022-33987'], max_severity: '5.3' }],
        },
      ],
    },
    {
      source: { path: '/github/workspace/go.mod', type: 'lockfile' },
      packages: [
        {
          package: { name: 'stdlib', version: '1.20', ecosystem: 'Go' },
          vulnerabilities: [
            osv('GO-2023-1840', [], null),
            osv('BIT-golang-2023-29403', ['CVE-2023-29403'], null),
          ],
          groups: [
            {
              ids: ['GO-2023-1840', 'BIT-golang-2023-29403'],
              aliases: ['CVE-2023-29403'],
              max_severity: '7.8',
            },
          ],
        },
      ],
    },
  ],
  experimental_config: {},
};

const grypeMatch = (id: string, related: string[], more: object = {}) => ({
  vulnerability: {
    id,
    severity: 'High',
    dataSource: `https://example.org/${id}`,
    cvss: [
      { version: '2.0', vector: 'AV:N/AC:L/Au:N/C:P/I:P/A:P', metrics: { baseScore: 7.5 } },
      { version: '3.1', vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', metrics: { baseScore: 9.8 } },
    ],
    fix: { versions: ['1.36.1-r1'], state: 'fixed' },
  },
  relatedVulnerabilities: related.map((one) => ({ id: one })),
  matchDetails: [{ matcher: 'apk-matcher' }],
  artifact: {
    name: 'busybox',
    version: '1.36.1',
    type: 'apk',
    locations: [{ path: '/lib/apk/db/installed' }],
  },
  ...more,
});
const grype = {
  matches: [grypeMatch('CVE-2023-42363', []), grypeMatch('GHSA-aaaa-bbbb-cccc', ['CVE-2024-1000'])],
  ignoredMatches: [
    grypeMatch('CVE-2023-42364', [], { appliedIgnoreRules: [{ vulnerability: 'CVE-2023-42364' }] }),
  ],
  source: {
    type: 'image',
    target: { userInput: 'registry.example/web:1.2', imageID: `sha256:${'a'.repeat(64)}` },
  },
  distro: { name: 'alpine' },
  descriptor: { name: 'grype', version: '0.90.0', configuration: {} },
};

const semgrepResult = (path: string, line: number) => ({
  check_id: 'python.lang.security.no-shell',
  path,
  start: { line, col: 5, offset: 73 },
  end: { line, col: 37, offset: 105 },
  extra: {
    message: 'shell is dangerous',
    metadata: { cwe: ['CWE-78: Injection'], references: ['https://example.org'] },
    severity: 'ERROR',
    fingerprint: 'requires login',
    lines: 'requires login',
  },
});
const semgrep = {
  version: '1.162.0',
  results: [semgrepResult('code/a.py', 4)],
  errors: [],
  paths: { scanned: ['code/a.py'] },
  skipped_rules: [],
};

const bandit = {
  errors: [] as object[],
  generated_at: '2026-12-01T11:58:30Z',
  metrics: {},
  results: [
    {
      code: '1 import x\n2 password = "hunter2hunter2"\n3 def run():\n',
      filename: 'code/a.py',
      issue_confidence: 'MEDIUM',
      issue_cwe: { id: 259, link: 'https://cwe.mitre.org/data/definitions/259.html' },
      issue_severity: 'LOW',
      issue_text: "Possible hardcoded password: 'hunter2hunter2'",
      line_number: 2,
      line_range: [2],
      more_info: 'https://bandit.readthedocs.io/b105',
      test_id: 'B105',
      test_name: 'hardcoded_password_string',
    },
  ],
};

const checkovCheck = (check_id: string, severity: string | null) => ({
  check_id,
  check_name: 'Ensure the bucket is private',
  check_result: { result: 'FAILED', suppress_comment: 'public on purpose' },
  file_path: '/main.tf',
  repo_file_path: '/infra/main.tf',
  file_line_range: [1, 4],
  resource: 'aws_s3_bucket.data',
  severity,
  guideline: 'https://docs.example.org/check',
});
const checkov = {
  check_type: 'terraform',
  results: {
    passed_checks: [],
    failed_checks: [checkovCheck('CKV_AWS_21', 'HIGH')],
    skipped_checks: [checkovCheck('CKV_AWS_20', null)],
    parsing_errors: [] as string[],
  },
  summary: {
    passed: 1,
    failed: 1,
    skipped: 1,
    parsing_errors: 0,
    resource_count: 1,
    checkov_version: '3.2.0',
  },
};

const pipAudit = {
  dependencies: [
    { name: 'flask', version: '3.0.0', vulns: [] },
    {
      name: 'Jinja2',
      version: '2.4.1',
      vulns: [
        {
          id: 'PYSEC-2019-217',
          fix_versions: ['2.10.1'],
          aliases: ['CVE-2019-10906', 'GHSA-462w-v97r-4m45'],
        },
      ],
    },
  ],
  fixes: [],
};

const advisory = {
  findings: [{ version: '9.6.0', paths: ['a>got'] }],
  module_name: 'got',
  severity: 'moderate',
  github_advisory_id: 'GHSA-pfrx-2q88-qq97',
  cves: ['CVE-2022-33987'],
  patched_versions: '>=11.8.5',
  title: 'Redirect to a UNIX socket',
  url: 'https://github.com/advisories/GHSA-pfrx-2q88-qq97',
  id: 1,
};
const yarnAdvisory = { type: 'auditAdvisory', data: { resolution: { id: 1, path: 'a>got' }, advisory } };
const yarnSummary = { type: 'auditSummary', data: { vulnerabilities: { moderate: 1 }, dependencies: 10 } };
const yarnBerry = (ID: unknown, Issue: string) => ({
  value: 'got',
  children: {
    ID,
    Issue,
    URL: 'https://github.com/advisories/GHSA-pfrx-2q88-qq97',
    Severity: 'moderate',
    'Vulnerable Versions': '<11.8.5',
    'Tree Versions': ['9.6.0'],
    Dependents: ['web@workspace:.'],
  },
});

const goConfig = {
  config: {
    protocol_version: 'v1.0.0',
    scanner_name: 'govulncheck',
    scanner_version: 'v1.1.4',
    scan_level: 'symbol',
    scan_mode: 'source',
  },
};
const goFinding = (...trace: object[]) => ({
  finding: { osv: 'GO-2022-0969', fixed_version: 'v0.3.8', trace },
});
const goTop = { module: 'golang.org/x/text', version: 'v0.3.0' };
const goMessages = [
  goConfig,
  { progress: { message: 'Checking the code against the vulnerabilities...' } },
  { osv: { id: 'GO-2022-0969', aliases: ['CVE-2022-27664'], summary: 'Denial of service' } },
  goFinding(goTop),
  goFinding({ ...goTop, package: 'golang.org/x/text/language' }),
  goFinding(
    { ...goTop, package: 'golang.org/x/text/language', function: 'Parse' },
    {
      module: 'example.org/web',
      package: 'main',
      function: 'main',
      position: { filename: 'main.go', line: 12 },
    },
  ),
];

const vex = {
  bomFormat: 'CycloneDX',
  specVersion: '1.7',
  serialNumber: 'urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79',
  components: [
    { 'bom-ref': 'a', type: 'library', name: 'lodash', version: '1.0.0', purl: 'pkg:npm/lodash@1.0.0' },
  ],
  vulnerabilities: [{ id: 'CVE-2024-7001', ratings: [{ severity: 'critical' }], affects: [{ ref: 'a' }] }],
};

export const TOOL_REPORTS: ToolReport[] = [
  {
    name: 'OSV-Scanner',
    tool: 'osv-scanner',
    report: osvScanner,
    found: [
      ['CVE-2022-33987', 'medium', '11.8.5'],
      ['CVE-2023-29403', 'high', null],
    ],
  },
  {
    name: 'OSV-Scanner without findings',
    tool: 'osv-scanner',
    report: { results: [], experimental_config: {} },
    found: [],
  },
  {
    name: 'Grype',
    tool: 'grype',
    report: grype,
    found: [
      ['CVE-2023-42363', 'high', '1.36.1-r1'],
      ['CVE-2024-1000', 'high', '1.36.1-r1'],
      ['CVE-2023-42364', 'high', '1.36.1-r1'],
    ],
  },
  {
    name: 'Semgrep',
    tool: 'semgrep',
    report: semgrep,
    found: [['python.lang.security.no-shell', 'high', null]],
  },
  {
    name: 'Semgrep with a file that it could not parse',
    tool: 'semgrep',
    report: {
      ...semgrep,
      errors: [
        { code: 3, level: 'warn', type: ['PartialParsing', []], message: 'Syntax error', path: 'code/b.py' },
      ],
    },
    found: [['python.lang.security.no-shell', 'high', null]],
    incomplete: /could not analyze all of code\/b\.py/,
  },
  { name: 'Bandit', tool: 'bandit', report: bandit, found: [['B105', 'low', null]] },
  {
    name: 'Bandit with a file that it could not parse',
    tool: 'bandit',
    report: {
      ...bandit,
      errors: [{ filename: 'code/b.py', reason: 'syntax error while parsing AST from file' }],
    },
    found: [['B105', 'low', null]],
    incomplete: /could not analyze code\/b\.py: syntax error/,
  },
  {
    name: 'Checkov',
    tool: 'checkov',
    report: checkov,
    found: [
      ['CKV_AWS_21', 'high', null],
      ['CKV_AWS_20', 'medium', null],
    ],
  },
  {
    name: 'Checkov of several frameworks, with a file that it could not parse',
    tool: 'checkov',
    report: [
      checkov,
      {
        ...checkov,
        check_type: 'kubernetes',
        results: {
          failed_checks: [checkovCheck('CKV_K8S_1', 'LOW')],
          skipped_checks: [],
          parsing_errors: ['/x.yaml'],
        },
      },
    ],
    found: [
      ['CKV_AWS_21', 'high', null],
      ['CKV_AWS_20', 'medium', null],
      ['CKV_K8S_1', 'low', null],
    ],
    incomplete: /could not parse x\.yaml \(kubernetes\)/,
  },
  { name: 'pip-audit', tool: 'pip-audit', report: pipAudit, found: [['CVE-2019-10906', 'medium', '2.10.1']] },
  {
    name: 'pip-audit before 2.5, with a package that it skipped',
    tool: 'pip-audit',
    report: [...pipAudit.dependencies, { name: 'inhouse', skip_reason: 'Dependency not found on PyPI' }],
    found: [['CVE-2019-10906', 'medium', '2.10.1']],
    incomplete: /skipped inhouse/,
  },
  {
    name: 'Yarn 1',
    tool: 'yarn-audit',
    report: `${lines(yarnAdvisory, yarnAdvisory, yarnSummary)}\n`,
    found: [
      ['GHSA-pfrx-2q88-qq97', 'medium', '>=11.8.5'],
      ['GHSA-pfrx-2q88-qq97', 'medium', '>=11.8.5'],
    ],
  },
  { name: 'Yarn 1 without findings', tool: 'yarn-audit', report: JSON.stringify(yarnSummary), found: [] },
  {
    name: 'Yarn 1 that ended early',
    tool: 'yarn-audit',
    report: lines(yarnAdvisory, { type: 'error', data: 'Request failed' }),
    found: [['GHSA-pfrx-2q88-qq97', 'medium', '>=11.8.5']],
    incomplete: /ended before its summary.*Request failed/,
  },
  {
    name: 'Yarn 4',
    tool: 'yarn-audit',
    report: lines(yarnBerry(1, 'Redirect'), yarnBerry('got (deprecation)', 'This version is deprecated')),
    found: [['GHSA-pfrx-2q88-qq97', 'medium', null]],
  },
  {
    name: 'Yarn 4 with one line',
    tool: 'yarn-audit',
    report: yarnBerry(1, 'Redirect'),
    found: [['GHSA-pfrx-2q88-qq97', 'medium', null]],
  },
  {
    name: 'Yarn 2 and 3',
    tool: 'npm-audit',
    report: { advisories: { 1: advisory }, metadata: { vulnerabilities: {} } },
    found: [['GHSA-pfrx-2q88-qq97', 'medium', '>=11.8.5']],
  },
  {
    name: 'pnpm',
    tool: 'npm-audit',
    report: { actions: [], advisories: { 1: advisory }, muted: [], metadata: { vulnerabilities: {} } },
    found: [['GHSA-pfrx-2q88-qq97', 'medium', '>=11.8.5']],
  },
  {
    name: 'govulncheck',
    tool: 'govulncheck',
    report: pretty(...goMessages),
    found: [['CVE-2022-27664', 'medium', 'v0.3.8']],
  },
  {
    name: 'govulncheck without findings',
    tool: 'govulncheck',
    report: pretty(...goMessages.slice(0, 3)),
    found: [],
  },
  { name: 'CycloneDX 1.7', tool: 'cyclonedx', report: vex, found: [['CVE-2024-7001', 'critical', null]] },
];
