import type { GateCode } from '@/lib/access/gate/codes';
import { AUTHORIZE_PATH } from '@/lib/access/gate/contract';
import { isUntrustedInDisguise } from '@/lib/access/gate-routes/untrusted-headers';
import type { TrustedProxies } from '@/lib/platform/auth/request/client-ip';
import { normalizeHost, normalizePath } from '@/lib/platform/core/http/request-path';
import { SELF_TEST_HEADER } from '@/lib/platform/core/http/self-test';

/** The headers that are read, each only once in a request; any other header has no meaning here. */
const READ = [
  'authorization',
  'x-api-key',
  'proxy-authorization',
  'host',
  'connection',
  'x-forwarded-method',
  'x-forwarded-proto',
  'x-forwarded-host',
  'x-forwarded-uri',
  'x-forwarded-for',
  'x-original-uri',
  'x-original-method',
] as const;
/** Read as well; a client may split a cookie over several lines, and the others are hints. */
const READ_ONCE = [
  'cookie',
  'user-agent',
  'accept',
  'origin',
  'access-control-request-method',
  SELF_TEST_HEADER,
] as const;
type HeaderName = (typeof READ)[number] | (typeof READ_ONCE)[number];

const NAMES = new Set<string>([...READ, ...READ_ONCE]);
const MANY_ALLOWED = new Set<string>(READ_ONCE);
const LENGTHS = new Set([...NAMES].map((name) => name.length));
const USUAL_CONNECTION = /^(?:keep-alive|close|upgrade|te|http2-settings|,|\s)*$/i;

/** The headers of a request that matter here, and whether one of them can be read in two ways. */
export interface SeenHeaders {
  values: ReadonlyMap<string, string>;
  isAmbiguous: boolean;
}

const isDisguised = (name: string) => isName(name.replaceAll('_', '-')) || isUntrustedInDisguise(name);

const isName = (name: string): name is HeaderName => NAMES.has(name);

/** `x-forwarded-for` as `X-Forwarded-For`. */
const titled = (name: string) => name.replace(/(?<=^|-)[a-z]/g, (letter) => letter.toUpperCase());
/** The two usual spellings of each name: most headers are found at the first look. */
const SPELLINGS = new Map([...NAMES].flatMap((name) => [name, titled(name)].map((sent) => [sent, name])));

/**
 * Reads the raw list, in which a header that was sent twice is seen twice. Ambiguous: one of the headers sent twice,
 * a name with underscores that some servers take for one of them or for one that only a proxy may set, or one of them
 * named by Connection, which makes proxies drop it.
 */
export function seeHeaders(raw: readonly string[]): SeenHeaders {
  const values = new Map<string, string>();
  let isAmbiguous = false;
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const sent = raw[i] ?? '';
    if (sent.includes('_') && isDisguised(sent.toLowerCase())) isAmbiguous = true;
    if (!LENGTHS.has(sent.length)) continue;
    const name = SPELLINGS.get(sent) ?? sent.toLowerCase();
    if (isName(name)) {
      if (!values.has(name)) values.set(name, raw[i + 1] ?? '');
      else if (!MANY_ALLOWED.has(name)) isAmbiguous = true;
    }
  }
  const connection = values.get('connection');
  if (connection !== undefined && !USUAL_CONNECTION.test(connection)) {
    isAmbiguous ||= connection.split(',').some((token) => isName(token.trim().toLowerCase()));
  }
  return { values, isAmbiguous };
}

/** What a proxy says of the request that it holds. */
export interface ForwardedRequest {
  /** Why it cannot be said; then the rest is what is known all the same. */
  problem: GateCode | null;
  ip: string;
  method: string | null;
  host: string | null;
  /** Normalized. */
  path: string | null;
  /** As it was sent, with its query. */
  target: string | null;
  proto: 'http' | 'https' | null;
}

export const METHOD = /^[A-Z][A-Z-]{0,31}$/;
const PROTOS: Record<string, 'http' | 'https'> = { http: 'http', https: 'https', ws: 'http', wss: 'https' };

interface Said {
  method: string | undefined;
  host: string | undefined;
  target: string | undefined;
}

/** The question's own URL: how the proxy speaks, and for Envoy the path of the request behind the gate's own. */
export interface AuthorizeUrl {
  isForNginx: boolean;
  /** Of Envoy: the path and the query that follow; null where headers say it. */
  rest: string | null;
}

const URLS: Record<string, AuthorizeUrl> = {
  [AUTHORIZE_PATH]: { isForNginx: false, rest: null },
  [`${AUTHORIZE_PATH}?proxy=nginx`]: { isForNginx: true, rest: null },
  [`${AUTHORIZE_PATH}?`]: { isForNginx: false, rest: null },
};

/** @returns null where the URL is not one of /v1/authorize */
export function readAuthorizeUrl(url: string): AuthorizeUrl | null {
  const known = URLS[url];
  if (known) return known;
  return url.startsWith(`${AUTHORIZE_PATH}/`)
    ? { isForNginx: false, rest: url.slice(AUTHORIZE_PATH.length) }
    : null;
}

function saidBy(url: AuthorizeUrl, ownMethod: string, values: SeenHeaders['values']): Said {
  if (url.rest !== null) return { method: ownMethod, host: values.get('host'), target: url.rest };
  const host = values.get('x-forwarded-host');
  return url.isForNginx
    ? { method: values.get('x-original-method'), host, target: values.get('x-original-uri') }
    : { method: values.get('x-forwarded-method'), host, target: values.get('x-forwarded-uri') };
}

/** The mark of a self-test and the host it must be for; null where none was sent, as nearly always. */
export function selfTestMark(
  url: AuthorizeUrl,
  { values }: SeenHeaders,
): { mark: string; host: string | undefined } | null {
  const mark = values.get(SELF_TEST_HEADER);
  return mark === undefined ? null : { mark, host: saidBy(url, '', values).host };
}

/**
 * nginx's headers beside those of another proxy: that proxy passes on a query or headers of the client, who would thus
 * choose which are read.
 */
function isOfTwoProxies({ isForNginx }: AuthorizeUrl, values: SeenHeaders['values']): boolean {
  return isForNginx && (values.has('x-forwarded-uri') || values.has('x-forwarded-method'));
}

/**
 * What the peer says of the request it holds. Each proxy's own headers alone are read: those of another kind may be the
 * client's. Nothing is believed of a peer that is no trusted proxy.
 */
export function readForwarded(
  url: AuthorizeUrl,
  ownMethod: string,
  peer: string,
  seen: SeenHeaders,
  proxies: TrustedProxies,
): ForwardedRequest {
  const unknown = { ip: peer, method: null, host: null, path: null, target: null, proto: null };
  if (!proxies.has(peer)) return { problem: 'UNTRUSTED_PROXY', ...unknown };
  const { values } = seen;
  const ip = proxies.clientOf(peer, values.get('x-forwarded-for') ?? null);
  if (seen.isAmbiguous || isOfTwoProxies(url, values))
    return { problem: 'AMBIGUOUS_REQUEST', ...unknown, ip };
  const said = saidBy(url, ownMethod, values);
  const method = said.method !== undefined && METHOD.test(said.method) ? said.method : null;
  const host = said.host === undefined ? null : normalizeHost(said.host);
  const saidProto = values.get('x-forwarded-proto');
  const proto = saidProto === undefined ? null : (PROTOS[saidProto] ?? null);
  const target = said.target ?? null;
  const isClear =
    method !== null && host !== null && target !== null && (saidProto === undefined || proto !== null);
  if (!isClear) return { problem: 'AMBIGUOUS_REQUEST', ip, method, host, path: null, target, proto };
  const path = normalizePath(target);
  return { problem: path === null ? 'AMBIGUOUS_PATH' : null, ip, method, host, path, target, proto };
}
