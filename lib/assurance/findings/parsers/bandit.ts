import type { JsonReport } from './json-report';
import {
  counted,
  emptyFacts,
  entriesIn,
  type ParseContext,
  type ParsedReport,
  type ReportedFinding,
  type ReportFacts,
  type ReportParser,
} from './parser';
import { pathOfUri } from './sarif-run';
import {
  type Item,
  itemOf,
  itemsOf,
  lineOf,
  listOf,
  numberOf,
  optional,
  ratingOf,
  referencesOf,
  TITLE_LENGTH_MAX,
  textOf,
} from './values';

/** The reported lines without those around them; each stands behind its number. */
function codeOf(item: Item): string {
  const lines = new Set(
    listOf(item.line_range)
      .map(Number)
      .concat(numberOf(item.line_number) ?? []),
  );
  const code = typeof item.code === 'string' ? item.code : '';
  return code
    .split('\n')
    .map((line) => /^\s*(\d+)\s?(.*)$/.exec(line))
    .filter((parts) => parts !== null && lines.has(Number(parts[1])))
    .map((parts) => (parts?.[2] ?? '').replaceAll(/\s+/g, ''))
    .join('');
}

/** Code may hold a password: it leaves as a keyed digest only. */
function findingOf(item: Item, { digestSecret }: ParseContext): ReportedFinding | null {
  const rule = textOf(item.test_id, 60);
  const path = pathOfUri(textOf(item.filename));
  if (rule === '' || path === '') return null;
  const line = lineOf(item.line_number);
  const cwe = numberOf(itemOf(item.issue_cwe).id);
  return {
    kind: 'code',
    ids: [rule],
    identity: [path, digestSecret(codeOf(item))],
    isMember: true,
    ...ratingOf({ severity: item.issue_severity }),
    title: textOf(`${textOf(item.test_name) || rule}`.replaceAll('_', ' '), TITLE_LENGTH_MAX),
    description: textOf(item.issue_text, 2_000).replaceAll(/(['"]).*?\1/g, '$1…$1'),
    path,
    ...(line === undefined ? {} : { line }),
    cwes: cwe === undefined ? [] : [`CWE-${cwe}`],
    references: referencesOf(item.more_info),
    occurrences: [{ ...optional('path', path), ...(line === undefined ? {} : { line }) }],
  };
}

async function* findingsOf(
  report: JsonReport,
  outline: Item,
  facts: ReportFacts,
  context: ParseContext,
): AsyncGenerator<ReportedFinding> {
  for await (const { value } of entriesIn(report, outline.results, facts))
    yield* counted(facts, findingOf(value, context));
}

async function parse(report: JsonReport, context: ParseContext): Promise<ParsedReport> {
  const facts = { ...emptyFacts(), toolName: 'Bandit' };
  const outline = itemOf(await report.outline(report.whole, bandit.streamed, bandit.skipped));
  for (const error of itemsOf(outline.errors))
    facts.warnings.push(
      `Bandit could not analyze ${pathOfUri(textOf(error.filename)) || 'a file'}: ${textOf(error.reason, 200) || 'no reason given'}.`,
    );
  return { facts, findings: findingsOf(report, outline, facts, context) };
}

/** Bandit's JSON. Its texts quote what was found, which may be a password: quotations are left out. */
export const bandit: ReportParser = {
  tool: 'bandit',
  streamed: ['results'],
  skipped: ['metrics'],
  recognises: ({ root, sample }) =>
    root === 'object' && 'results' in sample && 'errors' in sample && 'generated_at' in sample,
  parse,
};
