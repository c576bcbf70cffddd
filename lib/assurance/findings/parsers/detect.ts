import { TOOL_NAMES, type Tool } from '@/lib/assurance/findings/contract';
import { cyclonedx } from './cyclonedx';
import { gitleaks } from './gitleaks';
import type { JsonReport } from './json-report';
import { npmAudit } from './npm-audit';
import type { ReportParser, ReportShape } from './parser';
import { ReportProblem } from './report-problem';
import { sarif } from './sarif';
import { secretlint } from './secretlint';
import { snyk } from './snyk';
import { trivy } from './trivy';
import { type Item, itemOf, textOf } from './values';

/** Every scanner Bulwark reads. The order matters only where shapes are alike: the narrower one first. */
export const PARSERS: readonly ReportParser[] = [
  cyclonedx,
  sarif,
  npmAudit,
  trivy,
  snyk,
  secretlint,
  gitleaks,
];

const STREAMED = PARSERS.flatMap((parser) => parser.streamed);
const SKIPPED = PARSERS.flatMap((parser) => parser.skipped);

async function shapeOf(report: JsonReport): Promise<ReportShape> {
  const start = (await report.head(4_000)).trimStart();
  if (start.startsWith('[')) {
    for await (const range of report.firstRange()) {
      const sample = await report.outline(range, STREAMED, SKIPPED);
      return { root: 'array', isEmpty: false, sample: itemOf(sample) };
    }
    return { root: 'array', isEmpty: true, sample: {} };
  }
  const value = await report.outline(report.whole, STREAMED, SKIPPED);
  if (value === null) return { root: 'null', isEmpty: true, sample: {} };
  return { root: 'object', isEmpty: Object.keys(itemOf(value)).length === 0, sample: itemOf(value) };
}

/** Other tools' own formats, which are not read, and what to run instead. */
const OTHERS: readonly { isIt(sample: Item): boolean; sentence: string }[] = [
  {
    isIt: (sample) =>
      textOf(sample.apiVersion).startsWith('aquasecurity.github.io') ||
      Object.keys(sample).some((name) => name.endsWith('.aquasecurity.github.io')),
    sentence:
      'This is a resource of the Trivy Operator. Run "trivy k8s --report all --format json" and upload that.',
  },
  {
    isIt: (sample) => Array.isArray(sample.results) && 'errors' in sample && 'paths' in sample,
    sentence: 'This is the JSON of Semgrep. Run "semgrep scan --sarif" and upload that.',
  },
  {
    isIt: (sample) => 'matches' in sample && 'descriptor' in sample,
    sentence: 'This is the JSON of Grype. Run "grype -o sarif" or "grype -o cyclonedx-json" and upload that.',
  },
  {
    isIt: (sample) => 'rule' in sample && 'priority' in sample && 'output' in sample,
    sentence: 'This is an event of Falco, not a report of a scan.',
  },
  {
    isIt: (sample) => 'SPDXID' in sample || 'spdxVersion' in sample,
    sentence:
      'This is an SPDX document, which names no vulnerabilities. Upload CycloneDX with vulnerabilities instead.',
  },
  {
    isIt: (sample) => Array.isArray(sample.statements) && textOf(sample['@context']).includes('openvex'),
    sentence: 'This is OpenVEX. Upload a CycloneDX VEX document instead.',
  },
];

const READABLE = `Bulwark reads the JSON of ${Object.values(TOOL_NAMES).join(', ')}`;

function unknownShape(shape: ReportShape): ReportProblem {
  const known = OTHERS.find((other) => other.isIt(shape.sample));
  if (known) return new ReportProblem(known.sentence);
  const names = Object.keys(shape.sample)
    .slice(0, 6)
    .map((name) => `"${textOf(name, 40)}"`);
  const what = shape.root === 'array' ? 'a list of objects' : 'an object';
  const seen =
    names.length > 0
      ? `${what} with ${names.join(', ')}`
      : shape.root === 'array'
        ? 'a list'
        : 'an empty object';
  return new ReportProblem(`This is JSON, ${seen}, but not a supported report. ${READABLE}.`);
}

async function refuseOtherText(report: JsonReport): Promise<void> {
  const head = (await report.head()).trimStart();
  if (head === '')
    throw new ReportProblem(
      'The file is empty because the scanner wrote no output. Check the scanner’s exit code and error messages.',
    );
  if (/^\{.*\}\r?\n\{/.test(head)) {
    throw new ReportProblem(
      `This file contains one JSON object per line (NDJSON), possibly events. ${READABLE}, as one report in a file.`,
    );
  }
  if (/^[[{]|^null\s*$/.test(head)) return;
  const line = textOf(head.split('\n', 1)[0], 120);
  if (/^<(!doctype\s+html|html)/i.test(head)) {
    throw new ReportProblem(
      'This is an HTML page, possibly a sign-in or error page. Upload the JSON file that the scanner wrote.',
    );
  }
  if (head.startsWith('<'))
    throw new ReportProblem(`This is XML. ${READABLE}: choose JSON or SARIF as the scanner's format.`);
  throw new ReportProblem(
    `This is plain text ("${line}"). ${READABLE}: add "--json" or "--format json" to the scanner.`,
  );
}

/** Tells which tool wrote a report. @throws ReportProblem where none of them did, or another than `wanted` */
export async function detectParser(report: JsonReport, wanted: Tool | null): Promise<ReportParser> {
  await refuseOtherText(report);
  const shape = await shapeOf(report);
  const asked = PARSERS.find((parser) => parser.tool === wanted);
  if (asked && ((shape.isEmpty && shape.root === 'array') || asked.recognises(shape))) return asked;
  const found = PARSERS.find((parser) => parser.recognises(shape));
  if (!found) throw unknownShape(shape);
  if (wanted !== null && found.tool !== wanted) {
    throw new ReportProblem(
      `This is a report of ${TOOL_NAMES[found.tool]}, but it was uploaded as one of ${TOOL_NAMES[wanted]}. Upload it with tool=${found.tool}, or leave the tool out.`,
    );
  }
  return found;
}
