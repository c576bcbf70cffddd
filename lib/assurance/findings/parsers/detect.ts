import { TOOL_NAMES, type Tool } from '@/lib/assurance/findings/contract';
import { bandit } from './bandit';
import { checkov } from './checkov';
import { cyclonedx } from './cyclonedx';
import { foreignSentence, xmlSentence } from './foreign';
import { gitleaks } from './gitleaks';
import { govulncheck } from './govulncheck';
import { grype } from './grype';
import type { JsonReport } from './json-report';
import { type Range, StreamedPart } from './json-scan';
import { npmAudit } from './npm-audit';
import { osvScanner } from './osv-scanner';
import type { ReportParser, ReportShape } from './parser';
import { pipAudit } from './pip-audit';
import { ReportProblem } from './report-problem';
import { sarif } from './sarif';
import { secretlint } from './secretlint';
import { semgrep } from './semgrep';
import { snyk } from './snyk';
import { trivy } from './trivy';
import { type Item, itemOf, itemsOf, textOf } from './values';
import { yarnAudit } from './yarn-audit';

/** Every scanner Bulwark reads. The order matters only where shapes are alike: the narrower one first. */
export const PARSERS: readonly ReportParser[] = [
  cyclonedx,
  sarif,
  npmAudit,
  yarnAudit,
  trivy,
  grype,
  osvScanner,
  semgrep,
  bandit,
  checkov,
  pipAudit,
  govulncheck,
  snyk,
  secretlint,
  gitleaks,
];

const STREAMED = PARSERS.flatMap((parser) => parser.streamed);
const SKIPPED = PARSERS.flatMap((parser) => parser.skipped);

/** The first member of a list or object, if it is an object itself. */
async function firstOf(report: JsonReport, part: unknown): Promise<Item> {
  if (Array.isArray(part)) return itemsOf(part)[0] ?? {};
  if (!(part instanceof StreamedPart) || part.kind !== 'array') return {};
  const range = await report.firstRange(part.range);
  return range ? itemOf(await report.outline(range, [], [])) : {};
}

async function sampleOf(
  report: JsonReport,
  range: Range,
): Promise<{ sample: Item; first: ReportShape['first'] }> {
  const sample = itemOf(await report.outline(range, STREAMED, SKIPPED));
  const first: Record<string, Item> = {};
  for (const [name, part] of Object.entries(sample)) {
    const member = await firstOf(report, part);
    if (Object.keys(member).length > 0) first[name] = member;
  }
  return { sample, first };
}

async function shapeOf(report: JsonReport): Promise<ReportShape> {
  const { isSequence } = report;
  const start = (await report.head(4_000)).trimStart();
  if (start.startsWith('[')) {
    const range = await report.firstRange();
    if (!range) return { root: 'array', isSequence, isEmpty: true, sample: {}, first: {} };
    return { root: 'array', isSequence, isEmpty: false, ...(await sampleOf(report, range)) };
  }
  if (/^null\s*$/.test(start)) return { root: 'null', isSequence, isEmpty: true, sample: {}, first: {} };
  const { sample, first } = await sampleOf(report, report.whole);
  return { root: 'object', isSequence, isEmpty: Object.keys(sample).length === 0, sample, first };
}

const READABLE = `Bulwark reads the JSON of ${Object.values(TOOL_NAMES).join(', ')}`;

function unknownShape(shape: ReportShape): ReportProblem {
  const sentence = foreignSentence(shape);
  if (sentence) return new ReportProblem(sentence);
  const names = Object.keys(shape.sample)
    .slice(0, 6)
    .map((name) => `"${textOf(name, 40)}"`);
  const list = shape.isSequence ? 'one JSON object per line (NDJSON)' : 'a list of objects';
  const what = shape.root === 'array' ? list : 'an object';
  const seen =
    names.length > 0
      ? `${what} with ${names.join(', ')}`
      : shape.root === 'array'
        ? 'a list'
        : 'an empty object';
  return new ReportProblem(`This is JSON, ${seen}, but not a supported report. ${READABLE}.`);
}

/** Several whole reports in one file: nobody could say which of them a finding is missing from. */
function refuseRow(shape: ReportShape): void {
  const each = PARSERS.find((parser) => parser.recognises({ ...shape, root: 'object', isSequence: false }));
  if (each)
    throw new ReportProblem(
      `The file contains several reports of ${TOOL_NAMES[each.tool]}, one after another. Upload each of them by itself.`,
    );
}

function refuseText(head: string): never {
  const line = textOf(head.split('\n', 1)[0], 120);
  if (/^<(!doctype\s+html|html)/i.test(head))
    throw new ReportProblem(
      'This is an HTML page, possibly a sign-in or error page. Upload the JSON file that the scanner wrote.',
    );
  if (head.startsWith('<'))
    throw new ReportProblem(
      xmlSentence(head) ?? `This is XML. ${READABLE}: choose JSON or SARIF as the scanner's format.`,
    );
  if (/^\s*[[{]/m.test(head.slice(head.indexOf('\n') + 1)) && head.includes('\n'))
    throw new ReportProblem(
      `The scanner's messages come before the JSON ("${line}"). Let it write the report to a file with its own option, or keep its messages out of the file (2>messages.txt).`,
    );
  if (/^"?[\w .#()-]+"?([,;]"?[\w .#()/-]*"?){3,}\r?$/.test(head.split('\n', 1)[0] ?? ''))
    throw new ReportProblem(
      `This is a table (CSV). ${READABLE}: choose JSON or SARIF as the scanner's format.`,
    );
  throw new ReportProblem(
    `This is plain text ("${line}"). ${READABLE}: add "--json" or "--format json" to the scanner.`,
  );
}

async function refuseOtherText(report: JsonReport): Promise<void> {
  const head = (await report.head(64_000)).trimStart();
  if (head === '')
    throw new ReportProblem(
      'The file is empty because the scanner wrote no output. Check the scanner’s exit code and error messages.',
    );
  if (!/^[[{]|^null\s*$/.test(head)) refuseText(head);
}

const isEmptyFormOf = (parser: ReportParser, shape: ReportShape) =>
  shape.isEmpty &&
  (shape.root === 'array'
    ? parser.emptyForms?.includes('list') === true
    : shape.root === 'null' && parser.emptyForms?.includes('null') === true);

/** Tells which tool wrote a report. @throws ReportProblem where none of them did, or another than `wanted` */
export async function detectParser(report: JsonReport, wanted: Tool | null): Promise<ReportParser> {
  await refuseOtherText(report);
  const shape = await shapeOf(report);
  const candidates = PARSERS.filter((parser) => !shape.isSequence || parser.readsSequences);
  const asked = candidates.find((parser) => parser.tool === wanted);
  if (asked && (isEmptyFormOf(asked, shape) || asked.recognises(shape))) return asked;
  const found = candidates.find((parser) => parser.recognises(shape));
  if (!found) {
    if (shape.isSequence) refuseRow(shape);
    throw unknownShape(shape);
  }
  if (wanted !== null && found.tool !== wanted && shape.isEmpty)
    throw new ReportProblem(
      `This is ${shape.root === 'null' ? '"null"' : 'an empty list'}, which ${TOOL_NAMES[wanted]} does not write. Check that the scan ended, and upload the report that it wrote.`,
    );
  if (wanted !== null && found.tool !== wanted) {
    throw new ReportProblem(
      `This is a report of ${TOOL_NAMES[found.tool]}, but it was uploaded as one of ${TOOL_NAMES[wanted]}. Upload it with tool=${found.tool}, or leave the tool out.`,
    );
  }
  return found;
}
