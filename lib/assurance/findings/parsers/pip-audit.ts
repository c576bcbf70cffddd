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
  type Item,
  itemOf,
  itemsOf,
  optional,
  ratingOf,
  referencesOf,
  resolveIds,
  TEXT_LENGTH_MAX,
  TITLE_LENGTH_MAX,
  textOf,
  textsOf,
} from './values';

const NAMES_SHOWN = 3;

/** Names of Python packages are the same in any letters and separators (PEP 503). */
const normalized = (name: string) => name.toLowerCase().replaceAll(/[-_.]+/g, '-');

function findingOf(item: Item, name: string, version: string): ReportedFinding | null {
  const own = textOf(item.id, 200);
  if (own === '') return null;
  const aliases = aliasesOf(own, textsOf(item.aliases));
  return {
    kind: 'vulnerability',
    ids: resolveIds(own, aliases),
    identity: [normalized(name)],
    aliases,
    ...ratingOf({}),
    title: textOf(`${own} in ${name}`, TITLE_LENGTH_MAX),
    ...optional('description', item.description, TEXT_LENGTH_MAX),
    package: name,
    ...optional('installedVersion', version, 200),
    ...optional('fixedVersion', textsOf(item.fix_versions).join(', '), 200),
    ...optional('purl', version && `pkg:pypi/${encodeURIComponent(normalized(name))}@${version}`),
    references: referencesOf(`https://osv.dev/vulnerability/${encodeURIComponent(own)}`),
    occurrences: [{ ...optional('version', version, 200) }],
  };
}

async function* dependencyFindings(
  report: JsonReport,
  list: unknown,
  facts: ReportFacts,
): AsyncGenerator<ReportedFinding> {
  const skipped: string[] = [];
  for await (const { value } of entriesIn(report, list, facts)) {
    const name = textOf(value.name);
    const isSkipped = textOf(value.skip_reason) !== '';
    if (name === '' || (!isSkipped && !Array.isArray(value.vulns))) {
      facts.unread += 1;
      continue;
    }
    facts.read += 1;
    if (isSkipped) skipped.push(name);
    for (const item of itemsOf(value.vulns))
      yield* counted(facts, findingOf(item, name, textOf(value.version, 200)));
  }
  if (skipped.length === 0) return;
  const more = skipped.length > NAMES_SHOWN ? ` and ${skipped.length - NAMES_SHOWN} more` : '';
  facts.warnings.push(`pip-audit skipped ${skipped.slice(0, NAMES_SHOWN).join(', ')}${more}.`);
}

async function parse(report: JsonReport): Promise<ParsedReport> {
  const facts = { ...emptyFacts(), toolName: 'pip-audit' };
  if ((await report.head(200)).trimStart().startsWith('['))
    return { facts, findings: dependencyFindings(report, report.wholeList(), facts) };
  const outline = itemOf(await report.outline(report.whole, pipAudit.streamed, pipAudit.skipped));
  return { facts, findings: dependencyFindings(report, outline.dependencies, facts) };
}

/** pip-audit's JSON: `{dependencies, fixes}`, and the list of versions before 2.5. It rates nothing. */
export const pipAudit: ReportParser = {
  tool: 'pip-audit',
  streamed: ['dependencies'],
  skipped: ['fixes'],
  recognises: ({ root, isSequence, sample, first }) =>
    root === 'object'
      ? 'dependencies' in sample &&
        ('fixes' in sample ||
          'vulns' in (first.dependencies ?? {}) ||
          'skip_reason' in (first.dependencies ?? {}))
      : root === 'array' && !isSequence && 'name' in sample && ('vulns' in sample || 'skip_reason' in sample),
  parse,
};
