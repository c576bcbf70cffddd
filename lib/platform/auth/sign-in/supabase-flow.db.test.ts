import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TestBrowser } from '@/db/test/browser';
import { type OpenDatabase, openDatabase } from '@/db/test/open-database';
import { ANON_KEY, StandInGoTrue } from '@/lib/access/supabase/test/gotrue';
import { finishSignIn, startSignIn } from './sign-in-route';

const consoleUrl = 'https://console.test';
const gotrue = new StandInGoTrue();
let database: OpenDatabase;
beforeAll(async () => {
  await gotrue.start();
  database = await openDatabase({
    BULWARK_URL: consoleUrl,
    SUPABASE_URL: gotrue.url,
    SUPABASE_SIGN_IN: 'github',
    SUPABASE_ANON_KEY: ANON_KEY,
  });
});
beforeEach(async () => {
  gotrue.signsIn = { user: gotrue.addUser('Ada@example.org') };
  gotrue.calls.length = 0;
  await database.admin`truncate identity.session, identity.membership, identity.user_identity, identity.user_account, identity.invitation, audit_event cascade`;
});
afterAll(async () => {
  await database.close();
  await gotrue.stop();
});

let callers = 0;
function newBrowser(): TestBrowser {
  callers += 1;
  const handle = (request: Request) => {
    const nextauth = new URL(request.url).pathname.split('/').slice(3);
    const context = { params: Promise.resolve({ nextauth }) };
    return request.method === 'POST' ? startSignIn(request, context) : finishSignIn(request, context);
  };
  return new TestBrowser(consoleUrl, handle, { 'x-bulwark-peer': `198.51.100.${callers}` });
}

/** Goes to Supabase and the provider behind it. @returns where that leads back to */
async function goThere(browser: TestBrowser): Promise<string> {
  const started = await browser.open(`${consoleUrl}/api/auth/signin/supabase`, { callbackUrl: '/keys' });
  const leads = TestBrowser.next(started, consoleUrl);
  return TestBrowser.next(await browser.open(leads), leads);
}

const identities = () =>
  database.admin`select provider, issuer, subject, email, handle from identity.user_identity`;

async function lastFailure() {
  const [row] =
    await database.admin`select code, reason from audit_event where action = 'auth.sign_in_failed' order by at desc`;
  return row;
}

describe('a sign-in with Supabase', () => {
  it('proves (issuer, user) and leaves nothing of Supabase behind', async () => {
    const browser = newBrowser();
    const back = await goThere(browser);
    expect(back).toMatch(/^https:\/\/console\.test\/api\/auth\/callback\/supabase\?code=/);
    const response = await browser.open(back);
    expect(response.headers.get('location')).toBe(`${consoleUrl}/keys`);
    expect(browser.cookie('__Host-bulwark-session')).toMatch(/^[\w-]{43}$/);
    expect(response.headers.getSetCookie().join()).not.toContain('an.access.token');
    expect(await identities()).toEqual([
      {
        provider: 'supabase',
        issuer: gotrue.issuer,
        subject: gotrue.signsIn?.user.id,
        email: 'ada@example.org',
        handle: null,
      },
    ]);
    expect(gotrue.calls.at(-1)).toBe('POST /auth/v1/logout?scope=local');
    const [session] = await database.admin`select count(*)::int as n from identity.session`;
    expect(session?.n).toBe(1);
  });

  it('takes an address only where Supabase has confirmed it', async () => {
    gotrue.signsIn = {
      user: gotrue.addUser('ada@example.org'),
      more: { email_confirmed_at: null, user_metadata: { email_verified: true } },
    };
    const browser = newBrowser();
    await browser.open(await goThere(browser));
    expect(await identities()).toMatchObject([{ email: null }]);
  });

  it.each([
    ['an anonymous user', { is_anonymous: true }],
    ['a user without a usable id', { id: 'admin' }],
  ])('of %s proves nobody', async (_what, more) => {
    gotrue.signsIn = { user: gotrue.addUser('ada@example.org'), more };
    const browser = newBrowser();
    const response = await browser.open(await goThere(browser));
    expect(response.headers.get('location')).toBe(`${consoleUrl}/login?error=failed`);
    expect(await identities()).toEqual([]);
    expect(await lastFailure()).toMatchObject({ code: 'PROVIDER_REFUSED' });
  });

  it("cannot be finished with the code of somebody else's browser, nor twice, nor without having begun", async () => {
    const mallory = newBrowser();
    const back = await goThere(mallory);
    const ada = newBrowser();
    await goThere(ada);
    expect((await ada.open(back)).headers.get('location')).toContain('/login?error=');
    expect((await newBrowser().open(back)).headers.get('location')).toContain('/login?error=');
    const again = newBrowser();
    const own = await goThere(again);
    await again.open(own);
    const [before] = await database.admin`select count(*)::int as n from identity.session`;
    expect((await again.open(own)).headers.get('location')).toContain('/login?error=');
    const [after] = await database.admin`select count(*)::int as n from identity.session`;
    expect([before?.n, after?.n]).toEqual([1, 1]);
  });

  it('says that it was cancelled, and that Supabase is out of order', async () => {
    const browser = newBrowser();
    gotrue.signsIn = null;
    const cancelled = await browser.open(await goThere(browser));
    expect(cancelled.headers.get('location')).toBe(`${consoleUrl}/login?error=cancelled`);
    gotrue.signsIn = { user: gotrue.addUser('ada@example.org') };
    const back = await goThere(browser);
    gotrue.failWith = 500;
    expect((await browser.open(back)).headers.get('location')).toBe(`${consoleUrl}/login?error=failed`);
    gotrue.failWith = null;
  });
});
