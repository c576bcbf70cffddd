import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import { newId } from '@/lib/platform/core/ids';

/** A user as GoTrue keeps one; `banDuration` as the admin API was told. */
export interface StandInUser {
  id: string;
  email: string;
  banDuration: string | null;
}

interface SigningKey {
  kid: string;
  alg: 'ES256' | 'RS256';
  privateKey: CryptoKey;
  jwk: JWK;
}

export const SERVICE_KEY = 'sb_secret_stand-in-for-tests-only-0001';
export const ANON_KEY = 'sb_publishable_stand-in-for-tests-only';
export const JWT_SECRET = 'legacy-secret-of-the-stand-in-Q7x2Lm9';

/**
 * A stand-in for GoTrue (supabase/auth): the key set, the admin endpoints that Bulwark calls, and tokens with the
 * claims that GoTrue writes (internal/tokens/service.go). No real GoTrue can be had in this environment.
 */
export class StandInGoTrue {
  readonly users = new Map<string, StandInUser>();
  readonly calls: string[] = [];
  keySetReadings = 0;
  /** Answers with this status instead of doing anything. */
  failWith: number | null = null;
  /** Awaited before an admin call is answered. */
  onCall: (() => Promise<void>) | null = null;
  /** Who the provider behind GoTrue says has signed in; more members replace those of the answer's user. */
  signsIn: { user: StandInUser; more?: object } | null = null;
  private readonly codes = new Map<string, { challenge: string; user: StandInUser; more: object }>();
  private published: SigningKey[] = [];
  private server: Server | undefined;
  private port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get issuer(): string {
    return `${this.url}/auth/v1`;
  }

  get jwksUrl(): string {
    return `${this.issuer}/.well-known/jwks.json`;
  }

  async start(): Promise<void> {
    this.server = createServer((request, response) => {
      this.serve(request, response).catch(() => response.destroy());
    });
    await new Promise<void>((resolve) => this.server?.listen(0, '127.0.0.1', resolve));
    this.port = (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => (this.server ? this.server.close(resolve) : resolve(null)));
  }

  /** Makes a key and publishes it, together with those before unless `isAlone`. */
  async rotate(alg: SigningKey['alg'] = 'ES256', isAlone = false): Promise<SigningKey> {
    const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
    const kid = newId();
    const jwk = { ...(await exportJWK(publicKey)), kid, alg, use: 'sig', key_ops: ['verify'] };
    const key = { kid, alg, privateKey, jwk };
    this.published = isAlone ? [key] : [...this.published, key];
    return key;
  }

  /** Publishes exactly these entries, whatever they are. */
  publish(jwks: readonly JWK[]): void {
    this.published = jwks.map((jwk) => ({ jwk }) as SigningKey);
  }

  /** The claims of an access token, as GoTrue writes them. */
  claims(more: JWTPayload = {}): JWTPayload {
    const now = Math.floor(Date.now() / 1000);
    return {
      iss: this.issuer,
      sub: newId(),
      aud: 'authenticated',
      exp: now + 3600,
      iat: now,
      email: 'ada@example.org',
      phone: '',
      app_metadata: { provider: 'email', providers: ['email'] },
      user_metadata: { email_verified: true },
      role: 'authenticated',
      aal: 'aal1',
      amr: [{ method: 'password', timestamp: now }],
      session_id: newId(),
      is_anonymous: false,
      ...more,
    };
  }

  sign(key: SigningKey, claims: JWTPayload = this.claims(), header: object = {}): Promise<string> {
    return new SignJWT(claims)
      .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'JWT', ...header })
      .sign(key.privateKey);
  }

  signLegacy(claims: JWTPayload = this.claims(), secret = JWT_SECRET): Promise<string> {
    return new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .sign(new TextEncoder().encode(secret));
  }

  addUser(email: string): StandInUser {
    const user = { id: crypto.randomUUID(), email, banDuration: null };
    this.users.set(user.id, user);
    return user;
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    const send = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    this.calls.push(`${request.method} ${url.pathname}${url.search}`);
    if (url.pathname === '/auth/v1/.well-known/jwks.json') this.keySetReadings += 1;
    if (this.failWith !== null) return send(this.failWith, { msg: 'out of order' });
    switch (url.pathname) {
      case '/auth/v1/.well-known/jwks.json':
        return send(200, { keys: this.published.map(({ jwk }) => jwk) });
      case '/auth/v1/health':
        return send(200, { version: 'v2.stand-in', name: 'GoTrue', description: 'stand-in' });
      case '/auth/v1/authorize':
        return this.authorize(url, response);
      case '/auth/v1/token':
        return this.exchange(request, send);
      case '/auth/v1/logout':
        response.writeHead(204).end();
        return;
      default:
        return this.serveAdmin(request, url, send);
    }
  }

  /** The provider behind answers at once. As GoTrue does, it hands back a code and no state. */
  private authorize(url: URL, response: ServerResponse): void {
    const { redirect_to: back = '', code_challenge: challenge = '' } = Object.fromEntries(url.searchParams);
    const isAsked =
      url.searchParams.get('provider') === 'github' &&
      url.searchParams.get('code_challenge_method')?.toLowerCase() === 's256';
    const code = crypto.randomUUID();
    if (this.signsIn) this.codes.set(code, { challenge, more: {}, ...this.signsIn });
    const answer = new URLSearchParams(isAsked && this.signsIn ? { code } : { error: 'access_denied' });
    response.writeHead(302, { location: `${back}?${answer}` }).end();
  }

  private async exchange(
    request: IncomingMessage,
    send: (status: number, body: unknown) => void,
  ): Promise<void> {
    const { auth_code: code = '', code_verifier: verifier = '' } = await this.bodyOf(request);
    const known = this.codes.get(code);
    this.codes.delete(code);
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    if (request.headers.apikey !== ANON_KEY) return send(401, { message: 'No API key found in request' });
    if (!known || known.challenge !== challenge) return send(400, { error_code: 'bad_code_verifier' });
    const user = { ...this.userBody(known.user), email_confirmed_at: '2026-01-01T00:00:00Z', ...known.more };
    send(200, {
      access_token: 'an.access.token',
      token_type: 'bearer',
      expires_in: 3600,
      refresh_token: 'r',
      user,
    });
  }

  private async bodyOf(request: IncomingMessage): Promise<Record<string, string>> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    return JSON.parse(Buffer.concat(chunks).toString());
  }

  private async serveAdmin(
    request: IncomingMessage,
    url: URL,
    send: (status: number, body: unknown) => void,
  ): Promise<void> {
    const isAdmin = request.headers.authorization === `Bearer ${SERVICE_KEY}`;
    if (!isAdmin) return send(401, { code: 401, msg: 'This endpoint requires a valid Bearer token' });
    const userId = /^\/auth\/v1\/admin\/users\/([0-9a-f-]{36})$/.exec(url.pathname)?.[1];
    if (url.pathname === '/auth/v1/admin/users' && request.method === 'GET') {
      return send(200, {
        users: [...this.users.values()].map((user) => this.userBody(user)),
        aud: 'authenticated',
      });
    }
    const user = userId ? this.users.get(userId) : undefined;
    if (!user) return send(404, { code: 404, error_code: 'user_not_found', msg: 'User not found' });
    if (request.method === 'PUT') {
      const body = await this.bodyOf(request);
      if (body.ban_duration !== undefined) user.banDuration = body.ban_duration;
    }
    await this.onCall?.();
    return send(200, this.userBody(user));
  }

  private userBody({ id, email, banDuration }: StandInUser) {
    const isBanned = banDuration !== null && banDuration !== 'none';
    return {
      id,
      aud: 'authenticated',
      role: 'authenticated',
      email,
      phone: '',
      app_metadata: { provider: 'email' },
      user_metadata: {},
      identities: [],
      created_at: '2026-01-01T00:00:00Z',
      last_sign_in_at: '2026-11-01T00:00:00Z',
      ...(isBanned ? { banned_until: new Date(Date.now() + 3_600_000).toISOString() } : {}),
    };
  }
}
