import { gunzipSync } from 'node:zlib';
import { ROLE_PERMISSIONS } from '@/lib/platform/auth/contract';
import { expect, test } from '../fixtures';
import { type Operation, readOperations } from './operations';
import { type Caller, type WireScene, wireScene } from './scene';

/**
 * The management API as the world sees it: plain HTTP against the built server, held to its own description. Every
 * answer of this file is checked against its schema, and has the headers that every answer has.
 */
const consoleUrl = `http://localhost:${process.env.E2E_PORT_BASE}`;
const NOBODY: Caller = { name: 'nobody', headers: () => ({ 'sec-fetch-site': 'same-origin' }) };
const NO_SUCH_ID = '01900000-0000-7000-8000-000000000000';
const MALFORMED = ['nope', '%00', `..%2f${'a'.repeat(300)}`];

let operations: Operation[];
let scene: WireScene;
const complaints: string[] = [];

test.describe.configure({ mode: 'default' });
test.beforeEach(async ({ as }) => {
  test.setTimeout(180_000);
  operations ??= await readOperations(consoleUrl);
  scene = await wireScene(as);
});

/** Several at a time: what is tried here is each answer, not their order. */
async function each<T>(items: readonly T[], work: (item: T) => Promise<void>, lanes = 6): Promise<void> {
  const waiting = [...items];
  const lane = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

interface Answer {
  status: number;
  headers: Headers;
  text: string;
}

function headerProblems({ status, headers }: Answer): string[] {
  const problems: string[] = [];
  const need = (name: string, pattern: RegExp) => {
    if (!pattern.test(headers.get(name) ?? '')) problems.push(`${status}: ${name} is ${headers.get(name)}`);
  };
  need('x-request-id', /^[0-9a-f-]{36}$/);
  need('cache-control', /no-store/);
  need('x-content-type-options', /^nosniff$/);
  need('x-frame-options', /^DENY$/);
  need('content-security-policy', /default-src 'none'/);
  if (status >= 400) need('content-type', /^application\/problem\+json$/);
  if (status === 405) need('allow', /^[A-Z, ]+$/);
  return problems;
}

async function send(method: string, path: string, caller: Caller, body?: string): Promise<Answer> {
  const headers = {
    ...caller.headers(),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  const response = await fetch(`${consoleUrl}${path}`, { method, headers, body, redirect: 'manual' });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** Asks as a caller and notes everything that contradicts the description. */
async function ask(operation: Operation, path: string, caller: Caller, body?: string): Promise<Answer> {
  const answer = await send(operation.method, path, caller, body);
  const mediaType = (answer.headers.get('content-type') ?? '').split(';')[0] ?? '';
  const problems = [
    ...headerProblems(answer),
    ...operation.problemsOf(answer.status, mediaType, answer.text),
  ];
  for (const problem of problems)
    complaints.push(`${operation.method} ${path.slice(0, 120)} as ${caller.name}: ${problem}`);
  return answer;
}

test.afterEach(() => {
  expect.soft(complaints.splice(0).slice(0, 20)).toEqual([]);
});

const withId = (operation: Operation, id: string) => operation.path.replaceAll(/\{\w+\}/g, id);
/** A body of the right kind that no operation takes: nothing is changed by asking. */
const emptyBody = (operation: Operation) =>
  operation.method === 'GET' ? undefined : '{"nothing":"of this"}';

test('nobody and an unknown key are refused by every operation', async () => {
  const garbage: Caller = {
    name: 'garbage',
    headers: () => ({ authorization: 'Bearer not one key', 'sec-fetch-site': 'same-origin' }),
  };
  await each(
    operations.filter(({ path }) => !path.endsWith('/sign-out')),
    async (operation) => {
      for (const caller of [NOBODY, garbage]) {
        const { status } = await ask(operation, withId(operation, NO_SUCH_ID), caller, emptyBody(operation));
        expect.soft(status, `${operation.id} as ${caller.name}`).toBe(401);
      }
    },
  );
});

test('each role and key gets in where its permissions say, and nowhere else', async () => {
  const { analyst, auditor, key, weakKey } = scene;
  const people = [
    { caller: analyst, may: ROLE_PERMISSIONS.analyst },
    { caller: auditor, may: ROLE_PERMISSIONS.auditor },
  ];
  // Both end the session that asks.
  const asked = operations.filter(({ path }) => !/sign-out$|revoke-all$/.test(path));
  await each(asked, async (operation) => {
    const path = withId(operation, NO_SUCH_ID);
    const isRefused = async (caller: Caller) =>
      (await ask(operation, path, caller, emptyBody(operation))).status === 403;
    const isPersonal = operation.permission === 'session';
    for (const { caller, may } of people) {
      const isAllowed =
        operation.mayPerson && (isPersonal || may.some((name) => name === operation.permission));
      expect.soft(await isRefused(caller), `${operation.id} refused to the ${caller.name}`).toBe(!isAllowed);
    }
    expect.soft(await isRefused(weakKey), `${operation.id} refused to a key without the scope`).toBe(true);
    expect.soft(await isRefused(key), `${operation.id} refused to a key with every scope`).toBe(isPersonal);
  });
});

/** Ids of the tenant by the path of the list that shows them, read as one may who sees all of it. */
async function idsOfLists(caller: Caller): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  for (const operation of operations) {
    if (operation.method !== 'GET' || operation.parameters.length > 0) continue;
    const { status, headers, text } = await ask(operation, operation.path, caller);
    if (status !== 200 || !headers.get('content-type')?.startsWith('application/json')) continue;
    const { items = [] } = JSON.parse(text) as { items?: Record<string, unknown>[] };
    const ids = items
      .map((item) => item.id ?? item.userId ?? item.key)
      .filter((id) => typeof id === 'string');
    if (ids.length > 0) found.set(operation.path, ids.slice(0, 2) as string[]);
  }
  return found;
}

const told = ({ status, text }: Answer) => ({ status, detail: JSON.parse(text).detail });

test('what belongs to the tenant is read by it and by nobody else, whatever stands for the id', async () => {
  const ids = await idsOfLists(scene.key);
  // A person may be a member of both.
  const shared = new Set([...(await idsOfLists(scene.otherKey)).values()].flat());
  let compared = 0;
  await each(
    operations.filter(({ parameters }) => parameters.length === 1),
    async (operation) => {
      const isPersonal = operation.permission === 'session';
      const asker = isPersonal ? scene.operator : scene.key;
      const body = emptyBody(operation);
      for (const wrong of [NO_SUCH_ID, ...MALFORMED]) {
        const { status } = await ask(operation, withId(operation, wrong), asker, body);
        expect.soft([400, 404], `${operation.id}, ${wrong}`).toContain(status);
      }
      if (isPersonal) return;
      for (const id of ids.get(operation.path.split('/{')[0] ?? '') ?? []) {
        if (shared.has(id)) continue;
        const path = withId(operation, id);
        if (operation.method === 'GET') {
          const own = await ask(operation, path, scene.key);
          expect.soft([200, 404], `${operation.id}, own`).toContain(own.status);
          compared += own.status === 200 ? 1 : 0;
        }
        const foreign = await ask(operation, path, scene.otherKey, body);
        const nothing = await ask(operation, withId(operation, NO_SUCH_ID), scene.otherKey, body);
        expect.soft(told(foreign), `${operation.id}, another tenant's`).toEqual(told(nothing));
      }
    },
  );
  expect(compared).toBeGreaterThan(10);
});

test('a method that a path does not take is refused with those that it does', async () => {
  const methods = new Map<string, string[]>();
  for (const { path, method } of operations) methods.set(path, [...(methods.get(path) ?? []), method]);
  await each([...methods], async ([path, allowed]) => {
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter(
      (name) => !allowed.includes(name),
    )) {
      const answer = await send(method, path.replaceAll(/\{\w+\}/g, NO_SUCH_ID), scene.key);
      expect.soft(answer.status, `${method} ${path}`).toBe(405);
      expect.soft(answer.headers.get('allow')?.split(', ').sort()).toEqual(allowed.sort());
      complaints.push(...headerProblems(answer));
    }
  });
});

/** Opaque to people, or there to try out what hostile callers send; kept nowhere. */
const NOT_SHOWN = ['cursor', 'explainGateRoute/url', 'explainRateLimits/path'];

/** Every string in the body that takes free text, as a path of names. */
function textFields(schema: Record<string, unknown>, at: string[] = []): string[][] {
  if (schema.type === 'string') {
    const isFree = !schema.format && !schema.enum && !schema.const && schema.contentEncoding === undefined;
    return isFree ? [at] : [];
  }
  const properties = (schema.properties ?? {}) as Record<string, Record<string, unknown>>;
  return Object.entries(properties).flatMap(([name, inner]) => textFields(inner, [...at, name]));
}

const bodyWith = (path: string[], value: string): unknown =>
  path.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value);

test('no text takes a character that turns, hides or ends what stands beside it', async () => {
  await each(operations, async (operation) => {
    const asker = operation.permission === 'session' ? scene.operator : scene.key;
    for (const field of operation.body ? textFields(operation.body) : []) {
      const name = field.join('/');
      if (NOT_SHOWN.includes(name) || NOT_SHOWN.includes(`${operation.id}/${name}`)) continue;
      const path = withId(operation, NO_SUCH_ID);
      const body = JSON.stringify(bodyWith(field, 'ab\u202ecd\u0007'));
      const { text } = await ask(operation, path, asker, body);
      const wrong = (JSON.parse(text).errors ?? []).map((error: { path: string }) => error.path);
      expect.soft(wrong, `${operation.id} takes it as ${name}`).toContain(name);
    }
  });
});

test('a name that stands twice in the JSON is refused', async () => {
  const { status, text } = await send(
    'POST',
    '/api/v1/keys',
    scene.key,
    '{"name":"a","scopes":[],"name":"b"}',
  );
  expect.soft([status, JSON.parse(text).detail]).toEqual([400, expect.stringContaining('twice')]);
});

test('a streamed download arrives as it was meant, with and without compression', async () => {
  const downloads = ['ndjson', 'csv'].map((format) => `/api/v1/audit-events/export?format=${format}`);
  downloads.push('/api/v1/findings/export?format=csv', '/api/v1/findings/export?format=sarif');
  downloads.push('/api/v1/metrics/monthly?format=csv');
  for (const path of downloads) {
    for (const accepted of ['identity', 'gzip', 'gzip, br, zstd', 'br', '*;q=0']) {
      const headers = { ...scene.key.headers(), 'accept-encoding': accepted };
      const bytes = await rawBody(path, headers);
      const text = bytes.encoding === 'gzip' ? gunzipSync(bytes.body).toString() : bytes.body.toString();
      expect.soft(bytes.status, path).toBe(200);
      expect.soft([undefined, ...accepted.split(/, ?/)], `${path} ${accepted}`).toContain(bytes.encoding);
      expect
        .soft(text.startsWith('{') || /^[a-z_A-Z"]+,/.test(text), `${path} ${accepted}: ${text.slice(0, 20)}`)
        .toBe(true);
    }
  }
});

async function rawBody(path: string, headers: Record<string, string>) {
  const { request } = await import('node:http');
  return new Promise<{ status: number; encoding: string | undefined; body: Buffer }>((resolve, reject) => {
    request(`${consoleUrl}${path}`, { headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          encoding: response.headers['content-encoding'],
          body: Buffer.concat(chunks),
        }),
      );
      response.on('error', reject);
    })
      .on('error', reject)
      .end();
  });
}
