import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TestBrowser } from '@/db/test/browser';
import { type OpenDatabase, openDatabase } from '@/db/test/open-database';
import { finishSignIn, startSignIn } from './sign-in-route';

const consoleUrl = 'https://console.test';
const clientId = 'bulwark-client';

interface Asked {
  nonce: string;
  codeChallenge: string;
}

type Claims = JWTPayload & Record<string, unknown>;
type MakeToken = (claims: Claims, keys: Keys) => Promise<string>;

interface Keys {
  sign: MakeToken;
  own: CryptoKey;
  other: CryptoKey;
  publicPem: string;
}

interface Scenario {
  claims?: (claims: Claims) => Claims;
  token?: MakeToken;
  /** What the discovery document names as issuer. */
  discoveredIssuer?: string;
  userinfo?: Record<string, unknown>;
  hasNoIdToken?: boolean;
}

/** A provider that lies on demand. Its authorization endpoint answers at once. */
class HostileIdp {
  scenario: Scenario = {};
  issuer = '';
  asked: Asked | null = null;
  private readonly server: Server;
  private keys: Keys | null = null;
  private jwk: unknown;

  constructor() {
    this.server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', this.issuer);
      void this.answer(url).then(
        ([status, body]) =>
          typeof body === 'string'
            ? response.writeHead(302, { location: body }).end()
            : response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
        (error) => response.writeHead(500).end(String(error)),
      );
    });
  }

  async start(): Promise<void> {
    const own = await generateKeyPair('RS256', { extractable: true });
    const other = await generateKeyPair('RS256', { extractable: true });
    this.jwk = { ...(await exportJWK(own.publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' };
    const sign: MakeToken = (claims) =>
      new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'k1' }).sign(own.privateKey);
    this.keys = {
      sign,
      own: own.privateKey,
      other: other.privateKey,
      publicPem: await exportSPKI(own.publicKey),
    };
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.issuer = `http://localhost:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): Promise<unknown> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }

  private discovery() {
    const { issuer } = this;
    return {
      issuer: this.scenario.discoveredIssuer ?? issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      userinfo_endpoint: `${issuer}/userinfo`,
    };
  }

  private async answer(url: URL): Promise<[number, unknown]> {
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        return [200, this.discovery()];
      case '/authorize': {
        const {
          state = '',
          nonce = '',
          code_challenge: codeChallenge = '',
          redirect_uri: back = '',
        } = Object.fromEntries(url.searchParams);
        this.asked = { nonce, codeChallenge };
        return [302, `${back}?${new URLSearchParams({ code: 'the-code', state })}`];
      }
      case '/token':
        return [200, await this.tokens()];
      case '/jwks':
        return [200, { keys: [this.jwk] }];
      case '/userinfo':
        return [200, this.scenario.userinfo ?? { sub: 'mallory' }];
      default:
        return [404, {}];
    }
  }

  private async tokens(): Promise<Record<string, unknown>> {
    if (!this.keys) throw new Error('not started');
    const now = Math.floor(Date.now() / 1000);
    const honest: Claims = {
      iss: this.issuer,
      sub: 'mallory',
      aud: clientId,
      iat: now,
      exp: now + 300,
      nonce: this.asked?.nonce,
      name: 'Mallory',
      email: 'ada@example.org',
      email_verified: true,
    };
    const claims = this.scenario.claims?.(honest) ?? honest;
    const token = await (this.scenario.token ?? this.keys.sign)(claims, this.keys);
    const tokens = { access_token: 'at', token_type: 'Bearer', expires_in: 300 };
    return this.scenario.hasNoIdToken ? tokens : { ...tokens, id_token: token };
  }
}

const idp = new HostileIdp();
let database: OpenDatabase;

beforeAll(async () => {
  await idp.start();
  database = await openDatabase({
    BULWARK_URL: consoleUrl,
    OIDC_HOSTILE_ISSUER: idp.issuer,
    OIDC_HOSTILE_CLIENT_ID: clientId,
    OIDC_HOSTILE_CLIENT_SECRET: 'Pq7xT2mK9vB4nC8dS1fG6hJ3',
    OIDC_SECOND_ISSUER: idp.issuer,
    OIDC_SECOND_CLIENT_ID: clientId,
    OIDC_SECOND_CLIENT_SECRET: 'Pq7xT2mK9vB4nC8dS1fG6hJ3',
    GITHUB_CLIENT_ID: 'Iv1.f00ba2',
    GITHUB_CLIENT_SECRET: 'Lm4wY8pR2tK6vB1nC9dS3fG7hJ5',
  });
});

afterAll(async () => {
  await idp.stop();
  await database.close();
});

beforeEach(async () => {
  await database.admin`truncate identity.session, identity.membership, identity.user_identity, identity.user_account, identity.invitation, audit_event cascade`;
});

let callers = 0;

function newBrowser(): TestBrowser {
  callers += 1;
  const handle = (request: Request) => {
    const context = {
      params: Promise.resolve({ nextauth: new URL(request.url).pathname.split('/').slice(3) }),
    };
    return request.method === 'POST' ? startSignIn(request, context) : finishSignIn(request, context);
  };
  return new TestBrowser(consoleUrl, handle, { 'x-bulwark-peer': `198.51.100.${callers}` });
}

async function signIn(scenario: Scenario): Promise<{ browser: TestBrowser; response: Response }> {
  idp.scenario = scenario;
  const browser = newBrowser();
  const started = await browser.open(`${consoleUrl}/api/auth/signin/hostile`, { callbackUrl: '/' });
  const leads = TestBrowser.next(started, consoleUrl);
  if (leads.startsWith(consoleUrl)) return { browser, response: started };
  const back = TestBrowser.next(await browser.open(leads), leads);
  return { browser, response: await browser.open(back) };
}

const identities = () => database.admin`select issuer, subject, email, handle from identity.user_identity`;

describe('an honest answer over https', () => {
  it('signs in with host-only secure cookies', async () => {
    const { browser, response } = await signIn({});
    expect(response.headers.get('location')).toBe(`${consoleUrl}/`);
    expect(browser.cookie('__Host-bulwark-session')).toMatch(/^[\w-]{43}$/);
    const cookies = response.headers.getSetCookie();
    expect(cookies.length).toBeGreaterThan(0);
    for (const cookie of cookies) {
      expect(cookie).toMatch(/^__Host-bulwark-[a-z-]+=.*; Path=\/;.* HttpOnly; Secure; SameSite=Lax$/);
      expect(cookie).not.toMatch(/domain=/i);
    }
    expect(await identities()).toEqual([
      { issuer: idp.issuer, subject: 'mallory', email: 'ada@example.org', handle: null },
    ]);
  });

  it('keeps an e-mail address only if it is verified, and no handle of a provider without unique ones', async () => {
    await signIn({ claims: (claims) => ({ ...claims, email_verified: false, preferred_username: 'ada' }) });
    expect(await identities()).toMatchObject([{ email: null, handle: null }]);
  });

  it('never joins accounts by e-mail', async () => {
    await signIn({});
    await signIn({ claims: (claims) => ({ ...claims, sub: 'somebody-else' }) });
    const accounts = await database.admin`select distinct user_id from identity.user_identity`;
    expect(accounts).toHaveLength(2);
  });

  it('reads what the ID token lacks from the userinfo endpoint', async () => {
    await signIn({
      claims: ({ name: _name, email: _email, email_verified: _verified, ...claims }) => claims,
      userinfo: { sub: 'mallory', name: 'Mallory M', email: 'm@example.org', email_verified: true },
    });
    expect(await identities()).toMatchObject([{ email: 'm@example.org' }]);
  });
});

describe('GitHub', () => {
  it('is asked with S256 and state for the verified e-mail address alone', async () => {
    const started = await newBrowser().open(`${consoleUrl}/api/auth/signin/github`, { callbackUrl: '/' });
    const url = new URL(TestBrowser.next(started, consoleUrl));
    expect(`${url.origin}${url.pathname}`).toBe('https://github.com/login/oauth/authorize');
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      client_id: 'Iv1.f00ba2',
      scope: 'user:email',
      code_challenge_method: 'S256',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      state: expect.stringMatching(/^[\w-]{43}$/),
      redirect_uri: `${consoleUrl}/api/auth/callback/github`,
    });
  });
});

const seconds = () => Math.floor(Date.now() / 1000);

describe('a hostile answer', () => {
  const cases: [string, string, Scenario][] = [
    [
      'another issuer in the ID token',
      'unexpected iss value',
      { claims: (c) => ({ ...c, iss: 'https://evil.test' }) },
    ],
    [
      'another issuer in discovery and ID token',
      'issued by another issuer',
      { discoveredIssuer: 'https://evil.test', claims: (c) => ({ ...c, iss: 'https://evil.test' }) },
    ],
    ['another audience', 'aud mismatch', { claims: (c) => ({ ...c, aud: 'somebody-else' }) }],
    [
      'several audiences without azp',
      'missing required JWT property azp',
      { claims: (c) => ({ ...c, aud: [clientId, 'somebody-else'] }) },
    ],
    [
      'an azp that is not us',
      'azp mismatch',
      { claims: (c) => ({ ...c, aud: [clientId, 'other'], azp: 'other' }) },
    ],
    ['no nonce', 'nonce mismatch', { claims: ({ nonce: _nonce, ...c }) => c }],
    ['another nonce', 'nonce mismatch', { claims: (c) => ({ ...c, nonce: 'A'.repeat(43) }) }],
    [
      'an expired token',
      'JWT expired',
      { claims: (c) => ({ ...c, exp: seconds() - 60, iat: seconds() - 400 }) },
    ],
    [
      'a token of the future',
      'not active yet',
      { claims: (c) => ({ ...c, iat: seconds() + 600, exp: seconds() + 900, nbf: seconds() + 600 }) },
    ],
    ['no subject', 'missing required JWT property sub', { claims: ({ sub: _sub, ...c }) => c }],
    ['a subject that cannot be stored', 'no usable subject', { claims: (c) => ({ ...c, sub: 'a\u0000b' }) }],
    ['an endless subject', 'no usable subject', { claims: (c) => ({ ...c, sub: 'x'.repeat(300) }) }],
    ['no ID token', 'id_token not present', { hasNoIdToken: true }],
    ['alg none', 'unexpected JWT alg', { token: async (claims) => new UnsecuredJWT(claims).encode() }],
    [
      'HS256 with the public key',
      'unexpected JWT alg',
      {
        token: (claims, keys) =>
          new SignJWT(claims)
            .setProtectedHeader({ alg: 'HS256', kid: 'k1' })
            .sign(new TextEncoder().encode(keys.publicPem)),
      },
    ],
    [
      'HS256 with the client secret',
      'unexpected JWT alg',
      {
        token: (claims) =>
          new SignJWT(claims)
            .setProtectedHeader({ alg: 'HS256' })
            .sign(new TextEncoder().encode('Pq7xT2mK9vB4nC8dS1fG6hJ3')),
      },
    ],
    [
      'a key that is not the one named',
      'failed to validate JWT signature',
      {
        token: (claims, keys) =>
          new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'k1' }).sign(keys.other),
      },
    ],
    [
      'a key that it brings along (jwk, jku)',
      'no valid key found',
      {
        token: async (claims, keys) =>
          new SignJWT(claims)
            .setProtectedHeader({ alg: 'RS256', kid: 'k2', jku: `${idp.issuer}/jwks`, jwk: { kty: 'RSA' } })
            .sign(keys.other),
      },
    ],
    [
      'userinfo about somebody else',
      'about somebody else',
      {
        claims: ({ name: _name, ...c }) => c,
        userinfo: { sub: 'ada', name: 'Ada', email: 'a@b.c', email_verified: true },
      },
    ],
  ];

  it.each(cases)('is refused: %s', async (_, reason, scenario) => {
    const { browser, response } = await signIn(scenario);
    expect(response.headers.get('location')).toMatch(/^https:\/\/console\.test\/login\?error=/);
    expect(browser.cookie('__Host-bulwark-session')).toBeUndefined();
    expect(await identities()).toHaveLength(0);
    const failures =
      await database.admin`select outcome, reason from audit_event where action = 'auth.sign_in_failed'`;
    expect(failures).toMatchObject([{ outcome: 'failure', reason: expect.stringContaining(reason) }]);
  });

  it('that belongs to a sign-in with another provider is refused (mix-up)', async () => {
    idp.scenario = {};
    const browser = newBrowser();
    const started = await browser.open(`${consoleUrl}/api/auth/signin/hostile`, { callbackUrl: '/' });
    const leads = TestBrowser.next(started, consoleUrl);
    const back = TestBrowser.next(await browser.open(leads), leads).replace(
      '/callback/hostile',
      '/callback/second',
    );
    const response = await browser.open(back);
    expect(response.headers.get('location')).toMatch(/\/login\?error=/);
    const failures =
      await database.admin`select reason from audit_event where action = 'auth.sign_in_failed'`;
    expect(failures).toMatchObject([{ reason: expect.stringContaining('different provider') }]);
  });

  it('that cannot be reached leads back to the sign-in page', async () => {
    idp.scenario = {};
    const browser = newBrowser();
    const issuer = idp.issuer;
    await idp.stop();
    const response = await browser.open(`${consoleUrl}/api/auth/signin/hostile`, { callbackUrl: '/' });
    expect(response.headers.get('location')).toBe(`${consoleUrl}/login?error=unavailable`);
    expect(issuer).toBe(idp.issuer);
  });
});
