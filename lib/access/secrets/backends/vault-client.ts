import { readFileSync } from 'node:fs';
import { SECOND_MS } from '@/lib/platform/core/clock';
import type { VaultEnv } from '@/lib/platform/core/env/env-secret-backends';
import { type OutboundResponse, sendOutbound } from '@/lib/platform/core/outbound/outbound';
import { BackendError, networkProblem } from './backend';

const TIMEOUT_MS = 10 * SECOND_MS;
/** A list of 20,000 names; metadata of one secret is far smaller. */
const RESPONSE_BYTES_MAX = 4 * 1024 * 1024;
const SKEW_NOTED_MS = 2_000;

export interface VaultAnswer {
  data: Record<string, unknown>;
  auth: { client_token: string; lease_duration: number; renewable: boolean } | null;
  wrapInfo: { token: string } | null;
}

const isItem = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const itemOf = (value: unknown) => (isItem(value) ? value : {});

/**
 * The HTTP API of HashiCorp Vault and OpenBao, as far as Bulwark uses it: through the outbound guard, one address, no
 * redirects. What the server says in an error is never repeated: it may hold what was sent.
 */
export class VaultClient {
  readonly host: string;
  private readonly ca: string | undefined;
  /** The server's clock less this one's, by the header Date of the last answer. */
  clockSkewMs: number | null = null;

  /** @throws BackendError where the authority's certificate cannot be read */
  constructor(private readonly settings: Pick<VaultEnv, 'address' | 'namespace' | 'caPath'>) {
    this.host = new URL(settings.address).host;
    try {
      this.ca = settings.caPath === null ? undefined : readFileSync(settings.caPath, 'utf8');
    } catch (cause) {
      const sentence = `Could not read ${settings.caPath}, which VAULT_CACERT names. Check the path and its permissions.`;
      throw new BackendError('no_credential', sentence, { cause });
    }
  }

  /** Null where there is nothing at the path. @throws BackendError */
  async get(path: string, token: string, signal?: AbortSignal): Promise<VaultAnswer | null> {
    return this.ask('GET', path, token, undefined, signal);
  }

  /** The names below a path; those of folders end with a slash. @throws BackendError */
  async list(path: string, token: string, signal?: AbortSignal): Promise<string[]> {
    const answer = await this.get(`${path}?list=true`, token, signal);
    const keys = answer?.data.keys;
    return Array.isArray(keys) ? keys.filter((key) => typeof key === 'string') : [];
  }

  /** @throws BackendError */
  async post(
    path: string,
    token: string | null,
    body: object,
    signal?: AbortSignal,
  ): Promise<VaultAnswer | null> {
    return this.ask('POST', path, token, body, signal);
  }

  private async ask(
    method: 'GET' | 'POST',
    path: string,
    token: string | null,
    body: object | undefined,
    signal?: AbortSignal,
  ): Promise<VaultAnswer | null> {
    signal?.throwIfAborted();
    const { address, namespace } = this.settings;
    const headers = {
      accept: 'application/json',
      'content-type': 'application/json',
      'x-vault-request': 'true',
      ...(token === null ? {} : { 'x-vault-token': token }),
      ...(namespace === null ? {} : { 'x-vault-namespace': namespace }),
    };
    const sentAtMs = Date.now();
    const answer = await sendOutbound(
      { url: `${address}/v1/${path}`, method, headers, body: body === undefined ? '' : JSON.stringify(body) },
      {
        // The address is a setting of this host, not something that a person typed into the console.
        allow: { hosts: [new URL(address).hostname.replace(/^\[(.*)\]$/, '$1')], cidrs: [] },
        timeoutMs: TIMEOUT_MS,
        responseBytesMax: RESPONSE_BYTES_MAX,
        ...(this.ca === undefined ? {} : { ca: this.ca }),
      },
    ).catch((error: unknown) => {
      throw networkProblem(error, this.host);
    });
    this.noteClock(answer, (sentAtMs + Date.now()) / 2);
    return this.read(answer);
  }

  private noteClock({ headers }: OutboundResponse, atMs: number): void {
    const date = typeof headers.date === 'string' ? Date.parse(headers.date) : Number.NaN;
    if (Number.isNaN(date)) return;
    // The header counts whole seconds: the moment lies in the middle of one.
    const skewMs = date + SECOND_MS / 2 - atMs;
    this.clockSkewMs = Math.abs(skewMs) < SKEW_NOTED_MS ? 0 : Math.round(skewMs);
  }

  private read(answer: OutboundResponse): VaultAnswer | null {
    this.refuse(answer);
    if (answer.status === 404 || answer.status === 204 || answer.body === '') return null;
    if (answer.isCut)
      throw new BackendError('too_many', `${this.host} holds more names in one folder than Bulwark lists.`);
    try {
      const { data, auth, wrap_info: wrapInfo } = itemOf(JSON.parse(answer.body));
      return {
        data: itemOf(data),
        auth: isItem(auth) ? (auth as VaultAnswer['auth']) : null,
        wrapInfo: isItem(wrapInfo) ? (wrapInfo as VaultAnswer['wrapInfo']) : null,
      };
    } catch (cause) {
      throw new BackendError('bad_answer', `${this.host} sent something other than JSON. Check VAULT_ADDR.`, {
        cause,
      });
    }
  }

  private refuse({ status, headers, body }: OutboundResponse): void {
    if (status < 300 || status === 404) return;
    if (status < 400) {
      const to = URL.parse(String(headers.location ?? ''), this.settings.address)?.host ?? 'another address';
      const sentence = `${this.host} redirects to ${to}. Bulwark follows no redirect: set VAULT_ADDR to the active server.`;
      throw new BackendError('redirected', sentence);
    }
    if (status === 503 && /"?\b(?:sealed|Vault is sealed)\b/i.test(body))
      throw new BackendError('sealed', `${this.host} is sealed. Unseal it.`);
    if (status === 501)
      throw new BackendError('not_initialized', `${this.host} is not initialized. Initialize it.`);
    if (status === 403)
      throw new BackendError(
        'denied',
        `${this.host} denied the request. Extend the policy of Bulwark's identity.`,
      );
    if (status === 429)
      throw new BackendError('limited', `${this.host} limits requests. Raise its quota or wait.`);
    if (status >= 500)
      throw new BackendError('unavailable', `${this.host} returned HTTP ${status}. Check its log.`);
    throw new BackendError(
      'bad_answer',
      `${this.host} rejected the request with HTTP ${status}. Check its version.`,
    );
  }
}
