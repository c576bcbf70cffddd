import type { JsonReport, Member } from './json-report';
import {
  emptyFacts,
  type Occurrence,
  type ParseContext,
  type ParsedReport,
  type ReportedFinding,
  type ReportParser,
} from './parser';
import {
  firstText,
  type Item,
  isItem,
  itemOf,
  itemsOf,
  lineOf,
  optional,
  TITLE_LENGTH_MAX,
  textOf,
} from './values';

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

async function* findings(
  members: AsyncIterable<Member>,
  context: ParseContext,
  warnings: string[],
): AsyncGenerator<ReportedFinding> {
  let unreadable = 0;
  for await (const { value } of members) {
    if (!isItem(value) || !Array.isArray(value.messages)) {
      unreadable += 1;
      continue;
    }
    for (const message of itemsOf(value.messages)) {
      if (message.type === undefined || message.type === 'message') yield findingOf(message, value, context);
    }
  }
  if (unreadable > 0)
    warnings.push(`${unreadable} entries of the report are no files that secretlint writes.`);
}

async function parse(report: JsonReport, context: ParseContext): Promise<ParsedReport> {
  const facts = { ...emptyFacts(), toolName: 'secretlint' };
  return { facts, findings: findings(report.members(report.wholeList()), context, facts.warnings) };
}

/** secretlint's JSON: a list of files with their messages. */
export const secretlint: ReportParser = {
  tool: 'secretlint',
  streamed: [],
  skipped: [],
  recognises: ({ root, sample }) => root === 'array' && 'filePath' in sample && 'messages' in sample,
  parse,
};
