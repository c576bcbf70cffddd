import type { JsonReport } from './json-report';
import { ofAdvisory, ofYarnBerry } from './npm-audit';
import {
  counted,
  emptyFacts,
  type ParsedReport,
  type ReportedFinding,
  type ReportFacts,
  type ReportParser,
} from './parser';
import { ReportProblem } from './report-problem';
import { firstText, isItem, itemOf, textOf } from './values';

/** What Yarn 1 says besides: none of it is about a vulnerability. */
const OTHER_MESSAGES = new Set([
  ...['auditAction', 'info', 'step', 'success', 'verbose', 'log', 'inspect', 'tree', 'list', 'table'],
  ...[
    'progressStart',
    'progressTick',
    'progressFinish',
    'activityStart',
    'activityTick',
    'activityEnd',
    'activitySet',
    'activitySetStart',
    'activitySetTick',
    'activitySetEnd',
    'finished',
  ],
]);
const isYarnMessage = (type: string) =>
  ['auditAdvisory', 'auditSummary', 'warning', 'error'].includes(type) || OTHER_MESSAGES.has(type);

/** Yarn 2 and newer name what is deprecated in the same list. */
const isDeprecation = (id: string) => id.endsWith('(deprecation)');

async function* findingsOf(report: JsonReport, facts: ReportFacts): AsyncGenerator<ReportedFinding> {
  for await (const { value } of report.items()) {
    const message = itemOf(value);
    const children = itemOf(message.children);
    const type = textOf(message.type, 40);
    const data = itemOf(message.data);
    if ('Issue' in children) {
      if (isDeprecation(textOf(children.ID))) facts.read += 1;
      else yield* counted(facts, ofYarnBerry(textOf(message.value), children));
    } else if (type === 'auditAdvisory') {
      const advisory = data.advisory;
      const path = textOf(itemOf(data.resolution).path);
      yield* counted(facts, isItem(advisory) ? ofAdvisory('', advisory, path) : null);
    } else if (type === 'auditSummary' || OTHER_MESSAGES.has(type)) facts.read += 1;
    else if (type === 'warning' || type === 'error') {
      facts.read += 1;
      if (type === 'error')
        facts.warnings.push(`Yarn reports an error: ${textOf(message.data, 300) || 'unknown'}`);
    } else facts.unread += 1;
  }
}

/** Yarn 1 ends with a summary; without one the audit did not end, and without advisories too nothing was audited. */
async function parse(report: JsonReport): Promise<ParsedReport> {
  const facts = { ...emptyFacts(), toolName: 'Yarn audit' };
  let [hasAdvisory, hasSummary, isBerry] = [false, false, false];
  let error = '';
  for await (const { value } of report.items()) {
    const message = itemOf(value);
    if (message.type === 'auditAdvisory') hasAdvisory = true;
    if (message.type === 'auditSummary') hasSummary = true;
    if ('children' in message) isBerry = true;
    if (message.type === 'error') error = firstText(error, message.data);
  }
  if (!hasSummary && !hasAdvisory && !isBerry)
    throw new ReportProblem(
      `Yarn audited nothing${error ? ` ("${error.slice(0, 200)}")` : ''}. Run "yarn audit --json" again, and upload what it prints when it ends with a summary.`,
    );
  if (!hasSummary && !isBerry)
    facts.warnings.push('The audit ended before its summary, so advisories may be missing.');
  return { facts, findings: findingsOf(report, facts) };
}

/** Yarn: JSON Lines of `yarn audit` (version 1) and of `yarn npm audit` (version 4). Versions 2 and 3 write what npm 6 writes. */
export const yarnAudit: ReportParser = {
  tool: 'yarn-audit',
  streamed: [],
  skipped: [],
  readsSequences: true,
  recognises: ({ root, sample }) =>
    root !== 'null' &&
    (('type' in sample && 'data' in sample && isYarnMessage(textOf(sample.type))) ||
      ('value' in sample && 'Issue' in itemOf(sample.children))),
  parse,
};
