import type { IncomingMessage } from 'node:http';
import { type VerifyInput, verifyInput } from '@/lib/access/gate/contract';
import { canonicalAddress } from '@/lib/platform/core/address';
import { AppError } from '@/lib/platform/core/errors';
import { parseJson } from '@/lib/platform/core/http/json';

const BEARER = /^bearer +(\S+)$/i;
const JSON_TYPE = /^application\/json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

/** What the headers say, read from the raw list: a header sent twice is seen twice. */
export interface ReadHeaders {
  /** The caller's key; null where none was sent or the Authorization is of another scheme. */
  callerKey: string | null;
  /** The caller sent more than one credential: nobody can say who it is. */
  isAmbiguous: boolean;
  problem: AppError | null;
}

function keyOf(authorization: string | null, apiKey: string | null): string | null {
  if (apiKey !== null) return apiKey === '' ? null : apiKey;
  if (authorization === null) return null;
  return BEARER.exec(authorization)?.[1] ?? null;
}

/** Reads the caller's credential and checks the type of the body. */
export function readHeaders(raw: readonly string[]): ReadHeaders {
  let authorization: string | null = null;
  let apiKey: string | null = null;
  let contentType = '';
  let credentials = 0;
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] ?? '';
    if (name.length !== 13 && name.length !== 9 && name.length !== 12) continue;
    const value = raw[i + 1] ?? '';
    switch (name.toLowerCase()) {
      case 'authorization':
        authorization = value;
        credentials += 1;
        break;
      case 'x-api-key':
        apiKey = value.trim();
        credentials += 1;
        break;
      case 'content-type':
        contentType = value;
        break;
    }
  }
  if (credentials > 1) {
    const problem = new AppError('bad_request', 'Send your own key once: either Authorization or X-API-Key.');
    return { callerKey: null, isAmbiguous: true, problem };
  }
  const isJson = contentType === 'application/json' || JSON_TYPE.test(contentType);
  const problem = isJson
    ? null
    : new AppError('unsupported_media_type', 'Send the question as Content-Type: application/json.');
  return { callerKey: keyOf(authorization, apiKey), isAmbiguous: false, problem };
}

/**
 * Reads the question of `POST /v1/verify`.
 * @throws AppError `bad_request` with one sentence for each wrong field
 */
export function parseVerify(body: Uint8Array): VerifyInput {
  const parsed = verifyInput.safeParse(parseJson(body));
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map((issue) => ({ path: issue.path.join('/'), message: issue.message }));
  const [first] = fields;
  const where = first?.path ? ` (${first.path})` : '';
  throw new AppError(
    'bad_request',
    `The question is not valid${where}: ${first?.message ?? 'unknown field'}`,
    { fields },
  );
}

/** The peer's address; an IPv4 peer of a dual-stack socket as IPv4. */
export function socketIpOf(request: IncomingMessage): string {
  const address = request.socket.remoteAddress ?? '0.0.0.0';
  return address.includes(':') ? (canonicalAddress(address) ?? address) : address;
}
