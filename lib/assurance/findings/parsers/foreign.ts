import type { ReportShape } from './parser';
import { type Item, isItem, itemOf, itemsOf, textOf } from './values';

/** A format that is not read: how it is told, what wrote it, and what to upload instead. */
interface Foreign {
  isIt(shape: ReportShape): boolean;
  name: string;
  instead: string;
}

const has = (item: Item, ...names: string[]) => names.every((name) => name in item);
const first = ({ first: members }: ReportShape, name: string): Item => members[name] ?? {};
const sarifBy = (command: string) => `Run "${command}" and upload that.`;

/** The narrower shape first. Each needs several names that no other tool uses together. */
const FOREIGN: readonly Foreign[] = [
  {
    isIt: ({ sample }) =>
      textOf(sample.apiVersion).startsWith('aquasecurity.github.io') ||
      Object.keys(sample).some((name) => name.endsWith('.aquasecurity.github.io')),
    name: 'a resource of the Trivy Operator',
    instead: sarifBy('trivy k8s --report all --format json'),
  },
  {
    isIt: ({ sample }) =>
      has(sample, 'rule', 'priority', 'output') || has(sample, 'Rule', 'priority', 'output'),
    name: 'an event of Falco',
    instead: 'It is not a report of a scan: send events of Falco to the detections of Bulwark.',
  },
  {
    isIt: ({ sample }) =>
      'SPDXID' in sample || 'spdxVersion' in sample || textOf(sample['@context']).includes('spdx.org'),
    name: 'an SPDX document',
    instead:
      'SPDX lists packages, not vulnerabilities. Scan it with "trivy sbom --format json" or "grype sbom:… -o json" and upload that.',
  },
  {
    isIt: ({ sample }) => textOf(sample['@context']).includes('openvex') && 'statements' in sample,
    name: 'an OpenVEX document',
    instead: 'Upload the statements as CycloneDX VEX.',
  },
  {
    isIt: ({ sample }) => 'csaf_version' in itemOf(sample.document),
    name: 'a CSAF document',
    instead: 'It describes products of a vendor, not a scan. Upload the statements as CycloneDX VEX.',
  },
  {
    isIt: ({ sample }) =>
      has(sample, 'report_meta', 'vulnerabilities') ||
      has(sample, 'report_meta', 'scanned_packages') ||
      (has(sample, 'meta', 'scan_results') && 'safety_version' in itemOf(sample.meta)),
    name: 'the JSON of Safety',
    instead: sarifBy('pip-audit --format json'),
  },
  {
    isIt: (shape) =>
      has(shape.sample, 'image', 'unapproved', 'vulnerabilities') ||
      has(first(shape, 'vulnerabilities'), 'featurename') ||
      has(shape.sample, 'LayerCount', 'Vulnerabilities') ||
      has(shape.sample, 'manifest_hash', 'packages', 'package_vulnerabilities'),
    name: 'the JSON of Clair',
    instead: sarifBy('trivy image --format json'),
  },
  {
    isIt: (shape) =>
      has(shape.sample, 'imageDigest', 'vulnerabilities') ||
      has(shape.sample, 'vulnerability_type', 'vulnerabilities') ||
      has(first(shape, 'vulnerabilities'), 'feed', 'vuln'),
    name: 'the JSON of Anchore',
    instead: sarifBy('grype <image> -o json'),
  },
  {
    isIt: ({ sample }) =>
      has(sample, 'artifacts', 'descriptor') &&
      (textOf(itemOf(sample.descriptor).name) === 'syft' || has(sample, 'artifactRelationships')),
    name: 'the JSON of Syft',
    instead: 'It lists packages, not vulnerabilities. Run "grype sbom:<file> -o json" and upload that.',
  },
  {
    isIt: ({ sample }) =>
      has(sample, 'database', 'lockfile', 'vulnerabilities') && isItem(sample.vulnerabilities),
    name: 'the JSON of cargo-audit',
    instead: sarifBy('osv-scanner scan --lockfile Cargo.lock --format json'),
  },
  {
    isIt: ({ sample }) => 'advisories' in sample && 'abandoned' in sample,
    name: 'the JSON of composer audit',
    instead: sarifBy('osv-scanner scan --lockfile composer.lock --format json'),
  },
  {
    isIt: (shape) =>
      has(shape.sample, 'version', 'created_at', 'results') ||
      has(first(shape, 'results'), 'gem', 'advisory'),
    name: 'the JSON of bundler-audit',
    instead: sarifBy('osv-scanner scan --lockfile Gemfile.lock --format json'),
  },
  {
    isIt: (shape) =>
      (has(shape.sample, 'scan', 'vulnerabilities') &&
        ('scanner' in itemOf(shape.sample.scan) || 'analyzer' in itemOf(shape.sample.scan))) ||
      (has(first(shape, 'vulnerabilities'), 'identifiers', 'location') && 'version' in shape.sample),
    name: 'a security report of GitLab',
    instead:
      'Upload the report of the scanner itself, in JSON or SARIF: most analyzers of GitLab wrap Semgrep, Gitleaks or Trivy.',
  },
  {
    isIt: ({ root, sample }) => root === 'array' && has(sample, 'filePath', 'messages', 'errorCount'),
    name: 'the JSON of ESLint',
    instead: sarifBy('eslint --format @microsoft/eslint-formatter-sarif'),
  },
  {
    isIt: ({ root, sample }) =>
      root === 'array' && has(sample, 'source', 'warnings', 'invalidOptionWarnings'),
    name: 'the JSON of Stylelint',
    instead: 'It checks style and reports nothing that Bulwark keeps.',
  },
  {
    isIt: (shape) => has(first(shape, 'results'), 'long_id', 'rule_provider'),
    name: 'the JSON of tfsec',
    instead: 'tfsec has become a part of Trivy. Run "trivy config --format json ." and upload that.',
  },
  {
    isIt: ({ sample }) => has(sample, 'kics_version') || has(sample, 'queries', 'severity_counters'),
    name: 'the JSON of KICS',
    instead: sarifBy('kics scan --report-formats sarif'),
  },
  {
    isIt: ({ root, sample }) =>
      root === 'array' &&
      has(sample, 'code', 'column', 'file', 'level', 'line', 'message') &&
      /^(DL|SC)\d/.test(textOf(sample.code)),
    name: 'the JSON of Hadolint',
    instead: sarifBy('hadolint --format sarif'),
  },
  {
    isIt: (shape) => has(shape.sample, 'summary', 'details') && 'fatal' in itemOf(shape.sample.summary),
    name: 'the JSON of Dockle',
    instead: sarifBy('dockle --format sarif'),
  },
  {
    isIt: ({ sample }) =>
      has(sample, '@programName') ||
      (has(sample, 'site') && ('@version' in sample || '@generated' in sample)),
    name: 'the JSON of ZAP',
    instead: 'Choose the report template "sarif-json" and upload that.',
  },
  {
    isIt: ({ sample }) => has(sample, 'template-id') || has(sample, 'templateID', 'matched-at'),
    name: 'the JSON of Nuclei',
    instead: sarifBy('nuclei -sarif-export nuclei.sarif'),
  },
  {
    isIt: (shape) =>
      has(shape.sample, 'vulnerabilities', 'host', 'banner') ||
      has(shape.sample, 'host', 'ip', 'port', 'banner') ||
      has(first(shape, 'vulnerabilities'), 'OSVDB', 'method'),
    name: 'the JSON of Nikto',
    instead: 'It cannot write SARIF. Scan the site with ZAP and upload its SARIF.',
  },
  {
    isIt: ({ sample }) =>
      has(sample, 'plugin_id', 'plugin_name') ||
      has(sample, 'hosts', 'vulnerabilities', 'info') ||
      has(sample, 'plugin', 'asset', 'severity_id'),
    name: 'an export of Nessus',
    instead:
      'Bulwark reads no exports of Nessus. Scan images and packages with Trivy, sites with ZAP in SARIF.',
  },
  {
    isIt: ({ sample }) =>
      has(sample, 'finding_info', 'status_code', 'metadata') ||
      has(sample, 'CheckID', 'CheckTitle', 'Status') ||
      has(sample, 'AssessmentStartTime', 'CheckID') ||
      (has(sample, 'SchemaVersion', 'ProductArn', 'GeneratorId') &&
        textOf(sample.GeneratorId).startsWith('prowler')),
    name: 'the JSON of Prowler',
    instead: 'Bulwark checks accounts with its own checklist and reads no reports of Prowler.',
  },
  {
    isIt: ({ sample }) =>
      has(sample, 'SchemaVersion', 'ProductArn', 'AwsAccountId') ||
      ('Findings' in sample && has(itemOf(itemsOf(sample.Findings)[0]), 'ProductArn')),
    name: 'a finding of AWS Security Hub (ASFF)',
    instead: 'Upload the report of the scanner itself, in JSON or SARIF.',
  },
  {
    isIt: ({ sample }) =>
      has(sample, 'Controls', 'Totals') ||
      has(sample, 'id', 'version', 'tests', 'node_type') ||
      has(sample, 'tests', 'total_pass', 'total_fail'),
    name: 'the JSON of kube-bench',
    instead: sarifBy('trivy k8s --compliance k8s-cis --report all --format json'),
  },
  {
    isIt: ({ sample }) =>
      has(sample, 'SourceMetadata', 'DetectorName') || has(sample, 'branch', 'commitHash', 'stringsFound'),
    name: 'the JSON of TruffleHog',
    instead: sarifBy('gitleaks git --report-format json'),
  },
  {
    isIt: ({ sample }) => has(sample, 'plugins_used', 'results'),
    name: 'a baseline of detect-secrets',
    instead: sarifBy('gitleaks dir --report-format json'),
  },
  {
    isIt: ({ sample }) => has(sample, 'Issues', 'Stats') || has(sample, 'Golang errors', 'Issues'),
    name: 'the JSON of gosec',
    instead: sarifBy('gosec -fmt sarif ./...'),
  },
  {
    isIt: ({ sample }) =>
      has(sample, 'scan_info', 'warnings') && 'brakeman_version' in itemOf(sample.scan_info),
    name: 'the JSON of Brakeman',
    instead: sarifBy('brakeman -f sarif'),
  },
  {
    isIt: ({ sample }) => has(sample, 'Issues', 'Report') || has(sample, 'Issues', 'Linters'),
    name: 'the JSON of golangci-lint',
    instead: sarifBy('golangci-lint run --output.sarif.path report.sarif'),
  },
  {
    isIt: ({ sample }) => has(sample, 'reportSchema', 'dependencies', 'scanInfo'),
    name: 'the JSON of OWASP Dependency-Check',
    instead: sarifBy('dependency-check --format SARIF'),
  },
  {
    isIt: ({ sample }) => has(sample, 'Vulns', 'Imports') || has(sample, 'Calls', 'Vulns'),
    name: 'the JSON of an early govulncheck',
    instead: sarifBy('go run golang.org/x/vuln/cmd/govulncheck@latest -format json ./...'),
  },
  {
    isIt: ({ sample }) => has(sample, 'results') && has(itemOf(sample.results), 'violations', 'scan_summary'),
    name: 'the JSON of Terrascan',
    instead: sarifBy('terrascan scan --output sarif'),
  },
  {
    isIt: ({ root, sample }) => root === 'array' && has(sample, 'number', 'security_advisory', 'dependency'),
    name: 'a list of Dependabot alerts',
    instead: sarifBy('trivy fs --format json .'),
  },
  {
    isIt: ({ root, sample }) => root === 'array' && has(sample, 'most_recent_instance', 'rule'),
    name: 'a list of alerts of GitHub code scanning',
    instead: 'Download the SARIF of an analysis and upload that.',
  },
  {
    isIt: ({ sample }) =>
      has(sample, 'dependencies', 'lockfileVersion') || has(sample, 'packages', 'lockfileVersion'),
    name: 'a lock file of npm',
    instead: sarifBy('npm audit --json'),
  },
  {
    isIt: ({ sample }) => has(sample, 'openapi', 'paths') || has(sample, 'swagger', 'paths'),
    name: 'an OpenAPI document',
    instead: 'Upload what a scanner wrote.',
  },
];

/** A sentence that names another tool's format and what to run instead, or null where the shape is not known. */
export function foreignSentence(shape: ReportShape): string | null {
  const found = FOREIGN.find((one) => one.isIt(shape));
  return found ? `This is ${found.name}. ${found.instead}` : null;
}

/** XML by its root element. */
const XML: readonly { root: RegExp; name: string; instead: string }[] = [
  {
    root: /^NessusClientData/i,
    name: 'an export of Nessus',
    instead:
      'Bulwark reads no exports of Nessus. Scan images and packages with Trivy, sites with ZAP in SARIF.',
  },
  {
    root: /^niktoscans?$/i,
    name: 'the XML of Nikto',
    instead: 'It cannot write SARIF. Scan the site with ZAP and upload its SARIF.',
  },
  {
    root: /^OWASPZAPReport/i,
    name: 'the XML of ZAP',
    instead: 'Choose the report template "sarif-json" and upload that.',
  },
  { root: /^bom$/i, name: 'a CycloneDX document in XML', instead: 'Let the tool write CycloneDX as JSON.' },
  {
    root: /^nmaprun$/i,
    name: 'the XML of Nmap',
    instead: 'It lists open ports, which Bulwark’s checklist looks at itself.',
  },
  {
    root: /^BugCollection$/i,
    name: 'the XML of SpotBugs',
    instead: 'Run SpotBugs with "-sarif" and upload that.',
  },
  { root: /^checkstyle$/i, name: 'XML in the form of Checkstyle', instead: 'Let the tool write SARIF.' },
  { root: /^testsuites?$/i, name: 'a JUnit report', instead: 'Let the scanner write JSON or SARIF.' },
  {
    root: /^analysis$/i,
    name: 'the XML of OWASP Dependency-Check',
    instead: 'Run "dependency-check --format SARIF" and upload that.',
  },
  {
    root: /^issues$/i,
    name: 'the XML of Burp Suite',
    instead: 'It cannot write SARIF. Scan the site with ZAP and upload its SARIF.',
  },
  {
    root: /^(report|get_reports_response)$/i,
    name: 'the XML of OpenVAS',
    instead: 'Bulwark reads no reports of OpenVAS. Scan images and packages with Trivy.',
  },
];

/** A sentence for XML, by its first element. @param head the first characters of the file */
export function xmlSentence(head: string): string | null {
  const root = /<([A-Za-z][\w.-]*)/.exec(head.replaceAll(/<!--[\s\S]*?-->/g, ''))?.[1] ?? '';
  const found = XML.find((one) => one.root.test(root));
  return found ? `This is ${found.name}. ${found.instead}` : null;
}
