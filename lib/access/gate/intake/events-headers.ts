import { createHash } from 'node:crypto';
import type { SentWith } from '@/lib/access/gate/http/question';
import { BODY_ENCODINGS, type BodyEncoding } from '@/lib/access/gate/intake-contract';
import type { TrustedProxies } from '@/lib/platform/auth/request/client-ip';
import { clientSubjectOf } from './client-subject';

/** What the headers of a delivery say. */
export interface EventsHeaders {
  sentWith: SentWith;
  ip: string;
  clientSubject: string | null;
  host: string | null;
  userAgent: string | null;
  encoding: BodyEncoding;
  /** SHA-256 of every header but the credentials, as `name: value` lines in the order in which they came. */
  digest: Buffer;
}

const CREDENTIALS = new Set(['authorization', 'x-api-key', 'proxy-authorization', 'cookie']);
const BEARER = /^bearer +(\S+)$/i;
const TEXT_MAX = 256;

/** Each header once; one that was sent twice has no value that could be relied on. */
function readOnce(raw: readonly string[]): {
  values: Map<string, string>;
  twice: Set<string>;
  digest: Buffer;
} {
  const values = new Map<string, string>();
  const twice = new Set<string>();
  const hash = createHash('sha256');
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = (raw[i] ?? '').toLowerCase();
    const value = raw[i + 1] ?? '';
    if (values.has(name)) twice.add(name);
    else values.set(name, value);
    if (!CREDENTIALS.has(name)) hash.update(`${name}: ${value}\n`, 'latin1');
  }
  return { values, twice, digest: hash.digest() };
}

/** A key in a header, or the token in the URL; never both. */
function sentWithOf(
  values: ReadonlyMap<string, string>,
  twice: ReadonlySet<string>,
  token: string | null,
): SentWith {
  const authorization = values.get('authorization');
  const apiKey = values.get('x-api-key')?.trim();
  const given = [authorization, apiKey, token ?? undefined].filter(
    (value) => value !== undefined && value !== '',
  );
  if (given.length > 1 || twice.has('authorization') || twice.has('x-api-key')) return { kind: 'ambiguous' };
  if (token !== null) return { kind: 'source', token };
  if (apiKey) return { kind: 'key', key: apiKey };
  if (!authorization) return { kind: 'none' };
  const key = BEARER.exec(authorization)?.[1];
  return key === undefined ? { kind: 'malformed' } : { kind: 'key', key };
}

function encodingOf(text: string | undefined): BodyEncoding {
  const name = (text ?? 'identity').trim().toLowerCase();
  if (name === 'x-gzip') return 'gzip';
  return BODY_ENCODINGS.find((known) => known === name) ?? 'identity';
}

/**
 * Reads the headers of a delivery.
 * @param token from the URL
 * @param peer the socket's address; only a trusted proxy is believed about its client and the client's certificate
 */
export function readEventsHeaders(
  raw: readonly string[],
  token: string | null,
  peer: string,
  proxies: TrustedProxies,
): EventsHeaders {
  const { values, twice, digest } = readOnce(raw);
  const once = (name: string) => (twice.has(name) ? null : (values.get(name) ?? null));
  const isProxied = proxies.has(peer);
  const certificate = {
    traefik: once('x-forwarded-tls-client-cert-info'),
    envoy: once('x-forwarded-client-cert'),
    nginx: once('x-ssl-client-s-dn'),
    nginxVerify: once('x-ssl-client-verify'),
  };
  return {
    sentWith: sentWithOf(values, twice, token),
    ip: isProxied ? proxies.clientOf(peer, values.get('x-forwarded-for') ?? null) : peer,
    clientSubject: isProxied ? clientSubjectOf(certificate) : null,
    host: values.get('host')?.slice(0, TEXT_MAX) ?? null,
    userAgent: values.get('user-agent')?.slice(0, TEXT_MAX) ?? null,
    encoding: encodingOf(values.get('content-encoding')),
    digest,
  };
}
