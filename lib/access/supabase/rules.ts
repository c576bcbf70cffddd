import type { JwtPrincipal, JwtRefusal } from './contract';

export interface TokenHeader {
  alg: 'ES256' | 'RS256' | 'HS256';
  kid: string | null;
}

/** What a token must say. */
export interface TokenExpectation {
  issuer: string;
  audience: string;
  tenantId: string;
  clockSkewSeconds: number;
  /** From `iat`, or from now, to `exp`. */
  maxLifetimeSeconds: number;
}

const ALGORITHMS = ['ES256', 'RS256', 'HS256'] as const;
/** Members by which a token would bring its own key, or ask for rules that we do not know. */
const REFUSED_MEMBERS = ['jku', 'jwk', 'x5u', 'x5c', 'crit', 'b64', 'zip', 'enc'];
const AUDIENCES_MAX = 10;
const SCOPES_MAX = 50;
const SECONDS_MAX = 9_999_999_999;

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @returns null where the header is not one that GoTrue writes */
export function readHeader(header: unknown): TokenHeader | null {
  if (!isRecord(header) || header.typ !== 'JWT') return null;
  if (REFUSED_MEMBERS.some((name) => Object.hasOwn(header, name))) return null;
  const alg = ALGORITHMS.find((name) => name === header.alg);
  const { kid } = header;
  if (!alg || !(kid === undefined || (typeof kid === 'string' && kid !== '' && kid.length <= 200)))
    return null;
  return { alg, kid: kid ?? null };
}

const isSeconds = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0 && value <= SECONDS_MAX;

/** Printable ASCII without spaces: an id, compared byte by byte. */
function idOf(value: unknown): string | null {
  return typeof value === 'string' && /^[\x21-\x7e]{1,128}$/.test(value) ? value : null;
}

function shortTextOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' && value.length <= 320 ? value : null;
}

function hasAudience(given: unknown, audience: string): boolean {
  if (typeof given === 'string') return given === audience;
  if (!Array.isArray(given) || given.length > AUDIENCES_MAX) return false;
  return given.every((one) => typeof one === 'string') && given.includes(audience);
}

function scopesOf(claims: Readonly<Record<string, unknown>>): string[] {
  const granted = typeof claims.scope === 'string' ? claims.scope.split(' ') : [];
  const stored = isRecord(claims.app_metadata) ? claims.app_metadata.scopes : null;
  const all: unknown[] = [...granted, ...(Array.isArray(stored) ? stored : [])];
  const scopes = all.map(idOf).filter((scope) => scope !== null);
  return [...new Set(scopes)].slice(0, SCOPES_MAX);
}

interface Times {
  exp: number;
  nbf: number;
}

/** The span in which the claims hold; null where they say no sound one. */
function timesOf(
  claims: Readonly<Record<string, unknown>>,
  nowSeconds: number,
  maxSeconds: number,
): Times | null {
  const { exp, iat, nbf } = claims;
  if (!isSeconds(exp)) return null;
  if (iat !== undefined && !isSeconds(iat)) return null;
  if (nbf !== undefined && !isSeconds(nbf)) return null;
  if (exp - (iat ?? nowSeconds) > maxSeconds) return null;
  return { exp, nbf: Math.max(nbf ?? 0, iat ?? 0) };
}

/** Reads the claims of a token whose signature was verified. */
export function readClaims(
  claims: unknown,
  expected: TokenExpectation,
  nowMs: number,
): { principal: JwtPrincipal } | { refusal: JwtRefusal } {
  if (!isRecord(claims)) return { refusal: 'MALFORMED' };
  if (claims.iss !== expected.issuer) return { refusal: 'WRONG_ISSUER' };
  if (!hasAudience(claims.aud, expected.audience)) return { refusal: 'WRONG_AUDIENCE' };
  const times = timesOf(claims, nowMs / 1000, expected.maxLifetimeSeconds);
  const userId = idOf(claims.sub);
  const jti = idOf(claims.jti);
  const sessionId = claims.session_id === undefined ? jti : idOf(claims.session_id);
  if (!times || userId === null || sessionId === null) return { refusal: 'MALFORMED' };
  const expiresAtMs = (times.exp + expected.clockSkewSeconds) * 1000;
  const notBeforeMs = Math.max(0, times.nbf - expected.clockSkewSeconds) * 1000;
  if (nowMs >= expiresAtMs) return { refusal: 'EXPIRED' };
  if (nowMs < notBeforeMs) return { refusal: 'NOT_YET_VALID' };
  return {
    principal: {
      issuer: expected.issuer,
      userId,
      sessionId,
      jti,
      role: idOf(claims.role) ?? '',
      aal: idOf(claims.aal),
      isAnonymous: claims.is_anonymous === true,
      email: shortTextOf(claims.email),
      tenantId: expected.tenantId,
      expiresAtMs,
      notBeforeMs,
      scopes: scopesOf(claims),
    },
  };
}
