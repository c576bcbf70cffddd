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
} from './parser';
import { firstText, type Item, itemOf, lineOf, optional, TITLE_LENGTH_MAX, textOf } from './values';

const RULE_PREFIX = /^.*secretlint-rule-/;
/** Where Bulwark's own runs keep the copy that they scan. */
const SCRATCH = /^.*\/bulwark-scan-[^/]+\/tree\//;

/** The text that was matched. The tool masks its messages, but hands the whole file over. */
function secretOf(message: Item, source: unknown): string {
  const range = Array.isArray(message.range) ? message.range.map(Number) : [];
  const [start = Number.NaN, end = Number.NaN] = range;
  if (typeof source !== 'string' || !(start >= 0 && end > start)) return '';
  return source.slice(start, end).trim();
}

function placeOf(message: Item, path: string): Occurrence {
  const loc = itemOf(message.loc);
  const line = lineOf(itemOf(loc.start).line);
  const endLine = lineOf(itemOf(loc.end).line);
  return {
    ...optional('path', path),
    ...(line === undefined ? {} : { line }),
    ...(endLine === undefined || endLine === line ? {} : { endLine }),
  };
}

/** The secret is digested here and goes no further; neither do the message, its data and the file's text. */
function findingOf(message: Item, file: Item, { digestSecret }: ParseContext): ReportedFinding {
  const rule = textOf(message.ruleId).replace(RULE_PREFIX, '') || 'unnamed-rule';
  const kind = firstText(message.messageId, 'secret');
  const path = textOf(file.filePath).replace(SCRATCH, '');
  const place = placeOf(message, path);
  const secret = secretOf(message, file.sourceContent);
  const isWeak = secret === '' || /^\*+$/.test(secret);
  return {
    kind: 'secret',
    ids: [`${rule}/${kind}`],
    identity: isWeak ? [path, 'position', String(place.line ?? '')] : [path, 'secret', digestSecret(secret)],
    ...(isWeak ? { isWeak } : {}),
    severity: message.severity === 'error' ? 'high' : message.severity === 'warning' ? 'medium' : 'info',
    title: textOf(`${rule}: ${kind.replaceAll('_', ' ')}`, TITLE_LENGTH_MAX),
    ...(path === '' ? {} : { path }),
    ...(place.line === undefined ? {} : { line: place.line }),
    occurrences: [place],
  };
}

/** Its own rules, and those of others that follow its custom of names. */
const isMessage = (message: Item) => textOf(message.ruleId) !== '' && textOf(message.message) !== '';

async function* findings(
  report: JsonReport,
  facts: ReportFacts,
  context: ParseContext,
): AsyncGenerator<ReportedFinding> {
  for await (const { value } of entriesIn(report, report.wholeList(), facts)) {
    if (!Array.isArray(value.messages) || textOf(value.filePath) === '') {
      facts.unread += 1;
      continue;
    }
    facts.read += 1;
    for await (const { value: message } of entriesIn(report, value.messages, facts)) {
      if (message.type !== undefined && message.type !== 'message') continue;
      yield* counted(facts, isMessage(message) ? findingOf(message, value, context) : null);
    }
  }
}

async function parse(report: JsonReport, context: ParseContext): Promise<ParsedReport> {
  const facts = { ...emptyFacts(), toolName: 'secretlint' };
  return { facts, findings: findings(report, facts, context) };
}

/** secretlint's JSON: a list of files with their messages. */
export const secretlint: ReportParser = {
  tool: 'secretlint',
  streamed: [],
  skipped: [],
  emptyForms: ['list'],
  // ESLint writes the same two names, and counts beside them.
  recognises: ({ root, isSequence, sample }) =>
    root === 'array' &&
    !isSequence &&
    'filePath' in sample &&
    'messages' in sample &&
    !('errorCount' in sample),
  parse,
};
