import type { JsonReport } from './json-report';
import {
  counted,
  emptyFacts,
  entriesIn,
  type ParseContext,
  type ParsedReport,
  type ReportedFinding,
  type ReportedVerdict,
  type ReportFacts,
  type ReportParser,
} from './parser';
import {
  aliasesOf,
  digestsIn,
  firstText,
  type Item,
  isItem,
  itemOf,
  itemsOf,
  lineOf,
  numberOf,
  optional,
  ratingOf,
  referencesOf,
  resolveIds,
  TEXT_LENGTH_MAX,
  TITLE_LENGTH_MAX,
  textOf,
  textsOf,
} from './values';

const RESULT_LISTS = [
  'Vulnerabilities',
  'Misconfigurations',
  'Secrets',
  'Licenses',
  'ExperimentalModifiedFindings',
];
const RESULT_SKIPPED = ['Packages', 'CustomResources'];
const OS_TARGET = '<os>';
/** The first reports named no class; an operating system's target ends in its name. */
const OS_TARGET_NAME = /\([a-z]+ [^()]*\)$/;

/** One result: a lock file, an image's operating system, a manifest; in clusters below a resource. */
interface Place {
  target: string;
  type: string;
  isOs: boolean;
  resource: string;
}

function placeOf(result: Item, resource: string): Place {
  const target = textOf(result.Target);
  const resultClass = textOf(result.Class);
  const isOs = resultClass === 'os-pkgs' || (resultClass === '' && OS_TARGET_NAME.test(target));
  return { target, type: textOf(result.Type), isOs, resource };
}

function scoresOf(item: Item): { score?: number | undefined; vector?: string } {
  const byVendor = itemOf(item.CVSS);
  const preferred = byVendor[textOf(item.SeveritySource)];
  const all = [preferred, byVendor.nvd, ...Object.values(byVendor)].filter(isItem);
  const best = all.find((one) => one.V4Score ?? one.V3Score) ?? all.find((one) => one.V2Score) ?? all[0];
  if (!best) return {};
  const score = numberOf(best.V4Score) ?? numberOf(best.V3Score) ?? numberOf(best.V2Score);
  return { score, vector: firstText(best.V40Vector, best.V3Vector, best.V2Vector) };
}

function vulnerability(item: Item, place: Place): ReportedFinding | null {
  const own = textOf(item.VulnerabilityID, 200);
  const name = textOf(item.PkgName);
  if (own === '') return null;
  const aliases = aliasesOf(own, textsOf(item.VendorIDs), textsOf(item.Aliases));
  const path = textOf(item.PkgPath);
  const location = path || (place.isOs ? OS_TARGET : place.target);
  const version = textOf(item.InstalledVersion, 200);
  const isDismissed = textOf(item.Status) === 'not_affected';
  return {
    kind: 'vulnerability',
    ids: resolveIds(own, aliases),
    identity: [place.type, name, location, place.resource],
    aliases,
    ...ratingOf({ severity: item.Severity, ...scoresOf(item) }),
    title: textOf(firstText(item.Title, `${own} in ${name}`), TITLE_LENGTH_MAX),
    ...optional('description', item.Description, TEXT_LENGTH_MAX),
    ...optional('package', name),
    ...optional('installedVersion', version),
    ...optional('fixedVersion', item.FixedVersion, 200),
    ...optional('purl', itemOf(item.PkgIdentifier).PURL),
    path: place.resource ? `${place.resource} ${location}` : location,
    cwes: textsOf(item.CweIDs).slice(0, 10),
    references: referencesOf(item.PrimaryURL, ...textsOf(item.References)),
    occurrences: [{ ...optional('version', version), ...optional('path', path || place.target) }],
    ...(isDismissed ? { verdict: verdictOf('not_affected', textOf(item.Status)) } : {}),
  };
}

function verdictOf(decision: ReportedVerdict['decision'], note: string): ReportedVerdict {
  return { decision, justification: null, note: note || null, source: 'tool', at: null };
}

/** Only failed checks; what passed or was excepted is no finding. */
function misconfiguration(item: Item, place: Place): ReportedFinding | null {
  const id = firstText(item.ID, item.AVDID);
  const status = textOf(item.Status).toUpperCase();
  if (id === '' || (status !== '' && status !== 'FAIL')) return null;
  const cause = itemOf(item.CauseMetadata);
  const line = lineOf(cause.StartLine);
  const message = textOf(item.Message);
  return {
    kind: 'misconfiguration',
    ids: [id],
    identity: [place.target, textOf(cause.Resource), message, place.resource],
    ...ratingOf({ severity: item.Severity }),
    title: textOf(firstText(item.Title, message, id), TITLE_LENGTH_MAX),
    ...optional('description', firstText(message, item.Description), TEXT_LENGTH_MAX),
    path:
      place.resource && !place.resource.endsWith(place.target)
        ? `${place.resource} ${place.target}`
        : place.target,
    ...(line === undefined ? {} : { line }),
    references: referencesOf(item.PrimaryURL, ...textsOf(item.References)),
    occurrences: [{ ...optional('path', place.target), ...(line === undefined ? {} : { line }) }],
  };
}

/** The match is masked by Trivy and digested all the same; the code around it is not masked and is dropped. */
function secret(item: Item, place: Place, { digestSecret }: ParseContext): ReportedFinding | null {
  const rule = firstText(item.RuleID, item.VulnerabilityID);
  if (rule === '') return null;
  const line = lineOf(item.StartLine);
  return {
    kind: 'secret',
    ids: [rule],
    identity: [place.target, digestSecret(typeof item.Match === 'string' ? item.Match : ''), place.resource],
    ...ratingOf({ severity: item.Severity }, 'high'),
    title: textOf(firstText(item.Title, item.Category, rule), TITLE_LENGTH_MAX),
    path: place.target,
    ...(line === undefined ? {} : { line }),
    occurrences: [{ ...optional('path', place.target), ...(line === undefined ? {} : { line }) }],
  };
}

function license(item: Item, place: Place): ReportedFinding | null {
  const name = textOf(item.Name, 200);
  if (name === '') return null;
  const owner = textOf(item.PkgName);
  const path = textOf(item.FilePath);
  return {
    kind: 'license',
    ids: [name],
    identity: [owner, path, place.resource],
    ...ratingOf({ severity: item.Severity }, 'low'),
    title: textOf(
      `${name} (${textOf(item.Category) || 'unknown'}) in ${owner || path || place.target}`,
      TITLE_LENGTH_MAX,
    ),
    ...optional('package', owner),
    path: path || place.target,
    references: referencesOf(item.Link),
    occurrences: [{ ...optional('path', path || place.target) }],
  };
}

/** What the ignore file or a VEX document took out of the report: present, and set aside by the tool. */
function modified(item: Item, place: Place, context: ParseContext): ReportedFinding | null {
  const read = READERS[MODIFIED_TYPES[textOf(item.Type)] ?? ''];
  const finding = read?.(itemOf(item.Finding), place, context);
  if (!finding) return null;
  const note = firstText(item.Statement, `${textOf(item.Status)} by ${textOf(item.Source)}`);
  const isVex = textOf(item.Status) === 'not_affected';
  return { ...finding, verdict: verdictOf(isVex ? 'not_affected' : 'suppressed_in_tool', note) };
}

type Reader = (item: Item, place: Place, context: ParseContext) => ReportedFinding | null;

const READERS: Readonly<Record<string, Reader>> = {
  Vulnerabilities: vulnerability,
  Misconfigurations: misconfiguration,
  Secrets: secret,
  Licenses: license,
  ExperimentalModifiedFindings: modified,
};

const MODIFIED_TYPES: Readonly<Record<string, string>> = {
  vulnerability: 'Vulnerabilities',
  misconfiguration: 'Misconfigurations',
  secret: 'Secrets',
  license: 'Licenses',
};

interface Result {
  result: Item;
  resource: string;
}

/** Of files with secrets or licenses only those are listed that have some: that one is missing says nothing. */
const LISTED_WHEN_FOUND = new Set(['secret', 'license', 'license-file']);

function noteTarget(facts: ReportFacts, result: Item, place: Place): void {
  if (LISTED_WHEN_FOUND.has(textOf(result.Class))) return;
  facts.targets.add([place.resource, place.isOs ? OS_TARGET : place.target].filter(Boolean).join(' '));
}

async function* findingsOf(
  report: JsonReport,
  results: AsyncIterable<Result>,
  facts: ReportFacts,
  context: ParseContext,
): AsyncGenerator<ReportedFinding> {
  for await (const { result, resource } of results) {
    const place = placeOf(result, resource);
    if (place.target === '' && !['Class', ...RESULT_LISTS].some((name) => name in result)) {
      facts.unread += 1;
      continue;
    }
    facts.read += 1;
    noteTarget(facts, result, place);
    for (const name of RESULT_LISTS) {
      const read = READERS[name];
      for await (const { value } of entriesIn(report, result[name], facts)) {
        if (isPassed(name, value)) facts.read += 1;
        else yield* counted(facts, read?.(value, place, context) ?? null);
      }
    }
  }
}

/** A check that passed or was excepted is read, and no finding. */
function isPassed(list: string, item: Item): boolean {
  const status = textOf(item.Status).toUpperCase();
  return list === 'Misconfigurations' && ['PASS', 'EXCEPTION'].includes(status);
}

function* resourceResults(resource: Item): Generator<Result> {
  const name = [resource.Namespace, resource.Kind, resource.Name].map((part) => textOf(part)).join('/');
  for (const result of itemsOf(resource.Results)) yield { result, resource: name };
}

/** Clusters: a list of resources, or in the first versions one list for each sort of finding. */
async function* resultsOf(report: JsonReport, outline: Item): AsyncGenerator<Result> {
  for (const result of itemsOf(outline.Results)) yield { result, resource: '' };
  for (const resource of itemsOf(outline.Resources)) yield* resourceResults(resource);
  if (!('ClusterName' in outline)) return;
  for (const list of [outline.Vulnerabilities, outline.Misconfigurations]) {
    for await (const { value } of report.members(list)) yield* resourceResults(itemOf(value));
  }
}

/** Before version 0.20 the report was the list of results itself. */
async function* resultsOfList(report: JsonReport): AsyncGenerator<Result> {
  for (const range of await report.ranges(report.whole)) {
    yield { result: itemOf(await report.outline(range, trivy.streamed, trivy.skipped)), resource: '' };
  }
}

async function parse(report: JsonReport, context: ParseContext): Promise<ParsedReport> {
  const facts = emptyFacts();
  facts.toolName = 'trivy';
  if ((await report.head(200)).trimStart().startsWith('[')) {
    return { facts, findings: findingsOf(report, resultsOfList(report), facts, context) };
  }
  const outline = itemOf(await report.outline(report.whole, trivy.streamed, trivy.skipped));
  facts.toolVersion = textOf(itemOf(outline.Trivy).Version, 60) || null;
  const { ImageID, RepoDigests } = itemOf(outline.Metadata);
  facts.images = digestsIn(ImageID, RepoDigests, outline.ArtifactName);
  for (const list of [outline.Results, outline.Resources])
    if (list !== undefined && list !== null && !Array.isArray(list)) facts.unread += 1;
  for await (const { result, resource } of resultsOf(report, outline)) {
    const place = placeOf(result, resource);
    noteTarget(facts, result, place);
  }
  return { facts, findings: findingsOf(report, resultsOf(report, outline), facts, context) };
}

/** Trivy: schema 2, clusters (`trivy k8s`), and the list of results of versions before 0.20. */
export const trivy: ReportParser = {
  tool: 'trivy',
  streamed: ['', 'Results.*.', 'Resources.*.Results.*.'].flatMap((path) =>
    RESULT_LISTS.map((name) => path + name),
  ),
  skipped: [
    ...['ImageConfig', 'Layers', 'DiffIDs'].map((name) => `Metadata.${name}`),
    'Resources.*.Metadata',
    ...['', 'Results.*.', 'Resources.*.Results.*.'].flatMap((path) =>
      RESULT_SKIPPED.map((name) => path + name),
    ),
  ],
  emptyForms: ['list', 'null'],
  recognises: ({ root, sample }) =>
    root === 'object'
      ? (sample.SchemaVersion === 2 && ('ArtifactName' in sample || 'Results' in sample)) ||
        ('ClusterName' in sample &&
          ('Resources' in sample || 'Vulnerabilities' in sample || 'Misconfigurations' in sample))
      : root === 'array' &&
        'Target' in sample &&
        ('Vulnerabilities' in sample || 'Type' in sample || 'Class' in sample),
  parse,
};
