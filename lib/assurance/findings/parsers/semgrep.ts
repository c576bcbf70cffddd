import { createHash } from 'node:crypto';
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
import { ReportProblem } from './report-problem';
import { pathOfUri } from './sarif-run';
import {
  aliasesOf,
  firstText,
  type Item,
  itemOf,
  itemsOf,
  lineOf,
  listOf,
  optional,
  ratingOf,
  referencesOf,
  TITLE_LENGTH_MAX,
  textOf,
  textsOf,
} from './values';

const NAMES_SHOWN = 3;
/** What Semgrep writes in place of code and fingerprints without an account. */
const NOT_TOLD = 'requires login';
/** Of `paths.skipped`: meant to be looked at, and not looked at to the end. */
const FAILED_SKIPS = /failed|timeout|too_many_matches|memory|internal_error/i;

/** The most stable of what tells two results of a rule in a file apart; code leaves as a keyed digest only. */
function fingerprintOf(extra: Item, { digestSecret }: ParseContext): string {
  const given = textOf(extra.fingerprint).replace(/_\d+$/, '');
  if (given.length >= 8 && given !== NOT_TOLD) return given;
  const code = typeof extra.lines === 'string' ? extra.lines.replaceAll(/\s+/g, '') : '';
  if (code !== '' && code !== NOT_TOLD.replaceAll(' ', '')) return `code:${digestSecret(code)}`;
  const message = textOf(extra.message).replaceAll(/\d+/g, '#');
  return `message:${createHash('sha256').update(message).digest('hex')}`;
}

function findingOf(item: Item, context: ParseContext): ReportedFinding | null {
  const rule = textOf(item.check_id, 300);
  const path = pathOfUri(textOf(item.path));
  if (rule === '' || path === '') return null;
  const extra = itemOf(item.extra);
  const metadata = itemOf(extra.metadata);
  const line = lineOf(itemOf(item.start).line);
  const endLine = lineOf(itemOf(item.end).line);
  const dependency = itemOf(itemOf(extra.sca_info).dependency_match);
  const found = itemOf(dependency.found_dependency);
  const aliases =
    'sca_info' in extra
      ? aliasesOf(rule, textOf(metadata['sca-vuln-database-identifier']), textsOf(metadata.cve))
      : [];
  return {
    kind: 'sca_info' in extra ? 'vulnerability' : 'code',
    ids: [aliases.find((one) => one.startsWith('CVE-')) ?? rule],
    identity: [path, firstText(found.package), fingerprintOf(extra, context)],
    isMember: true,
    aliases,
    ...ratingOf({ severity: firstText(metadata['sca-severity'], extra.severity) }),
    title: textOf(firstText(metadata.shortDescription, rule.split('.').at(-1), rule), TITLE_LENGTH_MAX),
    ...optional('description', extra.message, 2_000),
    ...optional('package', found.package),
    ...optional('installedVersion', found.version, 200),
    path,
    ...(line === undefined ? {} : { line }),
    cwes: (Array.isArray(metadata.cwe) ? textsOf(metadata.cwe) : [textOf(metadata.cwe)])
      .flatMap((one) => /CWE-\d{1,5}/i.exec(one)?.[0].toUpperCase() ?? [])
      .slice(0, 10),
    references: referencesOf(metadata.source, ...textsOf(metadata.references)),
    occurrences: [
      {
        path,
        ...(line === undefined ? {} : { line }),
        ...(endLine === undefined || endLine === line ? {} : { endLine }),
      },
    ],
    ...(extra.is_ignored === true
      ? {
          verdict: {
            decision: 'suppressed_in_tool',
            justification: null,
            note: 'nosemgrep',
            source: 'tool',
            at: null,
          },
        }
      : {}),
  };
}

function shown(paths: readonly string[]): string {
  const names = [...new Set(paths)];
  const more = names.length > NAMES_SHOWN ? ` and ${names.length - NAMES_SHOWN} more` : '';
  return names.slice(0, NAMES_SHOWN).join(', ') + more;
}

/** What was not analyzed, in sentences: nothing in it may count as fixed. */
function gapsOf(outline: Item): string[] {
  const errors = itemsOf(outline.errors).filter((one) => textOf(one.level).toLowerCase() !== 'info');
  const [inFiles, others] = [
    errors.filter((one) => textOf(one.path)),
    errors.filter((one) => !textOf(one.path)),
  ];
  const skipped = itemsOf(itemOf(outline.paths).skipped).filter((one) =>
    FAILED_SKIPS.test(textOf(one.reason)),
  );
  const files = [...inFiles, ...skipped].map((one) => pathOfUri(textOf(one.path)));
  const rules = listOf(outline.skipped_rules).length;
  return [
    ...(files.length > 0 ? [`Semgrep could not analyze all of ${shown(files)}.`] : []),
    ...others.map(
      (one) =>
        `Semgrep reports an error: ${textOf(firstText(one.message, one.type, 'unknown'), 200).split('\n')[0]}`,
    ),
    ...(rules > 0 ? [`Semgrep skipped ${rules} of its rules.`] : []),
  ];
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
  const facts = { ...emptyFacts(), toolName: 'Semgrep' };
  const outline = itemOf(await report.outline(report.whole, semgrep.streamed, semgrep.skipped));
  facts.toolVersion = textOf(outline.version, 60) || null;
  facts.warnings.push(...gapsOf(outline));
  const isEmpty = listOf(itemOf(outline.paths).scanned).length === 0 && facts.warnings.length > 0;
  if (isEmpty)
    throw new ReportProblem(
      `Semgrep looked at no file. ${facts.warnings[0]} Run it again until it ends without errors.`,
    );
  return { facts, findings: findingsOf(report, outline, facts, context) };
}

/** Semgrep's JSON: code, and with an account dependencies (`sca_info`). */
export const semgrep: ReportParser = {
  tool: 'semgrep',
  streamed: ['results'],
  skipped: ['time', 'explanations', 'profiling_results'],
  recognises: ({ root, sample, first }) =>
    root === 'object' &&
    'results' in sample &&
    'errors' in sample &&
    ('paths' in sample || 'check_id' in (first.results ?? {})),
  parse,
};
