import type { CryptoKey, JWK } from 'jose';
import { importJWK } from 'jose';
import { MINUTE_MS, SECOND_MS } from '@/lib/platform/core/clock';

/** One published key; its algorithm is fixed here and never taken from a token (RFC 8725 3.1). */
export interface PublishedKey {
  kid: string;
  alg: 'ES256' | 'RS256';
  key: CryptoKey;
}

export interface JwksOptions {
  url: string;
  /** Keys older than this are read again, in the background. */
  refreshMs?: number;
  /** After a reading none is made for this long, whatever tokens ask for. */
  cooldownMs?: number;
  /** The same while there are no keys at all. */
  retryMs?: number;
  /** Keys that could not be read again for this long are trusted no more. */
  trustedForMs?: number;
  timeoutMs?: number;
  /** Called where the keys differ from those before: what was verified with the old ones must be forgotten. */
  onChange?: () => void;
  onError?: (error: unknown) => void;
}

export interface JwksState {
  /** Seconds since the keys were read; null where they never were. */
  ageSeconds: number | null;
  keys: number;
  readings: number;
  failures: number;
  /** One sentence; null where the last reading succeeded. */
  lastError: string | null;
}

const KEYS_MAX = 50;
const LENGTH_MAX_BYTES = 256 * 1024;
const RSA_BITS_MIN = 2048;
const DEFAULTS = {
  refreshMs: 10 * MINUTE_MS,
  cooldownMs: 30 * SECOND_MS,
  retryMs: 2 * SECOND_MS,
  trustedForMs: 24 * 60 * MINUTE_MS,
  timeoutMs: 3 * SECOND_MS,
};

function algorithmOf(jwk: JWK): PublishedKey['alg'] | null {
  const alg =
    jwk.kty === 'EC' && jwk.crv === 'P-256' ? 'ES256' : jwk.kty === 'RSA' ? ('RS256' as const) : null;
  return alg !== null && (jwk.alg === undefined || jwk.alg === alg) ? alg : null;
}

/** Only public keys made for verifying; symmetric ones are never taken from the network. */
function isUsable(jwk: JWK): boolean {
  if (jwk.d !== undefined || jwk.k !== undefined) return false;
  if (jwk.use !== undefined && jwk.use !== 'sig') return false;
  if (jwk.key_ops !== undefined && !(Array.isArray(jwk.key_ops) && jwk.key_ops.includes('verify')))
    return false;
  const bits = typeof jwk.n === 'string' ? Buffer.from(jwk.n, 'base64url').length * 8 : 0;
  return jwk.kty !== 'RSA' || bits >= RSA_BITS_MIN;
}

async function publishedKey(jwk: JWK): Promise<PublishedKey | null> {
  const { kid } = jwk;
  const alg = algorithmOf(jwk);
  if (typeof kid !== 'string' || kid === '' || kid.length > 200 || !alg || !isUsable(jwk)) return null;
  const key = await importJWK(jwk, alg).catch(() => null);
  return key === null || key instanceof Uint8Array ? null : { kid, alg, key: key as CryptoKey };
}

async function readLimited(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > LENGTH_MAX_BYTES) throw new Error('The key set is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function fetchKeys(url: string, signal: AbortSignal): Promise<{ text: string; keys: PublishedKey[] }> {
  const response = await fetch(url, { redirect: 'error', signal, headers: { accept: 'application/json' } });
  if (response.status !== 200) throw new Error(`The key set was answered with status ${response.status}`);
  const text = await readLimited(response);
  const body: unknown = JSON.parse(text);
  const list = typeof body === 'object' && body !== null && 'keys' in body ? body.keys : null;
  if (!Array.isArray(list) || list.length > KEYS_MAX) throw new Error('The answer is no key set');
  const jwks = list.filter((entry): entry is JWK => typeof entry === 'object' && entry !== null);
  const keys = await Promise.all(jwks.map(publishedKey));
  return { text, keys: keys.filter((key) => key !== null) };
}

/**
 * The key set that an issuer publishes: read once for all who wait, kept while it cannot be read again, and never
 * read more often than the cooldown allows, so that a flood of invented key ids costs the issuer nothing.
 */
export class Jwks {
  private readonly options: JwksOptions & typeof DEFAULTS;
  private keys = new Map<string, PublishedKey>();
  private text: string | null = null;
  private readAtMs: number | null = null;
  private triedAtMs = Number.NEGATIVE_INFINITY;
  private reading: Promise<void> | null = null;
  private readonly stop = new AbortController();
  private readings = 0;
  private failures = 0;
  private lastError: string | null = null;

  constructor(options: JwksOptions) {
    this.options = { ...DEFAULTS, ...options };
  }

  get state(): JwksState {
    const { readAtMs, readings, failures, lastError } = this;
    const ageSeconds = readAtMs === null ? null : Math.round((performance.now() - readAtMs) / SECOND_MS);
    return { ageSeconds, keys: this.keys.size, readings, failures, lastError };
  }

  /** Whether there are keys that may still be trusted. */
  get isReady(): boolean {
    return this.readAtMs !== null && performance.now() - this.readAtMs < this.options.trustedForMs;
  }

  find(kid: string): PublishedKey | undefined {
    return this.isReady ? this.keys.get(kid) : undefined;
  }

  /** Reads the keys again where they are due; does not wait for it. */
  keepFresh(): void {
    const ageMs = this.readAtMs === null ? Number.POSITIVE_INFINITY : performance.now() - this.readAtMs;
    if (ageMs >= this.options.refreshMs) void this.reload();
  }

  /** Joins the reading under way or begins one, unless the cooldown still runs: then undefined. Never rejects. */
  reload(): Promise<void> | undefined {
    if (this.reading) return this.reading;
    if (this.stop.signal.aborted) return undefined;
    const restMs = this.isReady ? this.options.cooldownMs : this.options.retryMs;
    if (performance.now() - this.triedAtMs < restMs) return undefined;
    this.triedAtMs = performance.now();
    this.reading = this.read().finally(() => {
      this.reading = null;
    });
    return this.reading;
  }

  close(): void {
    this.stop.abort();
  }

  private async read(): Promise<void> {
    const { url, timeoutMs, onChange, onError } = this.options;
    this.readings += 1;
    try {
      const signal = AbortSignal.any([this.stop.signal, AbortSignal.timeout(timeoutMs)]);
      const { text, keys } = await fetchKeys(url, signal);
      const isChanged = text !== this.text;
      this.keys = new Map(keys.map((key) => [key.kid, key]));
      this.text = text;
      this.readAtMs = performance.now();
      this.lastError = null;
      if (isChanged) onChange?.();
    } catch (error) {
      if (this.stop.signal.aborted) return;
      this.failures += 1;
      this.lastError = error instanceof Error ? error.message : 'The key set could not be read';
      onError?.(error);
    }
  }
}
