import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { request as httpRequest, type Server } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createLocalIdp, personOf } from './local-idp';
import { keepLocalIdpKeys } from './local-idp-keys';
import { signInPage } from './local-idp-page';

const consoleUrl = 'http://localhost:3000';
const callback = `${consoleUrl}/api/auth/callback/local`;
const clientSecret = 'Zt7qK1mX9bV4cN8sD2fG6hJ3';
const folder = mkdtempSync(join(tmpdir(), 'bulwark-idp-'));
let issuer = '';
let server: Server;

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

async function listen(port: number): Promise<Server> {
  for (const level of ['info', 'warn'] as const) vi.spyOn(console, level).mockImplementation(() => undefined);
  const keys = await keepLocalIdpKeys(folder);
  const idp = createLocalIdp({ issuer, clientId: 'bulwark', clientSecret, consoleUrl, keys });
  await new Promise<void>((resolve) => idp.listen(port, '127.0.0.1', resolve));
  return idp;
}

async function stop(idp: Server): Promise<void> {
  idp.closeAllConnections();
  await new Promise((resolve) => idp.close(resolve));
}

beforeAll(async () => {
  const port = await freePort();
  issuer = `http://localhost:${port}`;
  server = await listen(port);
});

afterAll(async () => {
  await stop(server);
  rmSync(folder, { recursive: true });
});

/** A browser of its own: keeps cookies, follows nothing by itself. */
class Browser {
  private readonly cookies = new Map<string, string>();

  async open(
    url: string,
    form?: Record<string, string>,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const body = form ? new URLSearchParams(form) : null;
    const response = await fetch(new URL(url, issuer), {
      method: form ? 'POST' : 'GET',
      headers: { ...headers, cookie },
      body,
      redirect: 'manual',
    });
    for (const line of response.headers.getSetCookie()) {
      const [name = '', value = ''] = (line.split(';')[0] ?? '').split('=');
      if (value) this.cookies.set(name, value);
      else this.cookies.delete(name);
    }
    return response;
  }

  async follow(response: Response): Promise<Response> {
    return this.open(response.headers.get('location') ?? '');
  }
}

const verifier = randomBytes(32).toString('base64url');
const challenge = createHash('sha256').update(verifier).digest('base64url');

function authorizeUrl(change: Record<string, string | undefined> = {}): string {
  const parameters = {
    client_id: 'bulwark',
    redirect_uri: callback,
    response_type: 'code',
    scope: 'openid profile email',
    state: 'state-1',
    nonce: 'nonce-1',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...change,
  };
  const present = Object.entries(parameters).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return `/auth?${new URLSearchParams(present)}`;
}

async function signInAs(browser: Browser, name: string): Promise<URL> {
  const page = await browser.follow(await browser.open(authorizeUrl()));
  const action = /action="([^"]+)"/.exec(await page.text())?.[1] ?? '';
  const done = await browser.follow(await browser.open(action, { name }));
  return new URL(done.headers.get('location') ?? '');
}

async function tokenFor(code: string, codeVerifier = verifier): Promise<Response> {
  return fetch(`${issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`bulwark:${clientSecret}`).toString('base64')}` },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      redirect_uri: callback,
      code_verifier: codeVerifier,
    }),
  });
}

async function claimsOf(redirect: URL) {
  const response = await tokenFor(redirect.searchParams.get('code') ?? '');
  const { id_token: idToken } = (await response.json()) as { id_token: string };
  const { payload } = await jwtVerify(idToken, createRemoteJWKSet(new URL(`${issuer}/jwks`)), {
    issuer,
    audience: 'bulwark',
  });
  return payload;
}

describe('signing in', () => {
  it('gives the console a verified identity for any name', async () => {
    const redirect = await signInAs(new Browser(), 'Ada Lovelace');
    expect(redirect.origin + redirect.pathname).toBe(callback);
    expect(redirect.searchParams.get('state')).toBe('state-1');
    expect(await claimsOf(redirect)).toMatchObject({
      iss: issuer,
      sub: 'ada-lovelace',
      nonce: 'nonce-1',
      name: 'Ada Lovelace',
      preferred_username: 'ada-lovelace',
      email: 'ada-lovelace@local.test',
      email_verified: true,
    });
  });

  it('asks again at each sign-in, so one browser can be several people', async () => {
    const browser = new Browser();
    expect((await claimsOf(await signInAs(browser, 'ada'))).sub).toBe('ada');
    expect((await claimsOf(await signInAs(browser, 'bob'))).sub).toBe('bob');
  });

  it('returns to the console when it is cancelled', async () => {
    const browser = new Browser();
    const page = await browser.follow(await browser.open(authorizeUrl()));
    const action = /action="([^"]+)"/.exec(await page.text())?.[1] ?? '';
    const done = await browser.follow(await browser.open(action, { name: '', cancel: '1' }));
    expect(new URL(done.headers.get('location') ?? '').searchParams.get('error')).toBe('access_denied');
  });

  it('says what is wrong with an empty name and keeps the form', async () => {
    const browser = new Browser();
    const page = await browser.follow(await browser.open(authorizeUrl()));
    const action = /action="([^"]+)"/.exec(await page.text())?.[1] ?? '';
    const answer = await browser.open(action, { name: '   ' });
    expect(answer.status).toBe(422);
    expect(await answer.text()).toContain('Enter a name of 1 to 60 characters.');
  });

  it('verifies tokens signed before a restart', async () => {
    const redirect = await signInAs(new Browser(), 'ada');
    const response = await tokenFor(redirect.searchParams.get('code') ?? '');
    const { id_token: idToken } = (await response.json()) as { id_token: string };
    await stop(server);
    server = await listen(Number(new URL(issuer).port));
    const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`));
    const { payload } = await vi.waitFor(() => jwtVerify(idToken, keys, { issuer }));
    expect(payload.sub).toBe('ada');
  });
});

describe('refusals', () => {
  it.each([
    ['no PKCE', { code_challenge: undefined, code_challenge_method: undefined }],
    ['plain PKCE', { code_challenge_method: 'plain' }],
    ['an implicit flow', { response_type: 'id_token' }],
  ])('%s is sent back as an error', async (_what, change) => {
    const response = await new Browser().open(authorizeUrl(change));
    const target = new URL(response.headers.get('location') ?? '');
    expect(target.href.startsWith(callback)).toBe(true);
    expect(target.href).toContain('error=');
  });

  it.each([
    ['another redirect address', { redirect_uri: 'https://evil.example/callback' }],
    ['an unknown client', { client_id: 'other' }],
  ])('%s never leaves the page', async (_what, change) => {
    const response = await new Browser().open(authorizeUrl(change));
    expect(response.status).toBe(400);
    expect(response.headers.get('location')).toBeNull();
    expect(await response.text()).toContain('Back to the console');
  });

  it('a wrong verifier, and a code used twice', async () => {
    const redirect = await signInAs(new Browser(), 'ada');
    expect((await tokenFor(redirect.searchParams.get('code') ?? '', 'x'.repeat(43))).status).toBe(400);
    const second = (await signInAs(new Browser(), 'ada')).searchParams.get('code') ?? '';
    expect((await tokenFor(second)).status).toBe(200);
    expect((await tokenFor(second)).status).toBe(400);
  });

  it('a form from another site, or from a browser that did not start it', async () => {
    const browser = new Browser();
    const page = await browser.follow(await browser.open(authorizeUrl()));
    const action = /action="([^"]+)"/.exec(await page.text())?.[1] ?? '';
    expect((await browser.open(action, { name: 'eve' }, { 'sec-fetch-site': 'cross-site' })).status).toBe(
      403,
    );
    const stranger = await new Browser().open(action, { name: 'eve' });
    expect([stranger.status, stranger.headers.get('location')]).toEqual([400, null]);
  });

  it('another host name (DNS rebinding)', async () => {
    const status = await new Promise((resolve, reject) => {
      const port = Number(new URL(issuer).port);
      const headers = { host: `evil.example:${port}` };
      httpRequest({ host: '127.0.0.1', port, path: '/jwks', headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .once('error', reject)
        .end();
    });
    expect(status).toBe(421);
  });
});

describe('the page', () => {
  it('runs no script and posts only to itself and the console', async () => {
    const browser = new Browser();
    const page = await browser.follow(await browser.open(authorizeUrl()));
    const policy = page.headers.get('content-security-policy') ?? '';
    const nonce = /nonce-([^']+)'/.exec(policy)?.[1] ?? 'none';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain(`form-action 'self' ${consoleUrl}`);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(await page.text()).toContain(`<style nonce="${nonce}">`);
  });

  it('escapes what was typed', () => {
    const html = signInPage({ action: '/interaction/1', nonce: 'n', name: '"><script>alert(1)</script>' });
    expect(html).not.toContain('<script>');
    expect(html).toContain('&quot;&gt;&lt;script&gt;');
  });
});

describe('personOf', () => {
  it.each([
    ['Ada', 'ada'],
    ['  ada  ', 'ada'],
    ['ADA', 'ada'],
    ['Zoë Müller', 'zoe-muller'],
    ["o'Neil, Jr.", 'o-neil-jr'],
  ])('%s is %s', (typed, subject) => {
    expect(personOf(typed)?.subject).toBe(subject);
  });

  it('keeps names of other scripts apart', () => {
    const subjects = ['王', '李', 'Анна', 'Ада'].map((name) => personOf(name)?.subject);
    expect(new Set(subjects).size).toBe(4);
    for (const subject of subjects) expect(subject).toMatch(/^[a-z0-9-]+$/);
  });

  it.each(['', '   ', 'x'.repeat(61), 'a\u0000b'])('refuses %j', (typed) => {
    expect(personOf(typed)).toBeNull();
  });
});

it('keeps its keys readable for the owner only', async () => {
  const first = await keepLocalIdpKeys(folder);
  expect(await keepLocalIdpKeys(folder)).toEqual(first);
  expect(statSync(join(folder, 'local-idp-keys.json')).mode & 0o777).toBe(0o600);
});
