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
import { ReportProblem } from './report-problem';
import {
  aliasesOf,
  firstText,
  type Item,
  itemOf,
  lineOf,
  listOf,
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

const NAMES_SHOWN = 3;

function placeOf(item: Item): { path: string; line: number | undefined; endLine: number | undefined } {
  const [start, end] = listOf(item.file_line_range);
  return {
    path: firstText(item.repo_file_path, item.file_path).replace(/^\/+/, ''),
    line: lineOf(start),
    endLine: lineOf(end),
  };
}

/** A package with a vulnerability, where Checkov looks at packages too. */
function vulnerability(item: Item, details: Item): ReportedFinding | null {
  const own = textOf(details.id, 200);
  const name = textOf(details.package_name);
  if (own === '' || name === '') return null;
  const aliases = aliasesOf(own);
  const { path } = placeOf(item);
  const version = textOf(details.package_version, 200);
  return {
    kind: 'vulnerability',
    ids: resolveIds(own, aliases),
    identity: [name, path],
    aliases,
    ...ratingOf({
      severity: firstText(details.severity, item.severity),
      score: numberOf(details.cvss),
      vector: details.vector,
    }),
    title: textOf(`${own} in ${name}`, TITLE_LENGTH_MAX),
    ...optional('description', firstText(details.description, item.description), TEXT_LENGTH_MAX),
    package: name,
    ...optional('installedVersion', version),
    ...optional('fixedVersion', firstText(details.lowest_fixed_version, details.fix_version), 200),
    ...optional('path', path),
    references: referencesOf(details.link, item.guideline),
    occurrences: [{ ...optional('version', version), ...optional('path', path) }],
  };
}

function findingOf(item: Item, checkType: string, { digestSecret }: ParseContext): ReportedFinding | null {
  const details = itemOf(item.vulnerability_details);
  if (textOf(details.id) !== '') return vulnerability(item, details);
  const rule = firstText(item.check_id, item.bc_check_id);
  const { path, line, endLine } = placeOf(item);
  if (rule === '' || path === '') return null;
  const isSecret = checkType === 'secrets';
  const resource = textOf(item.resource);
  return {
    kind: isSecret ? 'secret' : 'misconfiguration',
    ids: [rule],
    // Of a secret the resource is its plain SHA-1, which can be guessed.
    identity: [path, isSecret ? digestSecret(resource) : resource],
    ...ratingOf({ severity: item.severity }, isSecret ? 'high' : 'medium'),
    title: textOf(firstText(item.check_name, rule), TITLE_LENGTH_MAX),
    ...optional(
      'description',
      isSecret ? '' : firstText(item.description, resource && `Resource: ${resource}`),
      TEXT_LENGTH_MAX,
    ),
    path,
    ...(line === undefined ? {} : { line }),
    references: referencesOf(item.guideline),
    occurrences: [
      {
        path,
        ...(line === undefined ? {} : { line }),
        ...(endLine === undefined || endLine === line ? {} : { endLine }),
        ...(isSecret ? {} : optional('via', resource)),
      },
    ],
  };
}

function suppressed(item: Item): ReportedVerdict {
  const note = textOf(itemOf(item.check_result).suppress_comment, TITLE_LENGTH_MAX);
  return {
    decision: 'suppressed_in_tool',
    justification: null,
    note: note || null,
    source: 'tool',
    at: null,
  };
}

/** One framework: Terraform, Dockerfile, secrets and so on. */
async function* frameworkFindings(
  report: JsonReport,
  framework: Item,
  facts: ReportFacts,
  context: ParseContext,
): AsyncGenerator<ReportedFinding> {
  const results = itemOf(framework.results);
  const type = textOf(framework.check_type, 60);
  facts.read += (numberOf(itemOf(framework.summary).passed) ?? 0) > 0 ? 1 : 0;
  for await (const { value } of entriesIn(report, results.failed_checks, facts))
    yield* counted(facts, findingOf(value, type, context));
  for await (const { value } of entriesIn(report, results.skipped_checks, facts)) {
    const finding = findingOf(value, type, context);
    yield* counted(facts, finding && { ...finding, verdict: suppressed(value) });
  }
}

function note(framework: Item, facts: ReportFacts): void {
  const type = textOf(framework.check_type, 60);
  const summary = itemOf(framework.summary);
  if (!('check_type' in framework) || !('failed_checks' in itemOf(framework.results))) {
    facts.unread += 1;
    return;
  }
  facts.targets.add(type);
  facts.toolVersion ??= textOf(summary.checkov_version, 60) || null;
  const files = textsOf(itemOf(framework.results).parsing_errors).map((path) => path.replace(/^\/+/, ''));
  const failed = Math.max(files.length, numberOf(summary.parsing_errors) ?? 0);
  if (failed === 0) return;
  const names = files.slice(0, NAMES_SHOWN).join(', ');
  const more = failed > NAMES_SHOWN && names !== '' ? ` and ${failed - NAMES_SHOWN} more` : '';
  facts.warnings.push(
    `Checkov could not parse ${names === '' ? `${failed} files` : names + more} (${type}).`,
  );
}

/** The frameworks: the file is one, or a list of them. */
async function* frameworksOf(report: JsonReport): AsyncGenerator<Item> {
  const isList = (await report.head(200)).trimStart().startsWith('[');
  const ranges = isList ? await report.ranges(report.whole) : [report.whole];
  for (const range of ranges) yield itemOf(await report.outline(range, checkov.streamed, checkov.skipped));
}

async function* findingsOf(
  report: JsonReport,
  facts: ReportFacts,
  context: ParseContext,
): AsyncGenerator<ReportedFinding> {
  for await (const framework of frameworksOf(report))
    yield* frameworkFindings(report, framework, facts, context);
}

async function parse(report: JsonReport, context: ParseContext): Promise<ParsedReport> {
  const facts = { ...emptyFacts(), toolName: 'Checkov' };
  for await (const framework of frameworksOf(report)) {
    if ('resource_count' in framework && !('check_type' in framework))
      throw new ReportProblem(
        'Checkov found nothing that it can check, so nothing was scanned. Check the directory and the framework it was given.',
      );
    note(framework, facts);
  }
  return { facts, findings: findingsOf(report, facts, context) };
}

/** Checkov's JSON: one framework or a list of them; skipped checks are set aside by the tool. */
export const checkov: ReportParser = {
  tool: 'checkov',
  streamed: ['results.failed_checks', 'results.skipped_checks'],
  skipped: ['results.passed_checks', 'results.extra_resources'],
  recognises: ({ root, isSequence, sample }) =>
    root !== 'null' &&
    !isSequence &&
    (('check_type' in sample && 'results' in sample) ||
      ('checkov_version' in sample && 'resource_count' in sample)),
  parse,
};
