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
import {
  aliasesOf,
  digestsIn,
  firstText,
  type Item,
  itemOf,
  itemsOf,
  numberOf,
  optional,
  ratingOf,
  referencesOf,
  resolveIds,
  TEXT_LENGTH_MAX,
  TITLE_LENGTH_MAX,
  textOf,
  textsOf,
  withoutTag,
} from './values';

const OS_PACKAGES = new Set(['deb', 'rpm', 'apk', 'alpm', 'portage']);
const OS_PLACE = '<os>';

/** CVSS 4 before 3 before 2, and in each the source that the list names first. */
function scoreOf(lists: readonly unknown[]): { score?: number | undefined; vector?: string } {
  const all = lists.flatMap((list) => itemsOf(list));
  for (const major of ['4', '3', '2']) {
    const found = all.find((one) => textOf(one.version).startsWith(major));
    if (found) return { score: numberOf(itemOf(found.metrics).baseScore), vector: textOf(found.vector, 200) };
  }
  return {};
}

function findingOf(match: Item): ReportedFinding | null {
  const found = itemOf(match.vulnerability);
  const artifact = itemOf(match.artifact);
  const own = textOf(found.id, 200);
  const name = textOf(artifact.name);
  if (own === '' || name === '') return null;
  const related = itemsOf(match.relatedVulnerabilities);
  const aliases = aliasesOf(
    own,
    related.map((one) => textOf(one.id)),
  );
  // An advisory of a distribution may stand for many CVEs; then none of them is its other name.
  const isOne = aliases.filter((one) => one.startsWith('CVE-')).length <= 1;
  const type = textOf(artifact.type);
  const path = textOf(itemsOf(artifact.locations)[0]?.path);
  const place = OS_PACKAGES.has(type) ? OS_PLACE : path;
  const rules = itemsOf(match.appliedIgnoreRules);
  return {
    kind: 'vulnerability',
    ids: isOne ? resolveIds(own, aliases) : [own],
    identity: [type, name, place],
    aliases,
    ...ratingOf({ severity: found.severity, ...scoreOf([found.cvss, ...related.map((one) => one.cvss)]) }),
    title: textOf(`${own} in ${name}`, TITLE_LENGTH_MAX),
    ...optional(
      'description',
      firstText(found.description, ...related.map((one) => one.description)),
      TEXT_LENGTH_MAX,
    ),
    package: name,
    ...optional('installedVersion', artifact.version, 200),
    ...optional('fixedVersion', textsOf(itemOf(found.fix).versions).join(', '), 200),
    ...optional('purl', artifact.purl),
    ...optional('path', place),
    references: referencesOf(found.dataSource, ...textsOf(found.urls)),
    occurrences: [{ ...optional('version', artifact.version, 200), ...optional('path', path) }],
    ...(rules.length === 0
      ? {}
      : {
          verdict: {
            decision:
              textOf(rules[0]?.['vex-status']) === 'not_affected' ? 'not_affected' : 'suppressed_in_tool',
            justification: null,
            note:
              firstText(
                ...rules.map((rule) => rule.reason),
                ...rules.map((rule) => rule['vex-justification']),
              ) || null,
            source: 'tool',
            at: null,
          },
        }),
  };
}

async function* findingsOf(
  report: JsonReport,
  outline: Item,
  facts: ReportFacts,
): AsyncGenerator<ReportedFinding> {
  for (const list of [outline.matches, outline.ignoredMatches])
    for await (const { value } of entriesIn(report, list, facts)) yield* counted(facts, findingOf(value));
}

/** Settings that leave matches out of the report. */
function filtersOf(configuration: Item): string | null {
  const names = ['only-fixed', 'only-notfixed'].filter((name) => configuration[name] === true);
  const states = textsOf(configuration['ignore-wontfix'] === '' ? [] : [configuration['ignore-wontfix']]);
  return [...names, ...states.map((state) => `ignore-states ${state}`)].join(', ') || null;
}

async function parse(report: JsonReport): Promise<ParsedReport> {
  const facts = { ...emptyFacts(), toolName: 'Grype' };
  const outline = itemOf(await report.outline(report.whole, grype.streamed, grype.skipped));
  const descriptor = itemOf(outline.descriptor);
  facts.toolVersion = textOf(descriptor.version, 60) || null;
  facts.options = filtersOf(itemOf(descriptor.configuration));
  const { target } = itemOf(outline.source);
  const { userInput, imageID, manifestDigest, repoDigests } = itemOf(target);
  facts.images = digestsIn(imageID, manifestDigest, repoDigests, userInput);
  const name = withoutTag(firstText(target, userInput));
  if (name !== '') facts.targets.add(name);
  return { facts, findings: findingsOf(report, outline, facts) };
}

/** Grype's JSON. What its ignore rules or a VEX document took out is set aside by the tool, not gone. */
export const grype: ReportParser = {
  tool: 'grype',
  streamed: ['matches', 'ignoredMatches'],
  skipped: [],
  recognises: ({ root, sample }) =>
    root === 'object' &&
    'matches' in sample &&
    'descriptor' in sample &&
    ['', 'grype'].includes(textOf(itemOf(sample.descriptor).name)),
  parse,
};
