import { AppError } from '@/lib/platform/core/errors';
import { duplicateName } from './duplicate-name';

const DEPTH_MAX = 32;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function problemIn(value: unknown, depth: number): string | null {
  if (depth > DEPTH_MAX) return `The JSON is nested deeper than ${DEPTH_MAX} levels.`;
  if (typeof value === 'string') {
    if (!value.isWellFormed()) return 'A string contains an unpaired surrogate.';
    return value.includes('\u0000') ? 'A string contains a NUL character.' : null;
  }
  if (typeof value === 'number') return Number.isFinite(value) ? null : 'A number is too large.';
  if (typeof value !== 'object' || value === null) return null;
  for (const [name, item] of Object.entries(value)) {
    if (name === '__proto__') return 'The name "__proto__" is not allowed.';
    const problem = problemIn(name, depth) ?? problemIn(item, depth + 1);
    if (problem) return problem;
  }
  return null;
}

/**
 * Parses JSON from a stranger: valid UTF-8 (no BOM), at most 32 levels, no NUL, no lone surrogates, no `__proto__`, no
 * name twice in one object.
 * @throws AppError `bad_request` with one sentence
 */
export function parseJson(bytes: Uint8Array): unknown {
  let text: string;
  let value: unknown;
  try {
    text = utf8.decode(bytes);
    value = JSON.parse(text);
  } catch (cause) {
    const isText = cause instanceof SyntaxError;
    throw new AppError(
      'bad_request',
      isText ? 'The body is not valid JSON.' : 'The body is not valid UTF-8.',
      { cause },
    );
  }
  const twice = duplicateName(text);
  if (twice !== null)
    throw new AppError(
      'bad_request',
      `The name ${JSON.stringify(twice.slice(0, 60))} appears twice in one object.`,
    );
  const problem = problemIn(value, 0);
  if (problem) throw new AppError('bad_request', problem);
  return value;
}

/**
 * Reads a request body up to a limit.
 * @throws AppError `too_large` beyond `lengthMaxBytes`
 */
export async function readBody(request: Request, lengthMaxBytes: number): Promise<Uint8Array> {
  const tooLarge = new AppError('too_large', `The body is larger than ${lengthMaxBytes} bytes.`);
  if (Number(request.headers.get('content-length') ?? 0) > lengthMaxBytes) throw tooLarge;
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.length;
    if (length > lengthMaxBytes) throw tooLarge;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
