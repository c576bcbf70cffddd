import type { JsonReport } from './json-report';
import {
  emptyFacts,
  type Occurrence,
  type ParsedReport,
  type ReportedFinding,
  type ReportFacts,
  type ReportParser,
} from './parser';
import { ReportProblem } from './report-problem';
import {
  aliasesOf,
  firstText,
  type Item,
  isItem,
  itemOf,
  itemsOf,
  lineOf,
  optional,
  ratingOf,
  referencesOf,
  resolveIds,
  TEXT_LENGTH_MAX,
  TITLE_LENGTH_MAX,
  textOf,
  textsOf,
} from './values';

const PLACES_MAX = 200;

/** What is known of one vulnerability in one module, over all the findings that tell of it. */
interface Gathered {
  osv: string;
  module: string;
  version: string;
  fixedVersion: string;
  reach: 'required' | 'imported' | 'called';
  places: Map<string, Occurrence>;
}

/** A trace begins where the vulnerability is and ends in the code that was scanned. */
function placeOf(trace: readonly Item[]): Occurrence {
  const caller = trace.findLast((frame) => isItem(frame.position)) ?? {};
  const position = itemOf(caller.position);
  const line = lineOf(position.line);
  const top = trace[0] ?? {};
  const symbol = [textOf(top.receiver), textOf(top.function)].filter(Boolean).join('.');
  return {
    ...optional('version', top.version, 200),
    ...optional('path', position.filename),
    ...(line === undefined ? {} : { line }),
    ...optional('via', [textOf(top.package), symbol].filter(Boolean).join('.')),
  };
}

const REACHES = ['required', 'imported', 'called'] as const;

function gather(found: Map<string, Gathered>, finding: Item): boolean {
  const osv = textOf(finding.osv, 60);
  const trace = itemsOf(finding.trace);
  const [top = {}] = trace;
  const module = textOf(top.module);
  if (osv === '' || module === '') return false;
  const reach = 'function' in top ? 'called' : 'package' in top ? 'imported' : 'required';
  const key = `${osv} ${module}`;
  const known = found.get(key) ?? {
    osv,
    module,
    version: textOf(top.version, 200),
    fixedVersion: textOf(finding.fixed_version, 200),
    reach,
    places: new Map(),
  };
  if (REACHES.indexOf(reach) > REACHES.indexOf(known.reach)) known.reach = reach;
  const place = placeOf(trace);
  if (known.places.size < PLACES_MAX) known.places.set(JSON.stringify(place), place);
  found.set(key, known);
  return true;
}

const REACH_SENTENCES = {
  called: 'The code calls what is vulnerable.',
  imported:
    'The code imports a vulnerable package but, as far as govulncheck can tell, does not call what is vulnerable.',
  required: 'The module is required, but govulncheck found no import of the vulnerable package.',
};

function findingOf(known: Gathered, entry: Item): ReportedFinding {
  const aliases = aliasesOf(known.osv, textsOf(entry.aliases));
  const specific = itemOf(entry.database_specific);
  return {
    kind: 'vulnerability',
    ids: resolveIds(known.osv, aliases),
    identity: [known.module],
    aliases,
    ...ratingOf({}),
    title: textOf(firstText(entry.summary, `${known.osv} in ${known.module}`), TITLE_LENGTH_MAX),
    description: textOf(
      `${REACH_SENTENCES[known.reach]} ${textOf(entry.details, TEXT_LENGTH_MAX)}`,
      TEXT_LENGTH_MAX,
    ),
    package: known.module,
    ...optional('installedVersion', known.version),
    ...optional('fixedVersion', known.fixedVersion),
    references: referencesOf(specific.url, ...itemsOf(entry.references).map((one) => one.url)),
    occurrences: [...known.places.values()],
  };
}

const KNOWN_MESSAGES = ['config', 'progress', 'osv', 'finding', 'SBOM'];

async function* findingsOf(report: JsonReport, facts: ReportFacts): AsyncGenerator<ReportedFinding> {
  const entries = new Map<string, Item>();
  const found = new Map<string, Gathered>();
  for await (const { value } of report.items()) {
    const message = itemOf(value);
    const name = KNOWN_MESSAGES.find((one) => isItem(message[one]));
    const isRead = name === 'finding' ? gather(found, itemOf(message.finding)) : name !== undefined;
    if (name === 'osv') {
      const { id, aliases, summary, details, references, database_specific } = itemOf(message.osv);
      entries.set(textOf(id, 60), {
        aliases,
        summary,
        details: textOf(details, TEXT_LENGTH_MAX),
        references,
        database_specific,
      });
    }
    if (isRead) facts.read += 1;
    else facts.unread += 1;
  }
  for (const known of found.values()) yield findingOf(known, entries.get(known.osv) ?? {});
}

async function parse(report: JsonReport): Promise<ParsedReport> {
  const facts = { ...emptyFacts(), toolName: 'govulncheck' };
  let hasEnded = false;
  for await (const { value } of report.items()) {
    const message = itemOf(value);
    const config = itemOf(message.config);
    if ('scanner_name' in config || 'protocol_version' in config) {
      facts.toolVersion = textOf(config.scanner_version, 60) || null;
      facts.options =
        [config.scan_mode, config.scan_level]
          .map((one) => textOf(one, 40))
          .filter(Boolean)
          .join(' ') || null;
    }
    if (['osv', 'finding', 'SBOM'].some((name) => name in message)) hasEnded = true;
    if (/checking the|scanning your/i.test(textOf(itemOf(message.progress).message))) hasEnded = true;
  }
  if (!hasEnded)
    throw new ReportProblem(
      'govulncheck stopped before it checked anything. Run "govulncheck -format json ./..." again until it ends without an error message.',
    );
  return { facts, findings: findingsOf(report, facts) };
}

/** govulncheck's JSON: a row of messages, one finding of it for each way to a vulnerability. It rates nothing. */
export const govulncheck: ReportParser = {
  tool: 'govulncheck',
  streamed: [],
  skipped: [],
  readsSequences: true,
  recognises: ({ root, sample }) => {
    const config = itemOf(sample.config);
    return root !== 'null' && ('scanner_name' in config || ('protocol_version' in config && 'db' in config));
  },
  parse,
};
