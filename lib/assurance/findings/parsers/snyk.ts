import type { JsonReport } from './json-report';
import type { Range } from './json-scan';
import {
  counted,
  emptyFacts,
  entriesIn,
  type ParsedReport,
  type ReportedFinding,
  type ReportFacts,
  type ReportParser,
} from './parser';
import { ReportProblem } from './report-problem';
import {
  aliasesOf,
  firstText,
  type Item,
  itemOf,
  itemsOf,
  lineOf,
  numberOf,
  optional,
  ratingOf,
  referencesOf,
  TEXT_LENGTH_MAX,
  TITLE_LENGTH_MAX,
  textOf,
  textsOf,
} from './values';

/** The project is named by its manifest where it has one; a path of the machine that scanned is left out. */
function projectOf(project: Item): string {
  const named = firstText(project.displayTargetFile, project.targetFile);
  if (named !== '') return named.replaceAll('\\', '/');
  return firstText(project.projectName, project.path);
}

function scoreOf(item: Item): { score: number | undefined; vector: string } {
  return { score: numberOf(item.cvssScore) ?? undefined, vector: firstText(item.CVSSv3, item.cvssV3Vector) };
}

function vulnerability(item: Item, project: string): ReportedFinding | null {
  const id = textOf(item.id, 200);
  if (id === '' || firstText(item.packageName, item.moduleName, item.name) === '') return null;
  const isLicense = id.startsWith('snyk:lic:') || textOf(item.type) === 'license';
  const name = firstText(item.packageName, item.moduleName, item.name);
  const version = firstText(item.version, item.packageVersion);
  const identifiers = itemOf(item.identifiers);
  const aliases = isLicense
    ? []
    : aliasesOf(id, textsOf(identifiers.CVE), textsOf(identifiers.GHSA), textsOf(item.alternativeIds));
  const from = textsOf(item.from).slice(1);
  return {
    kind: isLicense ? 'license' : 'vulnerability',
    ids: [id],
    identity: [project, name],
    aliases,
    ...ratingOf({
      severity: firstText(item.severityWithCritical, item.severity),
      ...(isLicense ? {} : scoreOf(item)),
    }),
    title: textOf(firstText(item.title, id), TITLE_LENGTH_MAX),
    ...optional('description', isLicense ? item.license : item.description, TEXT_LENGTH_MAX),
    ...optional('package', name),
    ...optional('installedVersion', version, 200),
    ...optional('fixedVersion', textsOf(item.fixedIn).join(', '), 200),
    ...optional('path', firstText(item.filePath, project)),
    cwes: textsOf(identifiers.CWE).slice(0, 10),
    references: referencesOf(
      `https://security.snyk.io/vuln/${encodeURIComponent(id)}`,
      ...itemsOf(item.references).map((one) => one.url),
    ),
    occurrences: [{ ...optional('version', version), ...optional('via', from.join(' > ')) }],
  };
}

function infrastructureIssue(item: Item, project: string): ReportedFinding | null {
  const id = firstText(item.publicId, item.id);
  if (id === '' || item.isIgnored === true) return null;
  const where = textsOf(item.path).join('.');
  const line = lineOf(item.lineNumber);
  const words = itemOf(item.iacDescription);
  return {
    kind: 'misconfiguration',
    ids: [id],
    identity: [project, where || textOf(item.msg)],
    ...ratingOf({ severity: item.severity }),
    title: textOf(firstText(item.title, words.issue, id), TITLE_LENGTH_MAX),
    ...optional(
      'description',
      [words.issue, words.impact, words.resolve]
        .map((one) => textOf(one))
        .filter(Boolean)
        .join(' '),
      TEXT_LENGTH_MAX,
    ),
    ...optional('path', project),
    ...(line === undefined ? {} : { line }),
    references: referencesOf(item.documentation, ...textsOf(item.references)),
    occurrences: [
      { ...optional('path', project), ...(line === undefined ? {} : { line }), ...optional('via', where) },
    ],
  };
}

const FINDING_LISTS = ['vulnerabilities', 'infrastructureAsCodeIssues'];
/** What only Snyk puts beside them; other tools have lists of vulnerabilities too. */
const PROJECT_NAMES = [
  ...['packageManager', 'projectName', 'dependencyCount', 'uniqueCount', 'displayTargetFile', 'targetFile'],
  ...['licensesPolicy', 'filesystemPolicy', 'isLicensesEnabled', 'org', 'ok'],
];

const isProject = (item: Item) =>
  FINDING_LISTS.some((name) => name in item) && PROJECT_NAMES.some((name) => name in item);

function refuseErrors(project: Item): void {
  if (!('error' in project) || 'vulnerabilities' in project || 'infrastructureAsCodeIssues' in project)
    return;
  const said = textOf(project.error, 200).split('\n')[0] ?? '';
  throw new ReportProblem(
    `Snyk failed${said ? ` ("${said}")` : ''}: nothing was tested. Run "snyk test --json" again until it ends with exit code 0 or 1.`,
  );
}

async function* projectFindings(
  report: JsonReport,
  project: Item,
  facts: ReportFacts,
): AsyncGenerator<ReportedFinding> {
  refuseErrors(project);
  const name = projectOf(project);
  facts.targets.add(name);
  if (isProject(project)) facts.read += 1;
  else if (!FINDING_LISTS.some((name) => name in project)) facts.unread += 1;
  for await (const { value } of entriesIn(report, project.vulnerabilities, facts))
    yield* counted(facts, vulnerability(value, name));
  for await (const { value } of entriesIn(report, project.infrastructureAsCodeIssues, facts)) {
    if (value.isIgnored === true) facts.read += 1;
    else yield* counted(facts, infrastructureIssue(value, name));
  }
  for (const application of itemsOf(project.applications)) yield* projectFindings(report, application, facts);
}

async function* findingsOf(
  report: JsonReport,
  ranges: readonly Range[],
  facts: ReportFacts,
): AsyncGenerator<ReportedFinding> {
  for (const range of ranges) {
    const project = itemOf(await report.outline(range, snyk.streamed, snyk.skipped));
    yield* projectFindings(report, project, facts);
  }
}

async function parse(report: JsonReport): Promise<ParsedReport> {
  const facts = emptyFacts();
  facts.toolName = 'snyk';
  const isList = (await report.head(200)).trimStart().startsWith('[');
  const ranges = isList ? await report.ranges(report.whole) : [report.whole];
  return { facts, findings: findingsOf(report, ranges, facts) };
}

const LISTS = ['vulnerabilities', 'infrastructureAsCodeIssues', 'applications.*.vulnerabilities'];

/** Snyk: open source, container (with `applications`), infrastructure as code; one project or a list. Snyk Code writes SARIF. */
export const snyk: ReportParser = {
  tool: 'snyk',
  streamed: LISTS,
  skipped: [
    'remediation',
    'docker',
    'licensesPolicy',
    'policy',
    'filtered',
    'applications.*.remediation',
    'applications.*.licensesPolicy',
  ],
  recognises: ({ root, isSequence, sample, first }) => {
    if (root === 'null' || isSequence || 'bomFormat' in sample || 'auditReportVersion' in sample)
      return false;
    const isFailure = sample.ok === false && typeof sample.error === 'string';
    const issue = first.vulnerabilities ?? {};
    return isProject(sample) || isFailure || ('id' in issue && 'packageName' in issue && 'severity' in issue);
  },
  parse,
};
