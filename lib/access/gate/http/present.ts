import type { CredentialKind } from '@/lib/access/gate-routes/contract';
import type { GateRoute } from '@/lib/access/gate-routes/route-table';

/** A credential as it was sent: a key, or a token still to be verified. */
export type Sent =
  | { kind: 'none' | 'ambiguous' | 'not_accepted' | 'malformed' }
  | { kind: 'key'; via: CredentialKind; key: string }
  | { kind: 'token'; via: CredentialKind; token: string };

const BEARER = /^bearer +(\S+)$/i;
const KEY_START = 'blw_';
const NONE: Sent = { kind: 'none' };
const AMBIGUOUS: Sent = { kind: 'ambiguous' };
const NOT_ACCEPTED: Sent = { kind: 'not_accepted' };
const MALFORMED: Sent = { kind: 'malformed' };
const COOKIES_MAX = 200;

/** The credentials in headers, whether the route accepts them or not. */
function headerCredentials(values: ReadonlyMap<string, string>): Sent[] {
  const found: Sent[] = [];
  const apiKey = values.get('x-api-key')?.trim();
  if (apiKey) found.push({ kind: 'key', via: 'key:x-api-key', key: apiKey });
  const proxy = BEARER.exec(values.get('proxy-authorization') ?? '')?.[1];
  if (proxy) found.push({ kind: 'key', via: 'key:proxy-authorization', key: proxy });
  const bearer = BEARER.exec(values.get('authorization') ?? '')?.[1];
  if (bearer?.startsWith(KEY_START)) found.push({ kind: 'key', via: 'key:bearer', key: bearer });
  else if (bearer) found.push({ kind: 'token', via: 'supabase:bearer', token: bearer });
  return found;
}

function isAccepted(sent: Sent, route: GateRoute): boolean {
  return 'via' in sent && route.accepts.has(sent.via);
}

/**
 * The credential that counts at the route. One in a header goes before a cookie, which browsers send unasked. An
 * Authorization that the route does not accept is the business of the service behind it.
 */
export function credentialAt(route: GateRoute, values: ReadonlyMap<string, string>): Sent {
  if (route.access === 'public') return NONE;
  const sent = headerCredentials(values);
  const accepted = sent.filter((one) => isAccepted(one, route));
  if (accepted.length > 1) return AMBIGUOUS;
  const [first] = accepted;
  if (first) return first;
  const cookie = route.accepts.has('supabase:cookie') ? sessionIn(values.get('cookie') ?? '') : NONE;
  if (cookie.kind === 'none' && sent.length > 0) return NOT_ACCEPTED;
  return cookie;
}

const PLAIN_COOKIE = 'sb-access-token';
const SESSION_COOKIE = /^(sb-[a-z0-9-]{1,64}-auth-token)(?:\.(\d{1,2}))?$/;

/** The cookies of a session by name, in their parts; null where one is there twice. */
function sessionCookies(header: string): Map<string, string> | null {
  const cookies = new Map<string, string>();
  for (const pair of header.split(';', COOKIES_MAX)) {
    const at = pair.indexOf('=');
    const name = pair.slice(0, at).trim();
    if (at < 0 || !(name === PLAIN_COOKIE || SESSION_COOKIE.test(name))) continue;
    if (cookies.has(name)) return null;
    cookies.set(name, pair.slice(at + 1).trim());
  }
  return cookies;
}

/** Puts a cookie that was split into `.0`, `.1` and so on together again; null where a part is missing. */
function joined(base: string, cookies: ReadonlyMap<string, string>): string | null {
  const whole = cookies.get(base);
  if (whole !== undefined) return cookies.size === 1 ? whole : null;
  let text = '';
  for (let part = 0; part < cookies.size; part++) {
    const value = cookies.get(`${base}.${part}`);
    if (value === undefined) return null;
    text += value;
  }
  return text;
}

function accessTokenOf(text: string): string | null {
  try {
    const json = text.startsWith('base64-')
      ? Buffer.from(text.slice('base64-'.length), 'base64url').toString('utf8')
      : decodeURIComponent(text);
    const session: unknown = JSON.parse(json);
    if (Array.isArray(session)) return typeof session[0] === 'string' ? session[0] : null;
    if (typeof session !== 'object' || session === null || !('access_token' in session)) return null;
    return typeof session.access_token === 'string' ? session.access_token : null;
  } catch {
    return null;
  }
}

/** The access token in the cookies of Supabase's libraries: `sb-<project>-auth-token`, whole or in parts. */
export function sessionIn(header: string): Sent {
  if (!header.includes('sb-')) return NONE;
  const cookies = sessionCookies(header);
  if (cookies === null) return MALFORMED;
  if (cookies.size === 0) return NONE;
  const plain = cookies.get(PLAIN_COOKIE);
  if (plain !== undefined) {
    return cookies.size === 1 && plain !== ''
      ? { kind: 'token', via: 'supabase:cookie', token: plain }
      : MALFORMED;
  }
  const bases = new Set([...cookies.keys()].map((name) => SESSION_COOKIE.exec(name)?.[1] ?? ''));
  const [base = ''] = bases;
  const text = bases.size === 1 ? joined(base, cookies) : null;
  const token = text === null ? null : accessTokenOf(text);
  return token === null ? MALFORMED : { kind: 'token', via: 'supabase:cookie', token };
}
