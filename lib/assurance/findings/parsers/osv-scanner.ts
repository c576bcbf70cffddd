import type { JsonReport } from './json-report';
import {
  counted,
  emptyFacts,
  entriesIn,
  type ParsedReport,
  type ReportedFinding,
  type ReportFacts,
  type ReportParser,
} from './parser';
import { pathOfUri } from './sarif-run';
import {
  aliasesOf,
  firstText,
  type Item,
  itemOf,
  itemsOf,
  optional,
  type Rating,
  ratingOf,
  referencesOf,
  resolveIds,
  severityRank,
  TEXT_LENGTH_MAX,
  TITLE_LENGTH_MAX,
  textOf,
  textsOf,
} from './values';

/** A package of one lock file, SBOM or image. */
interface Place {
  name: string;
  version: string;
  ecosystem: string;
  path: string;
}

/** The word of the database comes before scores; of several vectors CVSS 4 before 3 before 2. */
function ratingOfEntry(entry: Item, score: unknown): Rating {
  const scores = itemsOf(entry.severity);
  const vector = ['CVSS_V4', 'CVSS_V3', 'CVSS_V2']
    .map((type) => scores.find((one) => textOf(one.type) === type)?.score)
    .find((one) => textOf(one) !== '');
  const severity = firstText(
    itemOf(entry.database_specific).severity,
    itemOf(entry.ecosystem_specific).severity,
  );
  return ratingOf({ severity, score: textOf(score) || undefined, vector });
}

/** In which versions the advisories say that it is fixed, of this package only. */
function fixedIn(entries: readonly Item[], { name, ecosystem }: Place): string {
  const fixed = entries
    .flatMap((entry) => itemsOf(entry.affected))
    .filter((one) => {
      const affected = itemOf(one.package);
      return (
        textOf(affected.name) === name && textOf(affected.ecosystem).split(':')[0] === ecosystem.split(':')[0]
      );
    })
    .flatMap((one) => itemsOf(one.ranges))
    .filter((range) => textOf(range.type) !== 'GIT')
    .flatMap((range) => itemsOf(range.events))
    .map((event) => textOf(event.fixed, 100))
    .filter(Boolean);
  return [...new Set(fixed)].join(', ');
}

/** One vulnerability under all its names: several databases may tell of it, each with an entry of its own. */
function vulnerability(entries: readonly Item[], group: Item, place: Place): ReportedFinding | null {
  const ids = [...textsOf(group.ids), ...entries.map((entry) => textOf(entry.id, 200))].filter(Boolean);
  const [own] = ids;
  if (own === undefined || place.name === '') return null;
  const aliases = aliasesOf(
    ids,
    textsOf(group.aliases),
    entries.flatMap((entry) => textsOf(entry.aliases)),
  );
  const [worst = ratingOf({ score: textOf(group.max_severity) || undefined })] = entries
    .map((entry) => ratingOfEntry(entry, group.max_severity))
    .sort(
      (a, b) =>
        Number(a.isUnrated ?? false) - Number(b.isUnrated ?? false) || severityRank(a) - severityRank(b),
    );
  const text = entries.find((entry) => textOf(entry.summary) !== '') ?? entries[0] ?? {};
  return {
    kind: 'vulnerability',
    ids: resolveIds(own, aliases),
    identity: [place.ecosystem, place.name, place.path],
    aliases,
    ...worst,
    title: textOf(firstText(text.summary, `${own} in ${place.name}`), TITLE_LENGTH_MAX),
    ...optional('description', text.details, TEXT_LENGTH_MAX),
    package: place.name,
    ...optional('installedVersion', place.version, 200),
    ...optional('fixedVersion', fixedIn(entries, place), 200),
    ...optional('path', place.path),
    cwes: textsOf(itemOf(text.database_specific).cwe_ids).slice(0, 10),
    references: referencesOf(
      `https://osv.dev/vulnerability/${encodeURIComponent(own)}`,
      ...entries.flatMap((entry) => itemsOf(entry.references)).map((one) => one.url),
    ),
    occurrences: [{ ...optional('version', place.version, 200), ...optional('path', place.path) }],
  };
}

function licenseViolation(license: string, place: Place): ReportedFinding {
  return {
    kind: 'license',
    ids: [license],
    identity: [place.ecosystem, place.name, place.path],
    severity: 'medium',
    isUnrated: true,
    title: textOf(`${license} in ${place.name}`, TITLE_LENGTH_MAX),
    package: place.name,
    ...optional('installedVersion', place.version, 200),
    ...optional('path', place.path),
    occurrences: [{ ...optional('version', place.version, 200), ...optional('path', place.path) }],
  };
}

function* packageFindings(entry: Item, path: string, facts: ReportFacts): Generator<ReportedFinding> {
  const named = itemOf(entry.package);
  const place: Place = {
    name: firstText(named.name, named.commit),
    version: textOf(named.version, 200),
    ecosystem: textOf(named.ecosystem),
    path,
  };
  if (place.name === '') {
    facts.unread += 1;
    return;
  }
  facts.read += 1;
  const entries = itemsOf(entry.vulnerabilities);
  const groups = itemsOf(entry.groups);
  const grouped = new Set(groups.flatMap((group) => textsOf(group.ids)));
  for (const group of groups) {
    const ids = new Set(textsOf(group.ids));
    yield* counted(
      facts,
      vulnerability(
        entries.filter((one) => ids.has(textOf(one.id))),
        group,
        place,
      ),
    );
  }
  for (const one of entries.filter(({ id }) => !grouped.has(textOf(id))))
    yield* counted(facts, vulnerability([one], {}, place));
  for (const license of textsOf(entry.license_violations)) yield licenseViolation(license, place);
}

async function* findingsOf(
  report: JsonReport,
  outline: Item,
  facts: ReportFacts,
): AsyncGenerator<ReportedFinding> {
  for await (const { value: result } of entriesIn(report, outline.results, facts)) {
    const path = pathOfUri(textOf(itemOf(result.source).path));
    for await (const { value } of entriesIn(report, result.packages, facts)) {
      yield* packageFindings(value, path, facts);
    }
  }
}

async function parse(report: JsonReport): Promise<ParsedReport> {
  const facts = { ...emptyFacts(), toolName: 'OSV-Scanner' };
  const outline = itemOf(await report.outline(report.whole, osvScanner.streamed, osvScanner.skipped));
  facts.targets = new Set(
    itemsOf(outline.results).map((result) => pathOfUri(textOf(itemOf(result.source).path))),
  );
  return { facts, findings: findingsOf(report, outline, facts) };
}

/** OSV-Scanner's JSON, versions 1 and 2. Without anything to report only its settings tell that it ran. */
export const osvScanner: ReportParser = {
  tool: 'osv-scanner',
  streamed: ['results.*.packages'],
  skipped: ['image_metadata'],
  recognises: ({ root, sample, first }) =>
    root === 'object' &&
    'results' in sample &&
    ('packages' in (first.results ?? {}) || 'experimental_config' in sample || 'license_summary' in sample),
  parse,
};
