import type { z } from 'zod';
import { AppError } from '@/lib/platform/core/errors';
import { parseJson, readBody } from '@/lib/platform/core/http/json';

const BODY_LENGTH_MAX_BYTES = 1024 * 1024;

function queryOf(request: Request): Record<string, string | string[]> {
  const query: Record<string, string | string[]> = {};
  const params = new URL(request.url).searchParams;
  for (const name of new Set(params.keys())) {
    const values = params.getAll(name);
    const problem = values.find((value) => value.includes('\u0000') || !value.isWellFormed());
    if (problem !== undefined)
      throw new AppError('bad_request', `The parameter "${name}" contains a character that is not allowed.`);
    query[name] = values.length === 1 ? (values[0] ?? '') : values;
  }
  return query;
}

async function bodyOf(request: Request): Promise<unknown> {
  const bytes = await readBody(request, BODY_LENGTH_MAX_BYTES);
  if (bytes.length === 0) return {};
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') {
    throw new AppError(
      'unsupported_media_type',
      'Send the body as JSON, with "content-type: application/json".',
    );
  }
  return parseJson(bytes);
}

/** Turns zod's issues into one sentence and a list of fields. */
export function invalidInput(error: z.ZodError): AppError {
  const fields = error.issues.map((issue) => ({
    path: issue.path.map(String).join('/'),
    message: issue.message,
  }));
  const [first] = fields;
  const where = first?.path ? `"${first.path}": ` : '';
  const message = first?.message ?? 'The input is not valid.';
  return new AppError('bad_request', `${where}${message}${message.endsWith('.') ? '' : '.'}`, {
    fields,
    cause: error,
  });
}

/** The validated input of an API request: the query string on GET, DELETE and with a streamed body, else the JSON body. */
export async function readInput<S extends z.ZodType>(
  request: Request,
  schema: S,
  body: 'json' | 'stream' = 'json',
): Promise<z.output<S>> {
  const isInQuery = request.method === 'GET' || request.method === 'DELETE' || body === 'stream';
  const raw = isInQuery ? queryOf(request) : await bodyOf(request);
  const parsed = schema.safeParse(raw);
  if (!parsed.success) throw invalidInput(parsed.error);
  return parsed.data;
}
