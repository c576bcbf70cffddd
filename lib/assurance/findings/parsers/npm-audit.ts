import type { JsonReport } from './json-report';
import {
  emptyFacts,
  type Occurrence,
  type ParsedReport,
  type ReportedFinding,
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

/** npm 6 and pnpm: one advisory with the paths that lead to it. */
function ofAdvisory(key: string, item: Item): ReportedFinding {
  const occurrences = itemsOf(item.findings).flatMap((found) => {
    const version = optional('version', found.version, 200);
    const paths = textsOf(found.paths).slice(0, PATHS_MAX);
    if (paths.length === 0) return [version];
    return paths.map((path) => ({ ...version, via: path.replaceAll(RANDOM_PART, '$1<git>') }));
  });
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
  warnings: string[],
): AsyncGenerator<ReportedFinding> {
  let unreadable = 0;
  for await (const { key, value } of report.members(outline.advisories)) {
    if (isItem(value)) yield ofAdvisory(key, value);
    else unreadable += 1;
  }
  for await (const { key, value } of report.members(outline.vulnerabilities)) {
    if (isItem(value)) yield* ofPackage(key, value);
    else unreadable += 1;
  }
  if (unreadable > 0) warnings.push(`${unreadable} entries of the report are no advisories that npm writes.`);
}

function refuseErrors(outline: Item): void {
  const error = itemOf(outline.error);
  const code = firstText(error.code, outline.statusCode);
  if (!('error' in outline) && !('statusCode' in outline)) return;
  const said = firstText(error.summary, outline.message, error.detail).split('\n')[0] ?? '';
  const advice =
    code === 'ENOLOCK'
      ? 'Run "npm install --package-lock-only" first, then "npm audit --json".'
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
  if (listOf(outline.muted).length > 0) facts.warnings.push('Some advisories are muted in this report.');
  return { facts, findings: findingsOf(report, outline, facts.warnings) };
}

/** npm audit: version 6 (also pnpm), and `auditReportVersion` 2 of npm 7 and newer. */
export const npmAudit: ReportParser = {
  tool: 'npm-audit',
  streamed: ['advisories', 'vulnerabilities'],
  skipped: ['actions'],
  recognises: ({ root, sample }) => {
    if (root !== 'object' || 'bomFormat' in sample) return false;
    const isResult =
      'advisories' in sample || ('auditReportVersion' in sample && 'vulnerabilities' in sample);
    const { error } = sample;
    const isFailure = isItem(error) && typeof error.code === 'string' && 'summary' in error;
    return isResult || isFailure || ('statusCode' in sample && 'error' in sample);
  },
  parse,
};
