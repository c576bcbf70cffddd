import type { JsonReport } from './json-report';
import {
  counted,
  emptyFacts,
  entriesIn,
  type Occurrence,
  type ParseContext,
  type ParsedReport,
  type ReportedFinding,
  type ReportFacts,
  type ReportParser,
  type ReportShape,
} from './parser';
import {
  firstText,
  type Item,
  itemOf,
  lineOf,
  optional,
  ratingOf,
  TITLE_LENGTH_MAX,
  textOf,
  textsOf,
} from './values';

const TAG_SEVERITY = /^(?:severity:)?(critical|high|medium|low)$/i;

/** Version 8 writes names with capitals, versions 2 to 7 small ones, the wrapper of some tools has underscores. */
function isLeak(item: Item): boolean {
  const names = Object.keys(item);
  if (['RuleID', 'Secret', 'File'].filter((name) => names.includes(name)).length >= 2) return true;
  return (
    names.includes('rule') && ['offender', 'line', 'commit', 'rule_id'].some((name) => names.includes(name))
  );
}

function severityOfTags(item: Item): string {
  const tags = typeof item.Tags === 'string' ? [item.Tags] : textsOf(item.Tags);
  return firstText(item.severity, ...tags.map((tag) => TAG_SEVERITY.exec(tag)?.[1]));
}

/** What the scanner was told to hide: nothing of the secret is left to tell two of them apart. */
function isRedacted(secret: string): boolean {
  return secret === '' || secret === 'REDACTED' || /^\*+$/.test(secret);
}

function placeOf(item: Item): Occurrence {
  const line = lineOf(item.StartLine ?? item.lineNumber ?? item.start_line);
  const endLine = lineOf(item.EndLine ?? item.end_line);
  return {
    ...optional('path', item.File ?? item.file),
    ...(line === undefined ? {} : { line }),
    ...(endLine === undefined || endLine === line ? {} : { endLine }),
    ...optional('commit', item.Commit ?? item.commit, 80),
    ...optional('author', item.Author ?? item.author, 200),
    ...optional('date', item.Date ?? item.date, 40),
  };
}

/** The secret is digested here and goes no further; neither do the match, the line and the commit's message. */
function findingOf(item: Item, { digestSecret }: ParseContext): ReportedFinding {
  const rule = firstText(item.RuleID, item.rule_id, item.rule) || 'unnamed-rule';
  const given = item.Secret ?? item.offender ?? item.Match;
  const secret = typeof given === 'string' ? given : '';
  const place = placeOf(item);
  const isWeak = isRedacted(secret.trim());
  const identity = isWeak
    ? [place.path ?? '', 'position', place.commit ?? '', String(place.line ?? '')]
    : [place.path ?? '', 'secret', digestSecret(secret)];
  return {
    kind: 'secret',
    ids: [rule],
    identity,
    ...(isWeak ? { isWeak } : {}),
    ...ratingOf({ severity: severityOfTags(item) }, 'high'),
    title: textOf(firstText(item.Description, item.description, item.rule, rule), TITLE_LENGTH_MAX),
    ...(place.path === undefined ? {} : { path: place.path }),
    ...(place.line === undefined ? {} : { line: place.line }),
    occurrences: [place],
  };
}

async function* findings(
  report: JsonReport,
  list: unknown,
  facts: ReportFacts,
  context: ParseContext,
): AsyncGenerator<ReportedFinding> {
  for await (const { value } of entriesIn(report, list, facts))
    yield* counted(facts, isLeak(value) ? findingOf(value, context) : null);
}

function isWrapper({ root, sample }: ReportShape): boolean {
  return root === 'object' && 'leaks' in sample;
}

async function parse(report: JsonReport, context: ParseContext): Promise<ParsedReport> {
  const facts = { ...emptyFacts(), toolName: 'gitleaks' };
  const start = (await report.head(200)).trimStart()[0];
  if (start !== '[' && start !== '{') return { facts, findings: findings(report, null, facts, context) };
  if (start === '[') return { facts, findings: findings(report, report.wholeList(), facts, context) };
  const outline = itemOf(await report.outline(report.whole, gitleaks.streamed, gitleaks.skipped));
  const errors = textsOf(outline.errors).length;
  if (errors > 0) facts.warnings.push(`Gitleaks reports ${errors} errors of its own.`);
  return { facts, findings: findings(report, outline.leaks, facts, context) };
}

/** Gitleaks: `null`, `[]`, lists of version 2 to 8, and `{leaks, errors}`. */
export const gitleaks: ReportParser = {
  tool: 'gitleaks',
  streamed: ['leaks'],
  skipped: [],
  emptyForms: ['list', 'null'],
  recognises: (shape) =>
    shape.root === 'null' ||
    isWrapper(shape) ||
    (shape.root === 'array' && (shape.isEmpty || isLeak(shape.sample))),
  parse,
};
