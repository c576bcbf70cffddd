import type { JsonReport } from './json-report';
import {
  counted,
  emptyFacts,
  entriesIn,
  type Occurrence,
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
  isItem,
  itemOf,
  itemsOf,
  listOf,
  optional,
  ratingOf,
  referencesOf,
  resolveIds,
  TEXT_LENGTH_MAX,
  TITLE_LENGTH_MAX,
  textOf,
  textsOf,
} from './values';

const PATHS_MAX = 200;
const GHSA = /GHSA(?:-[0-9a-z]{4}){3}/i;
/** Version 6 names a git dependency in a path by 64 random digits. */
const RANDOM_PART = /(^|>)[0-9a-f]{64}(?=>|$)/g;

function cwesOf(value: unknown): string[] {
  if (typeof value !== 'string') return textsOf(value).slice(0, 10);
  try {
    const parsed: unknown = JSON.parse(value);
    return Array.isArray(parsed) ? textsOf(parsed).slice(0, 10) : [textOf(value)];
  } catch {
    return [textOf(value)];
  }
}

interface Advisory {
  item: Item;
  packageName: string;
  own: unknown;
  urls: unknown[];
  fixedVersion?: unknown;
  occurrences: Occurrence[];
}

/** The advisory's GHSA is the same in every version of npm; its number is not. */
function findingOf({ item, packageName, own, urls, fixedVersion, occurrences }: Advisory): ReportedFinding {
  const ghsa = firstText(item.github_advisory_id, GHSA.exec(firstText(...urls))?.[0]);
  const id = ghsa || `npm:${firstText(own, item.title, packageName)}`;
  const aliases = aliasesOf(ghsa, textsOf(item.cves));
  const cvss = itemOf(item.cvss);
  return {
    kind: 'vulnerability',
    ids: ghsa ? [resolveIds(ghsa, [])[0]] : [id],
    identity: [packageName],
    aliases,
    ...ratingOf({ severity: item.severity, score: cvss.score || undefined, vector: cvss.vectorString }),
    title: textOf(firstText(item.title, id), TITLE_LENGTH_MAX),
    ...optional('description', item.overview, TEXT_LENGTH_MAX),
    ...optional('package', packageName),
    ...optional('installedVersion', occurrences[0]?.version),
    ...optional('fixedVersion', fixedVersion, 200),
    cwes: cwesOf(item.cwe),
    references: referencesOf(...urls),
    occurrences,
  };
}

/** npm 6, pnpm and Yarn: one advisory with the paths that lead to it; null where it names neither package nor itself. */
export function ofAdvisory(key: string, item: Item, onlyPath = ''): ReportedFinding | null {
  const isAdvisory = firstText(item.github_advisory_id, item.url, item.id, item.title) !== '';
  if (!isAdvisory || firstText(item.module_name, item.github_advisory_id) === '') return null;
  const listed = itemsOf(item.findings).flatMap((found) => {
    const version = optional('version', found.version, 200);
    const paths = textsOf(found.paths).slice(0, PATHS_MAX);
    if (paths.length === 0) return [version];
    return paths.map((path) => ({ ...version, via: path.replaceAll(RANDOM_PART, '$1<git>') }));
  });
  const occurrences = listed.length > 0 || onlyPath === '' ? listed : [{ via: onlyPath }];
  return findingOf({
    item,
    packageName: textOf(item.module_name),
    own: item.id ?? key,
    urls: [
      item.url,
      item.github_advisory_id && `https://github.com/advisories/${textOf(item.github_advisory_id)}`,
    ],
    fixedVersion: item.patched_versions,
    occurrences,
  });
}

/** Yarn 2 and newer: one issue of one package. */
export function ofYarnBerry(packageName: string, issue: Item): ReportedFinding | null {
  if (packageName === '' || firstText(issue.ID, issue.URL) === '') return null;
  const item = { title: issue.Issue, severity: issue.Severity };
  const versions = textsOf(issue['Tree Versions']);
  const parents = textsOf(issue.Dependents).slice(0, PATHS_MAX);
  const occurrences = versions.flatMap((version) =>
    parents.length === 0 ? [{ version }] : parents.map((via) => ({ version, via })),
  );
  return findingOf({ item, packageName, own: issue.ID, urls: [issue.URL], occurrences });
}

/** npm 7 and newer: advisories stand in `via` of the packages they are about; a name there is a parent, not a finding. */
function* ofPackage(key: string, item: Item): Generator<ReportedFinding> {
  const nodes = textsOf(item.nodes).slice(0, PATHS_MAX);
  for (const via of itemsOf(item.via)) {
    const packageName = firstText(via.dependency, via.name, item.name, key);
    yield findingOf({
      item: via,
      packageName,
      own: via.source ?? via.id,
      urls: [via.url],
      fixedVersion:
        itemOf(item.fixAvailable).version &&
        `${textOf(itemOf(item.fixAvailable).name)}@${textOf(itemOf(item.fixAvailable).version)}`,
      occurrences: nodes.map((path) => ({ path })),
    });
  }
}

async function* findingsOf(
  report: JsonReport,
  outline: Item,
  facts: ReportFacts,
): AsyncGenerator<ReportedFinding> {
  for await (const { key, value } of entriesIn(report, outline.advisories, facts, 'object'))
    yield* counted(facts, ofAdvisory(key, value));
  for await (const { key, value } of entriesIn(report, outline.vulnerabilities, facts, 'object')) {
    if (!Array.isArray(value.via)) {
      facts.unread += 1;
      continue;
    }
    facts.read += 1;
    yield* ofPackage(key, value);
  }
}

function refuseErrors(outline: Item): void {
  const error = itemOf(outline.error);
  const code = firstText(error.code, outline.statusCode);
  if (!('error' in outline) && !('statusCode' in outline)) return;
  const said = firstText(error.summary, outline.message, error.message, error.detail).split('\n')[0] ?? '';
  const advice =
    code === 'ENOLOCK'
      ? 'Run "npm install --package-lock-only" first, then "npm audit --json".'
      : code.startsWith('ERR_PNPM')
        ? 'Run "pnpm audit --json" again where the lock file is.'
        : 'Run "npm audit --json" again and upload what it prints when it ends normally.';
  throw new ReportProblem(
    `npm audit failed with ${code || 'an error'}${said ? ` ("${said.slice(0, 200)}")` : ''}. ${advice}`,
  );
}

async function parse(report: JsonReport): Promise<ParsedReport> {
  const facts = emptyFacts();
  const outline = itemOf(await report.outline(report.whole, npmAudit.streamed, npmAudit.skipped));
  refuseErrors(outline);
  facts.toolName = 'npm audit';
  if (!('advisories' in outline) && !report.isContainer(outline.vulnerabilities, 'object'))
    throw new ReportProblem(
      'This report of npm audit has no list of vulnerabilities, so the audit did not end. Run "npm audit --json" again.',
    );
  if (listOf(outline.muted).length > 0) facts.warnings.push('Some advisories are muted in this report.');
  return { facts, findings: findingsOf(report, outline, facts) };
}

/** npm audit: version 6 (also pnpm), and `auditReportVersion` 2 of npm 7 and newer. */
export const npmAudit: ReportParser = {
  tool: 'npm-audit',
  streamed: ['advisories', 'vulnerabilities'],
  skipped: ['actions'],
  recognises: ({ root, sample }) => {
    if (root !== 'object' || 'bomFormat' in sample) return false;
    const isResult =
      ('advisories' in sample && ('metadata' in sample || 'muted' in sample)) ||
      ('auditReportVersion' in sample && 'vulnerabilities' in sample);
    const { error } = sample;
    const isFailure =
      isItem(error) && typeof error.code === 'string' && ('summary' in error || 'message' in error);
    return isResult || isFailure || ('statusCode' in sample && 'error' in sample);
  },
  parse,
};
