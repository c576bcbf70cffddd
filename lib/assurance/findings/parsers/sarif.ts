import { createHash } from 'node:crypto';
import type { JsonReport } from './json-report';
import {
  emptyFacts,
  entriesIn,
  type ParseContext,
  type ParsedReport,
  type ReportedFinding,
  type ReportFacts,
  type ReportParser,
} from './parser';
import { ReportProblem } from './report-problem';
import { isFailing, isReadable, SarifRun, suppressionOf } from './sarif-run';
import {
  aliasesOf,
  digestsIn,
  firstText,
  type Item,
  itemOf,
  itemsOf,
  optional,
  referencesOf,
  TITLE_LENGTH_MAX,
  textOf,
  textsOf,
} from './values';

const FINGERPRINT_LENGTH_MIN = 8;
const GAPS_SHOWN = 3;
const DENIED_VALUES = new Set(['requires login']);
const DENIED_NAMES = new Set(['commitsha', 'email', 'author', 'date', 'commitmessage']);

const digest = (text: string) => createHash('sha256').update(text).digest('hex');

function usableValues(fingerprints: Item, first: string): string[] {
  const names = Object.keys(fingerprints).sort(
    (a, b) => Number(b === first) - Number(a === first) || (a < b ? -1 : 1),
  );
  return names
    .filter((name) => !DENIED_NAMES.has(name.split('/')[0]?.toLowerCase() ?? ''))
    .map((name) => fingerprints[name])
    .filter((value) => typeof value === 'string')
    .filter((value) => value.length >= FINGERPRINT_LENGTH_MIN && !DENIED_VALUES.has(value.toLowerCase()));
}

/** What may tell one result from another of its rule in its file, the most stable first. */
function candidatesOf(run: SarifRun, result: Item, message: string): string[] {
  const snippet = run.snippetOf(result).replaceAll(/\s+/g, '');
  const partial = itemOf(result.partialFingerprints);
  const lineHash = Object.keys(partial).find((name) => name.startsWith('primaryLocationLineHash')) ?? '';
  return [
    ...usableValues(itemOf(result.fingerprints), ''),
    ...usableValues(partial, lineHash),
    ...(snippet === '' ? [] : [`snippet:${digest(snippet)}`]),
    `message:${digest(message.replaceAll(/\d+/g, '#'))}`,
  ];
}

interface Result {
  item: Item;
  ruleId: string;
  uri: string;
  message: string;
  candidates: string[];
}

function read(run: SarifRun, item: Item): Result {
  const rule = run.ruleOf(item);
  const message = run.messageOf(item, rule);
  const uri = run.placesOf(item)[0]?.path ?? '';
  return { item, ruleId: rule.id, uri, message, candidates: candidatesOf(run, item, message) };
}

async function* failing(report: JsonReport, run: SarifRun): AsyncGenerator<Item> {
  for await (const { value } of report.members(run.run.results))
    if (isReadable(value) && isFailing(value)) yield value;
}

/** Fingerprints that stand for more than one rule or file of the run tell nothing apart: a placeholder, a file's hash. */
async function sharedFingerprints(report: JsonReport, run: SarifRun): Promise<Set<string>> {
  const owners = new Map<string, string>();
  const shared = new Set<string>();
  for await (const item of failing(report, run)) {
    const { ruleId, uri, candidates } = read(run, item);
    const owner = digest(`${ruleId}\u001f${uri}`).slice(0, 16);
    for (const candidate of candidates.filter((one) => !/^(snippet|message):/.test(one))) {
      const known = owners.get(candidate);
      if (known === undefined) owners.set(candidate, owner);
      else if (known !== owner) shared.add(candidate);
    }
  }
  return shared;
}

/** Gitleaks writes the secret as the snippet and the commit as fingerprints: digested here, then dropped. */
function identityOf(
  run: SarifRun,
  result: Result,
  shared: ReadonlySet<string>,
  context: ParseContext,
): string[] {
  if (run.driver.toLowerCase() === 'gitleaks') {
    const secret = run.snippetOf(result.item);
    return [run.driver, result.uri, context.digestSecret(secret)];
  }
  const fingerprint = result.candidates.find((one) => !shared.has(one)) ?? '';
  return [run.driver, result.uri, fingerprint];
}

function findingOf(run: SarifRun, result: Result, identity: string[]): ReportedFinding {
  const { item, ruleId, message } = result;
  const rule = run.ruleOf(item).item;
  const places = run.placesOf(item);
  const line = places[0]?.line;
  const suppression = suppressionOf(item);
  const isSecret = run.driver.toLowerCase() === 'gitleaks';
  const words = itemOf(rule.shortDescription).text ?? rule.name;
  const aliases = aliasesOf(ruleId);
  return {
    kind: isSecret ? 'secret' : aliases.length > 0 ? 'vulnerability' : 'code',
    ids: [ruleId],
    identity,
    isMember: !isSecret,
    aliases,
    ...run.severityOf(item, run.ruleOf(item)),
    title: textOf(firstText(words, message, ruleId), TITLE_LENGTH_MAX),
    ...(isSecret ? {} : optional('description', message, 2_000)),
    ...optional('path', result.uri),
    ...(line === undefined ? {} : { line }),
    cwes: textsOf(itemOf(rule.properties).tags)
      .flatMap((tag) => /CWE-\d{1,5}/i.exec(tag)?.[0].toUpperCase() ?? [])
      .slice(0, 10),
    references: referencesOf(rule.helpUri),
    occurrences: places,
    ...(suppression === null
      ? {}
      : {
          verdict: {
            decision: 'suppressed_in_tool',
            justification: null,
            note: suppression.slice(0, 300),
            source: 'tool',
            at: null,
          },
        }),
  };
}

async function* runFindings(
  report: JsonReport,
  run: SarifRun,
  facts: ReportFacts,
  context: ParseContext,
): AsyncGenerator<ReportedFinding> {
  const shared = await sharedFingerprints(report, run);
  const seen = new Set<string>();
  for await (const { value: item } of entriesIn(report, run.run.results, facts)) {
    if (!isReadable(item)) {
      facts.unread += 1;
      continue;
    }
    facts.read += 1;
    if (!isFailing(item)) continue;
    const result = read(run, item);
    const region = itemOf(itemOf(itemOf(itemsOf(item.locations)[0]).physicalLocation).region);
    const place = [region.startLine, region.startColumn, region.endLine, region.endColumn]
      .map((one) => textOf(one))
      .join(':');
    const repeat = digest([result.ruleId, result.uri, place, result.message].join('\u001f'));
    if (seen.has(repeat)) continue;
    seen.add(repeat);
    yield findingOf(run, result, identityOf(run, result, shared, context));
  }
}

async function* findingsOf(
  report: JsonReport,
  runs: readonly SarifRun[],
  facts: ReportFacts,
  context: ParseContext,
): AsyncGenerator<ReportedFinding> {
  for (const run of runs) {
    facts.warnings.push(...run.warnings);
    yield* runFindings(report, run, facts, context);
  }
}

function refuse(outline: Item): void {
  const version = textOf(outline.version, 20);
  if (version !== '' && version !== '2.1.0') {
    throw new ReportProblem(
      `This is SARIF ${version}. Only 2.1.0 is read: let the tool write SARIF 2.1.0, or convert the file with "sarif transform".`,
    );
  }
  if (itemsOf(outline.runs).length === 0) {
    throw new ReportProblem(
      'This SARIF file contains no runs, so nothing was scanned. Run the scanner and upload the new file.',
    );
  }
}

const hasResults = ({ run }: SarifRun) => run.results !== undefined && run.results !== null;

/** What a run says of itself where it did not end well: its results count, its absences do not. */
function sentenceOf(run: SarifRun, gaps: readonly string[]): string {
  const more = gaps.length > GAPS_SHOWN ? ` and ${gaps.length - GAPS_SHOWN} more` : '';
  const said = gaps.slice(0, GAPS_SHOWN).map((gap) => `"${gap}"`);
  return `${run.driver} did not analyze everything: ${said.join(', ')}${more}.`;
}

/** The runs that have results. Another one that failed is said, and refuses none of them. */
function checkedRuns(outline: Item, warnings: string[]): SarifRun[] {
  const runs = itemsOf(outline.runs).map((run) => new SarifRun(run));
  const told = runs.filter(hasResults);
  for (const run of runs) {
    const { gaps } = run;
    if (gaps.length > 0) warnings.push(sentenceOf(run, gaps));
    else if (!hasResults(run))
      warnings.push(`The run of ${run.driver} contains no results list, so it did not end.`);
  }
  const [first] = runs;
  if (told.length === 0 && first) {
    const [gap] = first.gaps;
    throw new ReportProblem(
      gap === undefined
        ? `The run of ${first.driver} contains no results list, so the scan did not complete. Run it again.`
        : `${first.driver} did not finish ("${gap}"). Run it again until it ends without errors.`,
    );
  }
  return told;
}

/** A run that failed and found nothing says nothing at all. */
async function refuseEmptyFailure(report: JsonReport, runs: readonly SarifRun[]): Promise<void> {
  for (const run of runs) {
    if (run.gaps.length === 0) return;
    for await (const _ of report.members(run.run.results)) return;
  }
  const [run] = runs;
  if (run)
    throw new ReportProblem(
      `${run.driver} did not finish ("${run.gaps[0]}") and found nothing. Run it again until it ends without errors.`,
    );
}

async function parse(report: JsonReport, context: ParseContext): Promise<ParsedReport> {
  const outline = itemOf(await report.outline(report.whole, sarif.streamed, sarif.skipped));
  refuse(outline);
  const warnings: string[] = [];
  const runs = checkedRuns(outline, warnings);
  await refuseEmptyFailure(report, runs);
  const names = runs.map((run) => {
    const automation = firstText(itemOf(run.run.automationDetails).id).replace(/\/[^/]*$/, '');
    return automation ? `${run.driver} ${automation}` : run.driver;
  });
  const facts = emptyFacts([...new Set(names)].sort().join(' + ').slice(0, 200));
  facts.warnings.push(...warnings);
  const driver = itemOf(itemOf(runs[0]?.run.tool).driver);
  facts.toolName = [...new Set(runs.map((run) => run.driver))].join(', ').slice(0, 200);
  facts.toolVersion =
    runs.length === 1 ? firstText(driver.semanticVersion, driver.version).slice(0, 60) || null : null;
  facts.targets = new Set(names);
  facts.options = [...new Set(runs.flatMap((run) => run.filters))].sort().join(' ').slice(0, 500) || null;
  facts.images = digestsIn(
    ...runs.flatMap(({ run }) => {
      const { imageID, imageName, repoDigests } = itemOf(run.properties);
      return [imageID, imageName, repoDigests];
    }),
  );
  return { facts, findings: findingsOf(report, runs, facts, context) };
}

/** SARIF 2.1.0 of any tool. */
export const sarif: ReportParser = {
  tool: 'sarif',
  streamed: ['runs.*.results'],
  skipped: [
    'runs.*.graphs',
    'runs.*.logicalLocations',
    'runs.*.threadFlowLocations',
    'runs.*.taxonomies',
    'runs.*.addresses',
    'inlineExternalProperties',
  ],
  recognises: ({ root, sample }) => root === 'object' && 'runs' in sample && !('bomFormat' in sample),
  parse,
};
