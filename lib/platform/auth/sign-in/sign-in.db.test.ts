import { mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { TestBrowser } from '@/db/test/browser';
import { mintSession } from '@/db/test/mint-session';
import { type OpenDatabase, openDatabase } from '@/db/test/open-database';
import { actorOf } from '@/lib/platform/auth/actor';
import type { UserActor } from '@/lib/platform/auth/contract';
import { createLocalIdp } from '@/lib/platform/auth/local-idp/local-idp';
import { keepLocalIdpKeys } from '@/lib/platform/auth/local-idp/local-idp-keys';
import { DEFAULT_TENANT_ID, type InviteMemberInput } from '@/lib/platform/tenancy/contract';
import { inviteMember } from '@/lib/platform/tenancy/invite-member';
import { revokeInvitation } from '@/lib/platform/tenancy/revoke-invitation';
import { completeSignIn } from './complete-sign-in';
import { finishSignIn, startSignIn } from './sign-in-route';
import { signOutRoute } from './sign-out-route';

const consoleUrl = 'http://localhost:4171';
const clientSecret = 'Zt7qK1mX9bV4cN8sD2fG6hJ3';
const folder = mkdtempSync(join(tmpdir(), 'bulwark-sign-in-'));
let database: OpenDatabase;
let idp: Server;
let issuer: string;

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

beforeAll(async () => {
  const port = await freePort();
  issuer = `http://localhost:${port}`;
  database = await openDatabase({
    BULWARK_URL: consoleUrl,
    LOCAL_IDP_PORT: String(port),
    LOCAL_IDP_CLIENT_SECRET: clientSecret,
  });
  for (const level of ['info', 'warn'] as const) vi.spyOn(console, level).mockImplementation(() => undefined);
  const keys = await keepLocalIdpKeys(folder);
  idp = createLocalIdp({ issuer, clientId: 'bulwark', clientSecret, consoleUrl, keys });
  await new Promise<void>((resolve) => idp.listen(port, '127.0.0.1', resolve));
  vi.restoreAllMocks();
});

afterAll(async () => {
  idp.closeAllConnections();
  await new Promise((resolve) => idp.close(resolve));
  await database.close();
  rmSync(folder, { recursive: true });
});

beforeEach(async () => {
  await database.admin`truncate identity.session, identity.membership, identity.user_identity, identity.user_account, identity.invitation, audit_event cascade`;
});

let callers = 0;

/** Each browser has its own address, so that no test spends another's limit. */
function newBrowser(headers: Record<string, string> = {}): TestBrowser {
  callers += 1;
  const handle = (request: Request) => {
    const path = new URL(request.url).pathname;
    if (path === '/api/v1/me/sign-out') return signOutRoute(request);
    const context = { params: Promise.resolve({ nextauth: path.split('/').slice(3) }) };
    return request.method === 'POST' ? startSignIn(request, context) : finishSignIn(request, context);
  };
  return new TestBrowser(consoleUrl, handle, { 'x-bulwark-peer': `192.0.2.${callers}`, ...headers });
}

/** Starts at the console and answers the provider's form; returns the URL that leads back to the console. */
async function untilCallback(browser: TestBrowser, name: string, callbackUrl = '/'): Promise<string> {
  let response = await browser.open(`${consoleUrl}/api/auth/signin/local`, { callbackUrl });
  let url = TestBrowser.next(response, consoleUrl);
  for (let step = 0; step < 8 && !url.startsWith(consoleUrl); step++) {
    const isForm = new URL(url).pathname.startsWith('/interaction/');
    response = await browser.open(url, isForm ? { name } : undefined);
    url = TestBrowser.next(response, url);
  }
  return url;
}

async function signIn(browser: TestBrowser, name: string, callbackUrl = '/'): Promise<Response> {
  return browser.open(await untilCallback(browser, name, callbackUrl));
}

const sessionOf = (browser: TestBrowser) => browser.cookie('bulwark-session');

function actorWith(token: string | undefined): Promise<unknown> {
  return actorOf(new Request(`${consoleUrl}/api/v1/me`, { headers: { cookie: `bulwark-session=${token}` } }));
}

async function actorOfBrowser(browser: TestBrowser): Promise<UserActor> {
  return (await actorWith(sessionOf(browser))) as UserActor;
}

const recorded = (action: string) =>
  database.admin`select outcome, code, actor_type, actor_label, reason, host(ip) as ip, details, tenant_id from audit_event where action = ${action} order by at`;

describe('the first sign-in', () => {
  it('makes an operator, with a session cookie that scripts cannot read and a digest in the database', async () => {
    const ada = newBrowser();
    const response = await signIn(ada, 'Ada', '/keys?status=revoked');
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toBe(`${consoleUrl}/keys?status=revoked`);
    const cookie = response.headers.getSetCookie().find((line) => line.startsWith('bulwark-session='));
    expect(cookie).toMatch(/^bulwark-session=[\w-]{43}; Path=\/; Expires=.*; HttpOnly; SameSite=Lax$/);
    expect(await actorOfBrowser(ada)).toMatchObject({
      type: 'user',
      role: 'operator',
      label: 'Ada',
      tenantId: DEFAULT_TENANT_ID,
    });
    const [row] =
      await database.admin`select to_jsonb(s)::text as text, host(ip) as ip, user_agent from identity.session s`;
    expect(row).toMatchObject({ ip: `192.0.2.${callers}`, user_agent: 'TestBrowser/1' });
    expect(row?.text).not.toContain(sessionOf(ada));
    expect(await recorded('operator.bootstrapped')).toHaveLength(1);
    expect(await recorded('auth.sign_in')).toMatchObject([
      { outcome: 'success', actor_label: 'Ada', details: { provider: 'local', handle: 'ada' } },
    ]);
  });

  it('leaves exactly one operator of fifty people at once', async () => {
    const request = { requestId: 'race', ip: null, userAgent: null, method: null, host: null, path: null };
    const people = Array.from({ length: 50 }, (_, i) => ({
      provider: 'local',
      issuer: 'http://race.test',
      subject: `person-${i}`,
      displayName: `Person ${i}`,
      handle: `person-${i}`,
      email: null,
    }));
    await Promise.all(
      people.map((identity) =>
        completeSignIn(identity, { request, token: identity.subject.padEnd(43, 'x'), replacedToken: null }),
      ),
    );
    const members = await database.admin`select role from identity.membership`;
    expect(members).toEqual([{ role: 'operator' }]);
    expect(await recorded('operator.bootstrapped')).toHaveLength(1);
    expect(await recorded('auth.sign_in_denied')).toHaveLength(49);
  });

  it('makes one account of one person who signs in twice at once', async () => {
    const request = { requestId: 'twice', ip: null, userAgent: null, method: null, host: null, path: null };
    const identity = {
      provider: 'local',
      issuer: 'http://race.test',
      subject: 'same',
      displayName: 'Same',
      handle: null,
      email: null,
    };
    const tokens = Array.from({ length: 12 }, (_, i) => `${i}`.padEnd(43, 'y'));
    await Promise.all(
      tokens.map((token) => completeSignIn(identity, { request, token, replacedToken: null })),
    );
    const [row] = await database.admin`select (select count(*)::int from identity.user_account) as accounts,
      (select count(*)::int from identity.session) as sessions`;
    expect(row).toEqual({ accounts: 1, sessions: 12 });
  });
});

describe('somebody without a membership', () => {
  it('is signed in, but is nobody to the API, and the denial is recorded', async () => {
    await mintSession({ name: 'ada' });
    const bob = newBrowser();
    const response = await signIn(bob, 'bob');
    expect(response.headers.get('location')).toBe(`${consoleUrl}/`);
    await expect(actorWith(sessionOf(bob))).rejects.toMatchObject({ code: 'no_membership' });
    expect(await recorded('auth.sign_in_denied')).toMatchObject([
      { outcome: 'denied', code: 'NO_MEMBERSHIP', actor_label: 'bob', tenant_id: DEFAULT_TENANT_ID },
    ]);
    expect(await recorded('auth.refused')).toMatchObject([{ code: 'NO_MEMBERSHIP', actor_label: 'bob' }]);
  });

  it('can sign out', async () => {
    await mintSession({ name: 'ada' });
    const bob = newBrowser();
    await signIn(bob, 'bob');
    const token = sessionOf(bob);
    const response = await bob.open(`${consoleUrl}/api/v1/me/sign-out`, {});
    expect(response.headers.get('location')).toBe(`${consoleUrl}/signed-out`);
    expect(sessionOf(bob)).toBeUndefined();
    await expect(actorWith(token)).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(await recorded('auth.sign_out')).toHaveLength(1);
  });

  it('whose account is disabled keeps no membership', async () => {
    const ada = newBrowser();
    await signIn(ada, 'ada');
    await database.admin`update identity.user_account set disabled_at = now()`;
    await expect(actorWith(sessionOf(ada))).rejects.toMatchObject({ code: 'no_membership' });
    const again = newBrowser();
    await signIn(again, 'ada');
    await expect(actorWith(sessionOf(again))).rejects.toMatchObject({ code: 'no_membership' });
    expect(await recorded('auth.sign_in_denied')).toMatchObject([{ code: 'ACCOUNT_DISABLED' }]);
  });
});

describe('an invitation', () => {
  async function operator(): Promise<UserActor> {
    const minted = await mintSession({ name: 'ada' });
    return (await actorWith(minted.token)) as UserActor;
  }

  const byHandle: InviteMemberInput = {
    provider: 'local',
    matcher: 'handle',
    value: '@Bob',
    role: 'analyst',
  };

  it.each([
    ['handle', byHandle],
    ['verified e-mail', { ...byHandle, matcher: 'email' as const, value: 'BOB@local.test' }],
  ])('lets a person in by %s at the next sign-in', async (_, invited) => {
    const ada = await operator();
    const bob = newBrowser();
    await signIn(bob, 'bob');
    await inviteMember(ada, invited);
    await signIn(bob, 'bob');
    expect(await actorOfBrowser(bob)).toMatchObject({ role: 'analyst', tenantId: DEFAULT_TENANT_ID });
    expect(await recorded('member.joined')).toMatchObject([{ details: { role: 'analyst' } }]);
    const [used] = await database.admin`select accepted_at is not null as accepted from identity.invitation`;
    expect(used?.accepted).toBe(true);
  });

  it('lets nobody in when it expired, was revoked, is for another provider or for somebody else', async () => {
    const ada = await operator();
    const expired = await inviteMember(ada, byHandle);
    await database.admin`update identity.invitation set expires_at = now() - interval '1 second' where id = ${expired.id}`;
    const revoked = await inviteMember(ada, byHandle);
    await revokeInvitation(ada, revoked.id);
    await inviteMember(ada, { ...byHandle, value: 'bobby' });
    await database.admin`insert into identity.invitation (tenant_id, id, provider, matcher, value, role, expires_at)
      values (${DEFAULT_TENANT_ID}, gen_random_uuid(), 'github', 'handle', 'bob', 'operator', now() + interval '1 day')`;
    const bob = newBrowser();
    await signIn(bob, 'bob');
    await expect(actorWith(sessionOf(bob))).rejects.toMatchObject({ code: 'no_membership' });
    const accepted = await database.admin`select 1 from identity.invitation where accepted_at is not null`;
    expect(accepted).toHaveLength(0);
  });

  it('neither enables a disabled member nor changes a role', async () => {
    const ada = await operator();
    await inviteMember(ada, byHandle);
    const bob = newBrowser();
    await signIn(bob, 'bob');
    await database.admin`update identity.membership set disabled_at = now() where role = 'analyst'`;
    await inviteMember(ada, { ...byHandle, role: 'operator' });
    await signIn(bob, 'bob');
    await expect(actorWith(sessionOf(bob))).rejects.toMatchObject({ code: 'no_membership' });
    const roles = await database.admin`select role from identity.membership order by role`;
    expect(roles).toEqual([{ role: 'analyst' }, { role: 'operator' }]);
  });
});

describe('the session of a browser', () => {
  it('is new with every sign-in, and the earlier one is dead', async () => {
    const ada = newBrowser();
    await signIn(ada, 'ada');
    const first = sessionOf(ada);
    await signIn(ada, 'ada');
    expect(sessionOf(ada)).not.toBe(first);
    await expect(actorWith(first)).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(await actorOfBrowser(ada)).toMatchObject({ label: 'ada' });
  });

  it('is never the one that an attacker planted', async () => {
    const mallory = await mintSession({ name: 'mallory' });
    const ada = newBrowser();
    ada.setCookie('bulwark-session', mallory.token);
    await signIn(ada, 'ada');
    expect(sessionOf(ada)).not.toBe(mallory.token);
    await expect(actorWith(mallory.token)).rejects.toMatchObject({ code: 'unauthenticated' });
    const identities = await database.admin`select distinct user_id from identity.user_identity`;
    expect(identities).toHaveLength(2);
  });
});

describe('the way to the provider and back', () => {
  it('asks for S256, state, nonce and least scopes, with our own redirect address whatever the headers say', async () => {
    const browser = newBrowser({
      'x-forwarded-host': 'evil.test',
      'x-forwarded-proto': 'https',
      host: 'evil.test',
    });
    const response = await browser.open(`${consoleUrl}/api/auth/signin/local`, { callbackUrl: '/' });
    expect(response.status).toBe(200);
    const url = new URL(TestBrowser.next(response, consoleUrl));
    expect(url.origin).toBe(issuer);
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      code_challenge_method: 'S256',
      scope: 'openid email profile',
      response_type: 'code',
      redirect_uri: `${consoleUrl}/api/auth/callback/local`,
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
    });
    for (const name of ['bulwark-state', 'bulwark-pkce', 'bulwark-nonce']) {
      const line = response.headers.getSetCookie().find((cookie) => cookie.startsWith(`${name}=`));
      expect(line).toMatch(/HttpOnly; SameSite=Lax$/);
    }
  });

  it.each([
    '//evil.test',
    'https://evil.test/',
    '/\\evil.test',
    'http://localhost:4171@evil.test/',
    'javascript:alert(1)',
    '/api/v1/me/sign-out',
    `${consoleUrl.replace('4171', '4172')}/`,
  ])('never leads to %s', async (callbackUrl) => {
    const response = await signIn(newBrowser(), 'ada', callbackUrl);
    expect(response.headers.get('location')).toBe(`${consoleUrl}/`);
  });

  it('starts from our own pages only', async () => {
    const browser = newBrowser();
    for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }]) {
      const response = await browser.open(
        `${consoleUrl}/api/auth/signin/local`,
        { callbackUrl: '/' },
        headers,
      );
      expect(response.status).toBe(403);
    }
    expect(await recorded('auth.refused')).toMatchObject([{ code: 'CROSS_SITE' }, { code: 'CROSS_SITE' }]);
  });

  it('refuses a callback in a browser that did not start it, and a code that was used', async () => {
    const mallory = newBrowser();
    const url = await untilCallback(mallory, 'mallory');
    const victim = newBrowser();
    expect((await victim.open(url)).headers.get('location')).toBe(`${consoleUrl}/login?error=expired`);
    expect(sessionOf(victim)).toBeUndefined();

    expect((await mallory.open(url)).headers.get('location')).toBe(`${consoleUrl}/`);
    const replay = await mallory.open(url);
    expect(replay.headers.get('location')).toBe(`${consoleUrl}/login?error=expired`);
    expect(await recorded('auth.sign_in_failed')).toMatchObject([
      { outcome: 'failure', code: 'STATE_MISMATCH', details: { provider: 'local' } },
      { code: 'STATE_MISMATCH' },
    ]);
  });

  it.each([
    ['another state', (url: URL) => url.searchParams.set('state', 'A'.repeat(43)), 'STATE_MISMATCH'],
    ['no state', (url: URL) => url.searchParams.delete('state'), 'STATE_MISMATCH'],
    ['another code', (url: URL) => url.searchParams.set('code', 'A'.repeat(43)), 'PROVIDER_REFUSED'],
    [
      'another issuer (mix-up)',
      (url: URL) => url.searchParams.set('iss', 'https://evil.test'),
      'PROVIDER_REFUSED',
    ],
    ['a cancelled sign-in', (url: URL) => url.searchParams.set('error', 'access_denied'), 'CANCELLED'],
  ])('refuses %s', async (_, change, code) => {
    const browser = newBrowser();
    const url = new URL(await untilCallback(browser, 'ada'));
    change(url);
    const response = await browser.open(url.href);
    expect(response.headers.get('location')).toMatch(/\/login\?error=(failed|expired|cancelled)$/);
    expect(sessionOf(browser)).toBeUndefined();
    expect(await recorded('auth.sign_in_failed')).toMatchObject([{ code }]);
    expect(await database.admin`select 1 from identity.session`).toHaveLength(0);
  });

  it('is offered nowhere else', async () => {
    const browser = newBrowser();
    for (const path of [
      'session',
      'csrf',
      'providers',
      'signout',
      'error',
      '_log',
      'signin/local',
      'callback/other',
    ]) {
      expect((await browser.open(`${consoleUrl}/api/auth/${path}`)).status).toBe(404);
    }
    for (const path of [
      'signout',
      'session',
      '_log',
      'callback/local',
      'signin/other',
      'signin/local/more',
    ]) {
      expect((await browser.open(`${consoleUrl}/api/auth/${path}`, { callbackUrl: '/' })).status).toBe(404);
    }
  });

  it('is slowed per address, and a flood leaves one row', async () => {
    const browser = newBrowser();
    const callback = `${consoleUrl}/api/auth/callback/local?code=x&state=y`;
    const perMinute = 30; // security/rate-limit.yaml, sign-in-callback
    for (let i = 0; i < perMinute; i++) expect((await browser.open(callback)).status).toBe(303);
    for (let i = 0; i < 5; i++) {
      const response = await browser.open(callback);
      expect(response.status).toBe(429);
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(response.headers.get('ratelimit-policy')).toBe('"sign-in-callback";q=30;w=60');
    }
    const limited = (await recorded('auth.sign_in_failed')).filter((row) => row.code === 'RATE_LIMITED');
    expect(limited).toHaveLength(1);
    expect((await newBrowser().open(callback)).status).toBe(303);
  });
});
