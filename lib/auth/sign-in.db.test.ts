import { mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { closePools, useDatabase } from '@/db/connect';
import { TestBrowser } from '@/db/test/browser';
import { createTestDatabase, type TestDatabase } from '@/db/test/template';
import { createLocalIdp } from './local-idp';
import { keepLocalIdpKeys } from './local-idp-keys';
import { finishSignIn, startSignIn } from './sign-in-route';

const consoleUrl = 'http://localhost:4171';
const clientSecret = 'Zt7qK1mX9bV4cN8sD2fG6hJ3';
const folder = mkdtempSync(join(tmpdir(), 'bulwark-sign-in-'));
let database: TestDatabase;
let idp: Server;
let admin: postgres.Sql;

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
  Object.assign(process.env, {
    BULWARK_MODE: 'local',
    BULWARK_PROCESS: 'test',
    BULWARK_URL: consoleUrl,
    LOCAL_IDP_PORT: String(port),
    LOCAL_IDP_CLIENT_SECRET: clientSecret,
    AUTH_SECRET: 'q8Jx2VbN5kLr7TzW1cYd4FhGm9PsQe6u',
    LOG_LEVEL: 'silent',
  });
  database = await createTestDatabase();
  useDatabase({ app_rw: database.urls.rw, app_ro: database.urls.ro, app_gate: database.urls.gate });
  admin = postgres(database.urls.superuser, { max: 1 });
  for (const level of ['info', 'warn'] as const) vi.spyOn(console, level).mockImplementation(() => undefined);
  const keys = await keepLocalIdpKeys(folder);
  idp = createLocalIdp({
    issuer: `http://localhost:${port}`,
    clientId: 'bulwark',
    clientSecret,
    consoleUrl,
    keys,
  });
  await new Promise<void>((resolve) => idp.listen(port, '127.0.0.1', resolve));
  vi.restoreAllMocks();
});

afterAll(async () => {
  idp.closeAllConnections();
  await new Promise((resolve) => idp.close(resolve));
  await closePools();
  await admin.end();
  await database.drop();
  rmSync(folder, { recursive: true });
});

beforeEach(async () => {
  await admin`truncate identity.session, identity.membership, identity.user_identity, identity.user_account, identity.invitation, audit_event cascade`;
});

let caller = 0;

/** Each browser has its own address, so that no test spends another's limit. */
function browser(): TestBrowser {
  caller += 1;
  const handle = (request: Request) => {
    const nextauth = new URL(request.url).pathname.split('/').slice(3);
    return (request.method === 'POST' ? startSignIn : finishSignIn)(request, {
      params: Promise.resolve({ nextauth }),
    });
  };
  return new TestBrowser(consoleUrl, handle, { 'x-bulwark-peer': `192.0.2.${caller % 250}` });
}

/** Starts at the console and answers the provider's form; returns the URL that leads back to the console. */
async function untilCallback(one: TestBrowser, name: string, callbackUrl = '/'): Promise<string> {
  let response = await one.open(`${consoleUrl}/api/auth/signin/local`, { callbackUrl });
  let url = TestBrowser.next(response, consoleUrl);
  for (let step = 0; step < 8 && !url.startsWith(consoleUrl); step++) {
    const isForm = new URL(url).pathname.startsWith('/interaction/');
    response = await one.open(url, isForm ? { name } : undefined);
    url = TestBrowser.next(response, url);
  }
  return url;
}

async function signIn(one: TestBrowser, name: string, callbackUrl = '/'): Promise<Response> {
  return one.open(await untilCallback(one, name, callbackUrl));
}

const events = () =>
  admin`select action, outcome, code, actor_type, actor_label, reason, host(ip) as ip, details from audit_event order by at`;

describe('signing in', () => {
  it('makes the first person operator, with a session cookie that scripts cannot read', async () => {
    const ada = browser();
    const response = await signIn(ada, 'Ada', '/keys?status=revoked');
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toBe(`${consoleUrl}/keys?status=revoked`);
    const cookie = response.headers.getSetCookie().find((line) => line.startsWith('bulwark-session='));
    expect(cookie).toMatch(/; Path=\/; Expires=.*; HttpOnly; SameSite=Lax$/);
    const [membership] = await admin`select role from identity.membership`;
    expect(membership?.role).toBe('operator');
    expect(await events()).toMatchObject([
      { action: 'operator.bootstrapped', actor_label: 'Ada' },
      {
        action: 'auth.sign_in',
        outcome: 'success',
        actor_type: 'user',
        details: { provider: 'local', handle: 'ada' },
      },
    ]);
  });
});
