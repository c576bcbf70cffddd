import { RefusedError } from '@/lib/platform/auth/request/refusal';
import { readCookies } from '@/lib/platform/auth/session/cookies';

export type Credential = { kind: 'none' } | { kind: 'session'; token: string } | { kind: 'key'; key: string };

const BEARER = /^Bearer ([\x21-\x7e]{1,512})$/i;
const PLAIN = /^[\x21-\x2b\x2d-\x7e]{1,512}$/;
const SESSION_TOKEN = /^[A-Za-z0-9_-]{43}$/;

const ambiguous = (sentence: string) => new RefusedError('bad_request', sentence, { code: 'AMBIGUOUS' });
const unreadable = (sentence: string) =>
  new RefusedError('unauthenticated', sentence, { code: 'UNREADABLE' });

function keyOf(headers: Headers): string | null {
  const authorization = headers.get('authorization');
  const apiKey = headers.get('x-api-key');
  if (authorization !== null && apiKey !== null) {
    throw ambiguous('Send the key once: either "Authorization: Bearer" or "X-API-Key".');
  }
  if (authorization !== null) {
    const bearer = BEARER.exec(authorization)?.[1];
    if (bearer && PLAIN.test(bearer)) return bearer;
    throw unreadable('The Authorization header must be "Bearer", one space and one key.');
  }
  if (apiKey !== null && !PLAIN.test(apiKey)) {
    throw unreadable('The X-API-Key header must contain exactly one key.');
  }
  return apiKey;
}

function sessionTokenOf(headers: Headers, cookieName: string): string | null {
  const tokens = new Set(readCookies(headers.get('cookie')).get(cookieName) ?? []);
  if (tokens.size > 1)
    throw ambiguous(
      'The request contains two session cookies. Clear the cookies for this site and sign in again.',
    );
  const [token] = tokens;
  return token || null;
}

/**
 * The one credential of a request, unchecked.
 * @throws RefusedError bad_request for more than one, unauthenticated for one that cannot be read
 */
export function credentialOf(headers: Headers, sessionCookie: string): Credential {
  const key = keyOf(headers);
  const token = sessionTokenOf(headers, sessionCookie);
  if (key !== null && token !== null) {
    throw ambiguous('A session cookie and a key were sent together. Send only one of them.');
  }
  if (key !== null) return { kind: 'key', key };
  if (token === null) return { kind: 'none' };
  if (!SESSION_TOKEN.test(token)) throw unreadable('The session is not valid. Sign in again.');
  return { kind: 'session', token };
}
