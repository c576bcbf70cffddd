import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mintSession } from '@/db/test/mint-session';
import { newTenant, openScene, type Scene, userActor } from '@/db/test/scene';
import { createKey } from '@/lib/access/api-keys/change/create-key';
import { newId } from '@/lib/platform/core/ids';
import { useConsoleLimiter } from '@/lib/platform/rate-limit/console-limiter';
import { unlimited } from '@/lib/platform/rate-limit/test/unlimited';
import { DEFAULT_TENANT_ID } from '@/lib/platform/tenancy/contract';
import { POST as cancelRotation } from './[id]/cancel-rotation/route';
import { POST as grace } from './[id]/grace/route';
import { POST as retireOld } from './[id]/retire-old/route';
import { POST as revoke } from './[id]/revoke/route';
import { POST as rotate } from './[id]/rotate/route';
import { GET as getOne, PATCH } from './[id]/route';
import { POST as startGrace } from './[id]/start-grace/route';
import { POST as undoRevoke } from './[id]/undo-revoke/route';
import { POST as create, GET as list } from './route';

const CORPORA = join(process.cwd(), '../shared/corpora');
const CORPUS_MISSING = `${CORPORA} is not on this machine`;

type Handler = typeof create;
const writes: [string, Handler][] = [
  ['create', create],
  ['update', PATCH],
  ['rotate', rotate],
  ['revoke', revoke],
  ['undo-revoke', undoRevoke],
  ['cancel-rotation', cancelRotation],
  ['start-grace', startGrace],
  ['grace', grace],
  ['retire-old', retireOld],
];

let scene: Scene;
let cookie: string;
let foreignKeyId: string;
beforeAll(async () => {
  scene = await openScene();
  useConsoleLimiter(unlimited());
  cookie = (await mintSession()).cookie;
  const stranger = await userActor('operator', await newTenant('other'));
  foreignKeyId = (await createKey(stranger, { name: 'theirs', scopes: ['keys:read'] })).key.id;
});
afterAll(() => scene.close());

interface Call {
  method?: string;
  body?: string | Uint8Array<ArrayBuffer>;
  id?: string;
  query?: string;
  headers?: Record<string, string>;
}

async function call(
  handler: Handler,
  { method = 'POST', body, id = newId(), query = '', headers = {} }: Call,
) {
  const request = new Request(`http://localhost:3000/api/v1/keys${query}`, {
    method,
    headers: { cookie, 'sec-fetch-site': 'same-origin', 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body }),
  });
  const response = await handler(request, { params: Promise.resolve({ id }) });
  const text = await response.text();
  return { status: response.status, type: response.headers.get('content-type'), text };
}

/** A refusal of the caller's making, as a problem document with a sentence and the request's id. */
function expectProblem(answer: Awaited<ReturnType<typeof call>>, what: string): void {
  expect(answer.status, `${what}: ${answer.text}`).toBeGreaterThanOrEqual(400);
  expect(answer.status, `${what}: ${answer.text}`).toBeLessThan(500);
  expect(answer.type).toBe('application/problem+json');
  const problem = JSON.parse(answer.text);
  expect(problem.detail, what).toMatch(/\.$/);
  expect(problem.requestId).toMatch(/./);
}

/** Eight at a time: a thousand requests one after the other would mostly wait. */
async function forEach<T>(items: readonly T[], run: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values();
  const lane = async () => {
    for (const item of rest) await run(item);
  };
  await Promise.all(Array.from({ length: 8 }, lane));
}

const counts = async () => {
  const [row] =
    await scene.admin`select (select count(*) from api_key)::int as keys, (select count(*) from api_key_version)::int as versions,
    (select count(*) from audit_event where category = 'change')::int as changes,
    (select count(*) from audit_event where action = 'api.request')::int as requests`;
  return row ?? {};
};

describe.each(writes)('%s', (name, handler) => {
  it('refuses every body of JSONTestSuite and writes nothing but the access', { timeout: 240_000 }, async ({
    skip,
  }) => {
    if (!existsSync(CORPORA)) skip(CORPUS_MISSING);
    const folder = `${CORPORA}/JSONTestSuite/test_parsing`;
    const files = readdirSync(folder);
    expect(files.length).toBeGreaterThan(300);
    const before = await counts();
    await forEach(files, async (file) =>
      expectProblem(await call(handler, { body: readFileSync(`${folder}/${file}`) }), `${name} ${file}`),
    );
    expect(await counts()).toEqual({ ...before, requests: before.requests + files.length });
  });

  it.each([
    ['nothing that JSON could be', 'undefined'],
    ['an unknown field', '{"isAdmin":true}'],
    ['a list', '[]'],
    ['null', 'null'],
    ['NUL', '{"name":"a\\u0000b","comment":"a\\u0000b"}'],
    ['half a surrogate', '{"name":"\\ud800","comment":"\\ud800"}'],
    ['a prototype', '{"__proto__":{"reason":"UNSPECIFIED"}}'],
    ['deep nesting', `${'['.repeat(5000)}${']'.repeat(5000)}`],
    [
      'wrong types',
      '{"name":1,"scopes":"all","grace":5,"reason":[],"version":"1","start":null,"comment":{}}',
    ],
    ['a text of 10 MB', JSON.stringify({ name: 'a'.repeat(10_000_000) })],
  ])('refuses %s', async (what, body) => {
    expectProblem(await call(handler, { body }), `${name} ${what}`);
  });

  it('refuses another content type, bad headers and ids', async () => {
    const body = JSON.stringify({ name: 'x', scopes: ['keys:read'], reason: 'UNSPECIFIED', grace: '1h' });
    const refused: Call[] = [
      { body, headers: { 'content-type': 'text/plain' } },
      { body: '{}', headers: { 'idempotency-key': 'a b' } },
      { body: '{}', headers: { 'idempotency-key': 'x'.repeat(300) } },
      { body: '{}', headers: { 'sec-fetch-site': 'cross-site' } },
      { body: '{}', headers: { authorization: 'Bearer %', cookie: '' } },
      { body: '{}', headers: { cookie: '' } },
    ];
    for (const one of refused)
      expectProblem(await call(handler, one), `${name} ${JSON.stringify(one.headers)}`);
    if (handler === create) return;
    const valid: Record<string, unknown> = {
      update: { name: 'x' },
      revoke: { reason: 'UNSPECIFIED' },
      grace: { grace: '1h' },
    };
    for (const id of [foreignKeyId, '..', '%00', '1', `${foreignKeyId}'--`, foreignKeyId.toUpperCase()]) {
      const answer = await call(handler, { id, body: JSON.stringify(valid[name] ?? {}) });
      expect(`${id} ${answer.status}`).toBe(`${id} 404`);
      expect(JSON.parse(answer.text).detail).toBe('Key not found in this tenant.');
    }
  });
});

describe('naughty strings', () => {
  const naughty: string[] = existsSync(CORPORA)
    ? JSON.parse(readFileSync(`${CORPORA}/blns/blns.json`, 'utf8'))
    : [];

  it('are stored and given back as they are, or refused', { timeout: 240_000 }, async ({ skip }) => {
    if (naughty.length === 0) skip(CORPUS_MISSING);
    let stored = 0;
    await forEach(naughty, async (text) => {
      const answer = await call(create, {
        body: JSON.stringify({ name: text, description: text, scopes: ['keys:read'] }),
      });
      if (answer.status !== 201) {
        expectProblem(answer, text);
        return;
      }
      stored += 1;
      const { key } = JSON.parse(answer.text);
      const read = JSON.parse((await call(getOne, { method: 'GET', id: key.id })).text);
      expect([read.name, read.description]).toEqual([text.trim(), text.trim()]);
    });
    expect(stored).toBeGreaterThan(300);
  });

  it('are searched for and filtered by without harm', { timeout: 240_000 }, async ({ skip }) => {
    if (naughty.length === 0) skip(CORPUS_MISSING);
    const ask = async (text: string, names: string) => {
      const answer = await call(list, {
        method: 'GET',
        query: names.replaceAll('*', encodeURIComponent(text.toWellFormed())),
      });
      if (answer.status !== 200) expectProblem(answer, `${names} ${text}`);
    };
    await forEach(naughty, async (text) => {
      await Promise.all([
        ask(text, '?limit=1&q=*&tag=*'),
        ask(text, '?cursor=*'),
        ask(text, '?status=*'),
        ask(text, '?limit=*'),
      ]);
    });
  });
});

describe('a list', () => {
  it.each([
    '?limit=0',
    '?limit=201',
    '?limit=1e9',
    '?limit=x',
    '?unknown=1',
    '?cursor=%00',
    '?q=%ED%A0%80&limit=0',
    '?q=a&q=b',
    '?status=',
    '?owner=1',
  ])('refuses %s', async (query) => {
    expectProblem(await call(list, { method: 'GET', query }), query);
  });

  it('records who read it', async () => {
    const before = await counts();
    expect((await call(list, { method: 'GET' })).status).toBe(200);
    expect((await counts()).requests).toBe(before.requests + 1);
    const [row] =
      await scene.admin`select tenant_id, status, outcome from audit_event where action = 'api.request' order by at desc limit 1`;
    expect(row).toEqual({ tenant_id: DEFAULT_TENANT_ID, status: 200, outcome: 'success' });
  });
});

describe('the answer of a write', () => {
  it('carries the entity tag, holds the secret once, and is never stored on the way', async () => {
    const request = (body: object, headers: Record<string, string> = {}, method = 'POST') =>
      new Request('http://localhost:3000/api/v1/keys', {
        method,
        headers: { cookie, 'sec-fetch-site': 'same-origin', 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      });
    const at = (id: string) => ({ params: Promise.resolve({ id }) });
    const created = await create(
      request({ name: 'api', scopes: ['keys:read'] }, { 'idempotency-key': 'one' }),
      at(''),
    );
    expect([created.status, created.headers.get('cache-control')]).toEqual([201, 'no-store']);
    const { key, secret } = await created.json();
    expect(secret).toMatch(/^blw_live_/);

    const read = await getOne(
      new Request('http://localhost:3000/api/v1/keys', { headers: { authorization: `Bearer ${secret}` } }),
      at(key.id),
    );
    expect([read.status, read.headers.get('etag')]).toEqual([200, '"1"']);
    const changed = await PATCH(request({ name: 'renamed' }, { 'if-match': '"1"' }, 'PATCH'), at(key.id));
    expect([changed.status, changed.headers.get('etag')]).toEqual([200, '"2"']);
    const late = await PATCH(request({ name: 'late' }, { 'if-match': '"1"' }, 'PATCH'), at(key.id));
    expect(late.status).toBe(412);
    const asKey = await rotate(
      new Request('http://localhost:3000/api/v1/keys', { method: 'POST', headers: { 'x-api-key': secret } }),
      at(key.id),
    );
    expect(asKey.status).toBe(403);
    const rotated = await rotate(request({}), at(key.id));
    expect([rotated.status, rotated.headers.get('cache-control')]).toEqual([201, 'no-store']);
  });
});
