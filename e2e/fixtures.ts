import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BrowserContext, test as base, expect, type Page } from '@playwright/test';

/** Where the server under test keeps its data, and the addresses its processes listen on (playwright.config.ts). */
const basePort = Number(process.env.E2E_PORT_BASE);
export const gateUrl = `http://localhost:${basePort + 1}`;
export const dataDir = process.env.E2E_DATA_DIR ?? '';

/** Messages that come from the browser itself when a request is answered with a 4xx on purpose. */
const EXPECTED = /Failed to load resource: the server responded with a status of (401|403|404|409|412|503)/;

/** Fails a test on any console.error of the page, on page errors and on blocked content. */
export function watchConsole(page: Page): string[] {
  const problems: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' && !EXPECTED.test(message.text())) problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(String(error)));
  return problems;
}

interface Fixtures {
  /** A page that is not signed in. */
  page: Page;
  /** Opens a page of a person in a browser of their own; sessions are kept between tests. */
  as: (name: string) => Promise<Page>;
}

const states = new Map<string, Awaited<ReturnType<BrowserContext['storageState']>>>();

/** Signs in through the real flow: our page, the provider's page, back to us. */
export async function signIn(page: Page, name: string): Promise<void> {
  await page.goto('/login');
  await page.getByRole('button', { name: /local/i }).click();
  await page.getByLabel(/name/i).fill(name);
  await page.getByRole('button', { name: /sign in|continue/i }).click();
  await page.waitForURL((url) => url.port === String(basePort) && !url.pathname.startsWith('/login'));
}

export const test = base.extend<Fixtures>({
  page: async ({ page }, use) => {
    const problems = watchConsole(page);
    await use(page);
    expect(problems, 'console errors').toEqual([]);
  },
  as: async ({ browser, baseURL }, use) => {
    const contexts: BrowserContext[] = [];
    const problems: string[][] = [];
    await use(async (name) => {
      const context = await browser.newContext({ baseURL, storageState: states.get(name) });
      contexts.push(context);
      const page = await context.newPage();
      problems.push(watchConsole(page));
      if (!states.has(name)) {
        await signIn(page, name);
        states.set(name, await context.storageState());
      }
      return page;
    });
    for (const context of contexts) await context.close();
    expect(problems.flat(), 'console errors').toEqual([]);
  },
});

export { expect };

export interface VerifyAnswer {
  status: number;
  requestId: string | null;
  body: { valid?: boolean; code?: string; keyId?: string; version?: number };
}

/** Asks the gate as a service would, with plain HTTP. */
export async function verify(
  gateKey: string,
  key: string,
  more: Record<string, unknown> = {},
): Promise<VerifyAnswer> {
  const response = await fetch(`${gateUrl}/v1/verify`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ key, ...more }),
  });
  const body = await response.json();
  return { status: response.status, requestId: body.requestId ?? response.headers.get('x-request-id'), body };
}

/** The process id of the embedded Postgres under test. */
export function postgresPid(): number {
  const pointer = join(dataDir, 'postgres.json');
  const folder = existsSync(pointer)
    ? JSON.parse(readFileSync(pointer, 'utf8')).folder
    : join(dataDir, 'postgres');
  return Number(readFileSync(join(folder, 'data/postmaster.pid'), 'utf8').split('\n')[0]);
}

/** Takes the secret out of the dialog that shows it once, and closes it. */
export async function takeSecret(page: Page): Promise<string> {
  const dialog = page.getByRole('dialog', { name: /^Store the/ });
  await dialog.getByRole('button', { name: 'Show the secret' }).click();
  const secret = (await dialog.locator('code').first().textContent())?.trim() ?? '';
  expect(secret).toMatch(/^blw_(live|test)_[0-9A-Za-z]{54}$/);
  await dialog.getByRole('checkbox', { name: 'I have stored the secret' }).click();
  // The dialog's own entry leaves the history then; a page opened in that moment would be aborted.
  const left = page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        window.addEventListener('popstate', () => setTimeout(resolve), { once: true });
        setTimeout(resolve, 3_000);
      }),
  );
  await dialog.getByRole('button', { name: 'Done' }).click();
  await left;
  return secret;
}

/** Creates a key on the screen; the first preset is a gate caller's. */
export async function createKey(page: Page, name: string): Promise<string> {
  await page.goto('/keys/new');
  const form = page.getByRole('dialog', { name: 'Create a key' });
  await form.getByLabel('Name').fill(name);
  await form.getByRole('button', { name: 'Create key' }).click();
  return takeSecret(page);
}

/** The id of the newest key with this name, through the API of the signed-in page. */
export async function keyIdOf(page: Page, name: string): Promise<string> {
  const answer = await page.request.get(`/api/v1/keys?q=${encodeURIComponent(name)}`);
  const { items } = await answer.json();
  const found = items.find((key: { name: string }) => key.name === name);
  if (!found) throw new Error(`there is no key ${name}`);
  return found.id;
}
