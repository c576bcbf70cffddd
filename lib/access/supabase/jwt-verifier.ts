import { hash } from 'node:crypto';
import { compactVerify, errors } from 'jose';
import { parseJson } from '@/lib/platform/core/http/json';
import type { JwtPrincipal, JwtRefusal, JwtResult } from './contract';
import { Jwks, type JwksOptions, type JwksState } from './jwks';
import { readClaims, readHeader, type TokenExpectation, type TokenHeader } from './rules';

export interface SupabaseJwtConfig extends TokenExpectation {
  jwksUrl: string;
  /** The legacy shared secret; null: tokens under HS256 are refused. */
  jwtSecret: string | null;
}

export interface JwtVerifierOptions {
  jwks?: Omit<JwksOptions, 'url' | 'onChange'>;
  /** Tokens that are remembered as verified. */
  rememberedMax?: number;
  /** Unix milliseconds. */
  now?: () => number;
}

export interface JwtVerifierState {
  /** Seconds since the key set was read; null where it never was. */
  jwksAgeSeconds: number | null;
  jwks: JwksState;
  remembered: number;
}

export interface JwtVerifier {
  /**
   * Synchronous where the token was verified before, or is none; never rejects. A revocation does not show here: the
   * caller looks for blocks of the principal's session and user.
   */
  verify(token: string): JwtResult | Promise<JwtResult>;
  readonly state: JwtVerifierState;
  close(): void;
}

const TOKEN_LENGTH_MAX = 8_192;
const REMEMBERED_MAX = 50_000;
/** One spelling for each token: no padding, no white space, no line breaks, which decoders forgive. */
const COMPACT = /^([A-Za-z0-9_-]{1,1024})\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{1,1024})$/;

const refused = (refusal: JwtRefusal): JwtResult => ({ refusal });

function decode(part: string): Uint8Array | null {
  const bytes = Buffer.from(part, 'base64url');
  return bytes.toString('base64url') === part ? bytes : null;
}

function parsePart(part: string): unknown {
  const bytes = decode(part);
  if (bytes === null) return null;
  try {
    return parseJson(bytes);
  } catch {
    return null;
  }
}

interface ParsedToken {
  header: TokenHeader;
  claims: unknown;
}

function parseToken(token: string): ParsedToken | null {
  const [, header = '', payload = '', signature = ''] = COMPACT.exec(token) ?? [];
  const read = readHeader(parsePart(header));
  if (!read || decode(signature) === null) return null;
  const claims = parsePart(payload);
  return claims === null ? null : { header: read, claims };
}

/** Verified tokens by their digest, the oldest forgotten first. A speed-up only: nothing is decided by the token. */
class Remembered {
  private readonly results = new Map<string, { principal: JwtPrincipal }>();

  constructor(private readonly max: number) {}

  get size(): number {
    return this.results.size;
  }

  get(digest: string, nowMs: number): JwtResult | undefined {
    const known = this.results.get(digest);
    if (!known) return undefined;
    const { expiresAtMs, notBeforeMs } = known.principal;
    if (nowMs < expiresAtMs && nowMs >= notBeforeMs) return known;
    this.results.delete(digest);
    return undefined;
  }

  put(digest: string, result: { principal: JwtPrincipal }): void {
    if (this.results.size >= this.max) {
      for (const oldest of this.results.keys()) {
        this.results.delete(oldest);
        break;
      }
    }
    this.results.set(digest, result);
  }

  clear(): void {
    this.results.clear();
  }
}

class SupabaseJwtVerifier implements JwtVerifier {
  private readonly jwks: Jwks;
  private readonly remembered: Remembered;
  /** Verifications under way by digest, so that a crowd with one token costs one. */
  private readonly underWay = new Map<string, Promise<JwtResult>>();
  private readonly secret: Uint8Array | null;
  private readonly now: () => number;
  /** Counts changes of the key set: what was verified before one is not remembered after it. */
  private epoch = 0;

  constructor(
    private readonly config: SupabaseJwtConfig,
    options: JwtVerifierOptions,
  ) {
    this.now = options.now ?? Date.now;
    this.remembered = new Remembered(options.rememberedMax ?? REMEMBERED_MAX);
    this.secret = config.jwtSecret === null ? null : new TextEncoder().encode(config.jwtSecret);
    this.jwks = new Jwks({
      ...options.jwks,
      url: config.jwksUrl,
      onChange: () => {
        this.epoch += 1;
        this.remembered.clear();
      },
    });
    void this.jwks.reload();
  }

  get state(): JwtVerifierState {
    const jwks = this.jwks.state;
    return { jwksAgeSeconds: jwks.ageSeconds, jwks, remembered: this.remembered.size };
  }

  verify(token: string): JwtResult | Promise<JwtResult> {
    if (token.length > TOKEN_LENGTH_MAX) return refused('MALFORMED');
    this.jwks.keepFresh();
    const digest = hash('sha256', token, 'base64');
    const known = this.remembered.get(digest, this.now()) ?? this.underWay.get(digest);
    if (known) return known;
    const parsed = parseToken(token);
    if (!parsed) return refused('MALFORMED');
    const result = this.verifyParsed(token, parsed, digest).finally(() => this.underWay.delete(digest));
    this.underWay.set(digest, result);
    return result;
  }

  close(): void {
    this.jwks.close();
  }

  private async verifyParsed(
    token: string,
    { header, claims }: ParsedToken,
    digest: string,
  ): Promise<JwtResult> {
    const key = header.alg === 'HS256' ? this.secret : await this.publishedKey(header);
    if (key === null) return refused('UNKNOWN_KEY');
    if (key === 'UNAVAILABLE') return refused('UNAVAILABLE');
    const { epoch } = this;
    try {
      await compactVerify(token, key, { algorithms: [header.alg] });
    } catch (error) {
      const isWrong = error instanceof errors.JWSSignatureVerificationFailed;
      return refused(isWrong ? 'BAD_SIGNATURE' : 'MALFORMED');
    }
    const result = readClaims(claims, this.config, this.now());
    if ('principal' in result && epoch === this.epoch) this.remembered.put(digest, result);
    return result;
  }

  private async publishedKey({ kid, alg }: TokenHeader): Promise<CryptoKey | 'UNAVAILABLE' | null> {
    if (kid === null) return null;
    if (!this.jwks.find(kid)) await this.jwks.reload();
    const found = this.jwks.find(kid);
    if (!found) return this.jwks.isReady ? null : 'UNAVAILABLE';
    return found.alg === alg ? found.key : null;
  }
}

/** Verifies the access tokens that Supabase (GoTrue) issues, locally, by RFC 8725. */
export function createJwtVerifier(config: SupabaseJwtConfig, options: JwtVerifierOptions = {}): JwtVerifier {
  return new SupabaseJwtVerifier(config, options);
}
