import type { Page } from '@playwright/test';
import { PERMISSION_NAMES } from '@/lib/platform/auth/contract';
import { expect } from '../fixtures';

type Json = Record<string, unknown>;
export type Headers = Record<string, string>;

export interface Caller {
  name: string;
  /** Of the next request: keys take turns, so that no limit is met. */
  headers(): Headers;
}

const SAME_ORIGIN = { 'sec-fetch-site': 'same-origin' };
/** What one service may ask in a minute is less than what this suite asks. */
const KEYS_EACH = 4;

async function post<T>(page: Page, path: string, data: Json): Promise<T> {
  const answer = await page.request.post(`/api/v1${path}`, { data, headers: SAME_ORIGIN });
  expect(answer.status(), `POST ${path}: ${await answer.text()}`).toBeLessThan(300);
  return answer.json();
}

async function keysOf(
  page: Page,
  name: string,
  scopes: readonly string[],
  count = KEYS_EACH,
): Promise<Caller> {
  const secrets: string[] = [];
  for (let i = 0; i < count; i++) {
    const { secret } = await post<{ secret: string }>(page, '/keys', { name: `${name} ${i}`, scopes });
    secrets.push(secret);
  }
  let turn = 0;
  return { name, headers: () => ({ authorization: `Bearer ${secrets[turn++ % secrets.length]}` }) };
}

async function sessionOf(page: Page, name: string): Promise<Caller> {
  const cookies = await page.context().cookies();
  const cookie = cookies.map((one) => `${one.name}=${one.value}`).join('; ');
  return { name, headers: () => ({ cookie, ...SAME_ORIGIN }) };
}

async function personOf(ada: Page, as: (name: string) => Promise<Page>, name: string, role: string) {
  const invitation = { provider: 'local', matcher: 'handle', value: name, role };
  const answer = await ada.request.post('/api/v1/invitations', { data: invitation, headers: SAME_ORIGIN });
  // 409: a member already, where a failed test made the runner start anew.
  expect([201, 409]).toContain(answer.status());
  return sessionOf(await as(name), role);
}

const REPORT = {
  SchemaVersion: 2,
  ArtifactName: 'wire',
  ArtifactType: 'filesystem',
  Results: [
    {
      Target: 'package-lock.json',
      Class: 'lang-pkgs',
      Type: 'npm',
      Vulnerabilities: [
        {
          VulnerabilityID: 'CVE-2024-4321',
          PkgName: 'left-pad',
          InstalledVersion: '1.0.0',
          Severity: 'HIGH',
        },
      ],
    },
  ],
};

/** One of each thing that a tenant can have and that can be made without another program. */
async function furnish(page: Page): Promise<void> {
  await post(page, '/blocks', {
    kind: 'ip',
    value: `192.0.2.${Date.now() % 250}`,
    reason: 'wire',
    duration: '1h',
  });
  await post(page, '/notifications/mutes', {
    type: 'key.expiring',
    reason: 'Seen in the wire suite.',
    until: new Date(Date.now() + 86_400_000).toISOString(),
  });
  await post(page, '/finding-views', { name: `wire ${Date.now()}`, filter: 'severity:high' });
  await post(page, '/scans?asset=wire', REPORT);
  await post(page, '/checklist/runs', {});
  await post(page, '/reports/weekly', {});
  await post(page, '/release-gate', { release: 'wire-1', environment: 'production' });
  await post(page, '/invitations', {
    provider: 'local',
    matcher: 'handle',
    value: `nobody-${Date.now()}`,
    role: 'auditor',
  });
}

export interface WireScene {
  operator: Caller;
  analyst: Caller;
  auditor: Caller;
  /** A key of the tenant with every scope, one that may only ask the gate, and one of another tenant. */
  key: Caller;
  weakKey: Caller;
  otherKey: Caller;
}

async function makeScene(as: (name: string) => Promise<Page>): Promise<WireScene> {
  const ada = await as('ada');
  const { tenant } = await (await ada.request.get('/api/v1/me')).json();
  const scopes = PERMISSION_NAMES;
  await furnish(ada);
  const key = await keysOf(ada, 'wire', scopes);
  const weakKey = await keysOf(ada, 'wire weak', ['gate:verify']);
  const other = await post<{ id: string }>(ada, '/tenants', { name: 'Wire', slug: `wire-${Date.now()}` });
  await post(ada, `/tenants/${other.id}/switch`, {});
  const otherKey = await keysOf(ada, 'wire other', scopes);
  await post(ada, `/tenants/${tenant.id}/switch`, {});
  const analyst = await personOf(ada, as, 'wanda', 'analyst');
  const auditor = await personOf(ada, as, 'wilma', 'auditor');
  return { operator: await sessionOf(ada, 'operator'), analyst, auditor, key, weakKey, otherKey };
}

let made: Promise<WireScene> | undefined;

/** The same scene for all tests of a worker. */
export function wireScene(as: (name: string) => Promise<Page>): Promise<WireScene> {
  made ??= makeScene(as);
  return made;
}
