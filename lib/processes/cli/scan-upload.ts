import { createReadStream } from 'node:fs';
import { appendFile, open } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGzip } from 'node:zlib';
import {
  type ScanDto,
  SEVERITIES,
  type Severity,
  scanDto,
  TOOL_NAMES,
  type Tool,
  uploadedScanDto,
} from '@/lib/assurance/findings/contract';
import { parseDuration } from '@/lib/platform/core/clock';
import { stepSummaryPath } from '@/lib/platform/core/env/env';
import { newId } from '@/lib/platform/core/ids';
import {
  type Command,
  type CommandResult,
  type OptionValues,
  requireText,
  textOf,
  UsageError,
} from './command';
import { AnswerError, callConsole } from './console-call';
import { tableOf } from './table';

const POLL_MS = 1_000;
const POLL_FAILURES_MAX = 10;
const NOT_IMPORTED = 3;

/** The report is with the console, and what became of it could not be learnt. */
class UnfollowedError extends Error {
  override readonly name = 'UnfollowedError';
}

async function isGzip(path: string): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await file.close();
  }
}

async function upload(path: string, values: OptionValues): Promise<string> {
  const query = new URLSearchParams({
    asset: requireText(values, 'asset', 'web'),
    branch: textOf(values, 'branch') ?? 'main',
    file: basename(path),
  });
  for (const name of ['tool', 'category', 'options', 'image', 'reason']) {
    const value = textOf(values, name);
    if (value !== undefined) query.set(name, value);
  }
  if (values.partial) query.set('complete', 'false');
  const isPacked = await isGzip(path);
  const file = createReadStream(path);
  const packed = isPacked ? file : pipeline(file, createGzip(), () => undefined);
  const body = await callConsole(`/api/v1/scans?${query}`, {
    method: 'POST',
    headers: { 'content-type': 'application/gzip', 'idempotency-key': newId() },
    body: Readable.toWeb(packed) as ReadableStream,
    duplex: 'half',
  });
  return uploadedScanDto.parse(body).scanId;
}

/** Asks until the import has ended; a console that restarts meanwhile is asked again. */
async function waitFor(scanId: string, timeoutMs: number): Promise<ScanDto> {
  const deadline = performance.now() + timeoutMs;
  let failures = 0;
  for (;;) {
    try {
      const scan = scanDto.parse(await callConsole(`/api/v1/scans/${scanId}`));
      if (scan.status !== 'queued' && scan.status !== 'running') return scan;
      failures = 0;
    } catch (error) {
      failures += 1;
      const isOver = error instanceof AnswerError && error.isFinal;
      if (isOver || failures === POLL_FAILURES_MAX) {
        const cause = error instanceof Error ? error.message : String(error);
        throw new UnfollowedError(`Uploaded as scan ${scanId}, but the import status is unknown. ${cause}`);
      }
    }
    if (performance.now() > deadline)
      throw new UnfollowedError(
        `The import is not done after ${Math.round(timeoutMs / 1000)} s. See scan ${scanId}.`,
      );
    await sleep(POLL_MS);
  }
}

const titleOf = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

function rowsOf(scan: ScanDto): string[][] {
  return SEVERITIES.map((severity) => [titleOf(severity), String(scan.severities?.[severity] ?? 0)]);
}

function changesOf(scan: ScanDto): string {
  const { counts } = scan;
  if (!counts) return '';
  const held = counts.held > 0 ? `, ${counts.held} held` : '';
  return `${counts.found} found: ${counts.new} new, ${counts.reopened} reopened, ${counts.unchanged + counts.changed} known; ${counts.fixed} fixed${held}.`;
}

function nameOf(scan: ScanDto): string {
  const tool = TOOL_NAMES[scan.tool as Tool] ?? scan.toolName ?? 'The report';
  return `${tool} on ${scan.asset.name} (${scan.branch})`;
}

function isOver(scan: ScanDto, limit: Severity | 'none'): boolean {
  if (limit === 'none') return false;
  return SEVERITIES.slice(0, SEVERITIES.indexOf(limit) + 1).some(
    (severity) => (scan.severities?.[severity] ?? 0) > 0,
  );
}

/** Names of assets and branches come from whoever runs the build, and may not become markup. */
const inMarkdown = (text: string) => text.replaceAll(/[\\`*_{}[\]<>()#+!|~]/g, '\\$&');

function markdownOf(scan: ScanDto, verdict: string): string {
  const rows = rowsOf(scan).map(([severity, count]) => `| ${severity} | ${count} |`);
  const table = scan.severities ? ['| Severity | Open |', '|---|---:|', ...rows, ''] : [];
  return [`### ${inMarkdown(nameOf(scan))}`, '', ...table, changesOf(scan), '', inMarkdown(verdict), ''].join(
    '\n',
  );
}

function resultOf(scan: ScanDto, limit: Severity | 'none'): { verdict: string; exitCode: number } {
  if (scan.status === 'failed')
    return { verdict: `Not imported: ${scan.reasons.join(' ')}`, exitCode: NOT_IMPORTED };
  const isIncomplete = scan.status === 'done' && !scan.isComplete && scan.reasons.length > 0;
  const word = scan.status === 'held' ? 'Held for review' : isIncomplete ? 'Incomplete' : null;
  const held = word === null ? '' : `${word}: ${scan.reasons.join(' ')} `;
  if (!isOver(scan, limit))
    return {
      verdict: `${held}${limit === 'none' ? 'Imported.' : `No open finding of severity ${limit} or worse.`}`,
      exitCode: 0,
    };
  return { verdict: `${held}There are open findings of severity ${limit} or worse.`, exitCode: 1 };
}

async function report(scan: ScanDto, values: OptionValues, limit: Severity | 'none'): Promise<CommandResult> {
  const { verdict, exitCode } = resultOf(scan, limit);
  const summary = stepSummaryPath();
  if (summary) await appendFile(summary, markdownOf(scan, verdict));
  const isOk = exitCode === 0;
  if (values.json) return { lines: [JSON.stringify(scan, null, 2)], isOk, exitCode };
  const table = scan.severities ? tableOf([['severity', 'open'], ...rowsOf(scan)]) : [];
  return {
    lines: [nameOf(scan), ...table, changesOf(scan), verdict].filter((line) => line !== ''),
    isOk,
    exitCode,
  };
}

function limitOf(values: OptionValues): Severity | 'none' {
  const text = textOf(values, 'fail-on') ?? 'none';
  const known = [...SEVERITIES, 'none' as const].find((one) => one === text);
  if (!known) throw new UsageError(`--fail-on must be one of ${[...SEVERITIES, 'none'].join(', ')}.`);
  return known;
}

/** For builds: needs BULWARK_URL and BULWARK_API_KEY, no database. Exit codes: 0 good, 1 over the limit, 3 not imported. */
export const scanUpload: Command = {
  name: 'scan upload',
  usage:
    '<file> --asset <name> [--branch main] [--tool trivy] [--category <name>] [--options <text>] [--image sha256:..] [--partial] [--reason <text>] [--fail-on high] [--timeout 10m] [--json]',
  summary: 'Upload a report to the console at BULWARK_URL and fail where findings are open (exit code 1)',
  record: 'if possible',
  options: {
    asset: { type: 'string' },
    branch: { type: 'string' },
    tool: { type: 'string' },
    category: { type: 'string' },
    options: { type: 'string' },
    image: { type: 'string' },
    partial: { type: 'boolean' },
    reason: { type: 'string' },
    'fail-on': { type: 'string' },
    timeout: { type: 'string', default: '10m' },
    json: { type: 'boolean' },
  },
  async run({ values, positionals }) {
    const [path] = positionals;
    if (!path)
      throw new UsageError('Missing report file. Example: bulwark scan upload trivy.json --asset web');
    const limit = limitOf(values);
    const timeoutMs = parseDuration(textOf(values, 'timeout') ?? '');
    if (timeoutMs === null) throw new UsageError('--timeout must be a duration such as 10m.');
    try {
      return await report(await waitFor(await upload(path, values), timeoutMs), values, limit);
    } catch (error) {
      if (error instanceof UsageError) throw error;
      const message = error instanceof Error ? error.message : String(error);
      const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : '';
      const line = error instanceof UnfollowedError ? message : `Not imported: ${message}${cause}`;
      return { lines: [line], isOk: false, exitCode: NOT_IMPORTED };
    }
  },
};
