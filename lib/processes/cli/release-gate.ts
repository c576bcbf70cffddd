import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import { checklistDto, runDetailDto, type VerdictDto, verdictDto } from '@/lib/assurance/checklist/contract';
import { MINUTE_MS, SECOND_MS } from '@/lib/platform/core/clock';
import { getEnv } from '@/lib/platform/core/env/env';
import { type Command, type OptionValues, requireText, textOf, UsageError } from './command';
import { junitOf, RELEASE_FORMATS, type ReleaseFormat, sarifOf, tableLines } from './release-formats';

const ANSWER_MS = 30 * SECOND_MS;
const RUN_MS = 10 * MINUTE_MS;
const POLL_MS = 2 * SECOND_MS;

/** Calls the management API as the key of the environment. @throws Error with the sentence of the problem document */
async function call<S extends z.ZodType>(schema: S, path: string, body?: object): Promise<z.output<S>> {
  const { apiKey, consoleUrl } = getEnv();
  if (!apiKey)
    throw new UsageError(
      'BULWARK_API_KEY is missing: set it to a key with the scopes checklist:run and checklist:read.',
    );
  const response = await fetch(`${consoleUrl}/api/v1${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      authorization: `Bearer ${apiKey}`,
      accept: 'application/json',
      'content-type': 'application/json',
    },
    body: body === undefined ? undefined : JSON.stringify(body),
    redirect: 'error',
    signal: AbortSignal.timeout(ANSWER_MS),
  }).catch((cause: unknown) => {
    throw new Error(`${consoleUrl} is not reachable. Check BULWARK_URL and that Bulwark is running.`, {
      cause,
    });
  });
  const answer: unknown = await response.json().catch(() => null);
  if (response.ok) return schema.parse(answer);
  const detail =
    typeof answer === 'object' && answer !== null && 'detail' in answer ? String(answer.detail) : '';
  throw new Error(detail || `${consoleUrl} answered ${response.status}.`);
}

/** Has everything looked at anew, and waits for it. */
async function runFirst(): Promise<void> {
  const { id } = await call(runDetailDto, '/checklist/runs', {});
  for (const untilMs = Date.now() + RUN_MS; Date.now() < untilMs; await sleep(POLL_MS)) {
    const { state, problem } = await call(runDetailDto, `/checklist/runs/${id}`);
    if (state === 'completed') return;
    if (state === 'error') throw new Error(problem ?? 'The run ended with an error.');
  }
  throw new Error(`The run ${id} did not end within ${RUN_MS / MINUTE_MS} minutes. Is the worker running?`);
}

function formatOf(values: OptionValues): ReleaseFormat {
  const given = textOf(values, 'format') ?? 'table';
  const found = RELEASE_FORMATS.find((format) => format === given);
  if (found) return found;
  throw new UsageError(`--format must be one of ${RELEASE_FORMATS.join(', ')}.`);
}

async function verdictOf(values: OptionValues): Promise<VerdictDto> {
  const id = textOf(values, 'verdict');
  if (id !== undefined) return call(verdictDto, `/release-gate/${encodeURIComponent(id)}`);
  const input = {
    release: requireText(values, 'release', 'v1.2'),
    imageDigest: textOf(values, 'image'),
    environment: textOf(values, 'environment'),
  };
  if (values.run) await runFirst();
  return call(verdictDto, '/release-gate', input);
}

async function write(verdict: VerdictDto, format: ReleaseFormat): Promise<string> {
  switch (format) {
    case 'table':
      return tableLines(verdict).join('\n');
    case 'json':
      return JSON.stringify(verdict, null, 2);
    case 'junit':
      return junitOf(verdict);
    case 'sarif': {
      const { definition } = await call(checklistDto, '/checklist');
      return sarifOf({ ...verdict, definitionFile: definition.file });
    }
  }
}

export const releaseGate: Command = {
  name: 'release-gate',
  usage:
    '--release <name> [--image sha256:..] [--environment production] [--run] [--format table|json|junit|sarif] [--output <file>] | --verdict <id>',
  summary:
    'Ask Bulwark at BULWARK_URL, with BULWARK_API_KEY, whether a release passes. Exit code 0: passed, 1: failed',
  record: 'if possible',
  options: {
    release: { type: 'string' },
    image: { type: 'string' },
    environment: { type: 'string' },
    verdict: { type: 'string' },
    run: { type: 'boolean' },
    format: { type: 'string' },
    output: { type: 'string' },
  },
  async run({ values }) {
    const format = formatOf(values);
    const verdict = await verdictOf(values);
    const isOk = verdict.verdict === 'pass' || verdict.override !== null;
    const text = await write(verdict, format);
    const output = textOf(values, 'output');
    if (output === undefined) return { isOk, lines: text.split('\n') };
    await writeFile(output, `${text}\n`);
    return { isOk, lines: format === 'table' ? [] : [...tableLines(verdict), `Written to ${output}.`] };
  },
};
