import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mintSession } from '@/db/test/mint-session';
import { openScene, type Scene } from '@/db/test/scene';
import { newId } from '@/lib/platform/core/ids';
import { useConsoleLimiter } from '@/lib/platform/rate-limit/console-limiter';
import { unlimited } from '@/lib/platform/rate-limit/test/unlimited';

const SUITE = join(process.cwd(), '../shared/corpora/JSONTestSuite/test_parsing');
/** They read no JSON: a report as a tool wrote it, and what needs no body at all. */
const TAKES_ANY_BODY = new Set(['scans', 'me/sign-out']);
/** No body is a body without fields, which some writes ask no more than. */
const EMPTY = 'n_structure_no_data.json';

type Handler = (request: Request, context: { params: Promise<Record<string, string>> }) => Promise<Response>;
interface Endpoint {
  method: string;
  path: string;
  handler: Handler;
}

const files = globSync('app/api/v1/**/route.ts').filter((file) => !file.includes('[...path]'));

async function endpointsOf(methods: readonly string[]): Promise<Endpoint[]> {
  const found: Endpoint[] = [];
  for (const file of files) {
    const path = file.slice('app/api/v1/'.length, -'/route.ts'.length);
    const module: Record<string, Handler> = await import(/* @vite-ignore */ `@/${file.replace(/\.ts$/, '')}`);
    for (const method of methods) {
      const handler = module[method];
      if (handler) found.push({ method, path, handler });
    }
  }
  return found;
}

const writes = (await endpointsOf(['POST', 'PUT', 'PATCH'])).filter(({ path }) => !TAKES_ANY_BODY.has(path));
const reads = await endpointsOf(['GET', 'DELETE']);

let scene: Scene;
let cookie: string;
beforeAll(async () => {
  scene = await openScene();
  useConsoleLimiter(unlimited());
  cookie = (await mintSession()).cookie;
});
afterAll(() => scene.close());

interface Call {
  body?: string | Uint8Array<ArrayBuffer>;
  query?: string;
  id?: string;
}

async function call({ method, path, handler }: Endpoint, { body, query = '', id = newId() }: Call) {
  const request = new Request(`http://localhost:3000/api/v1/${path}${query}`, {
    method,
    headers: { cookie, 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body }),
  });
  const names = [...path.matchAll(/\[(\w+)\]/g)].map(([, name]) => [name, id]);
  const response = await handler(request, { params: Promise.resolve(Object.fromEntries(names)) });
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
}

/** A refusal of the caller's making, as a problem document with a sentence and the request's id. */
function expectProblem({ status, type, text }: Awaited<ReturnType<typeof call>>, what: string): void {
  expect(status, `${what}: ${text}`).toBeGreaterThanOrEqual(400);
  expect(status, `${what}: ${text}`).toBeLessThan(500);
  expect(type).toBe('application/problem+json');
  const problem = JSON.parse(text);
  expect(problem.detail, what).toMatch(/\.$/);
  expect(problem.requestId, what).toMatch(/./);
}

const changes = async () => {
  const [row] = await scene.admin`select count(*)::int as n from audit_event where category = 'change'`;
  return row?.n;
};

const ODD_BODIES: Record<string, string> = {
  'nothing that JSON could be': 'undefined',
  'an unknown field': '{"isAdmin":true}',
  'a list': '[]',
  null: 'null',
  'a number': '1e9999',
  NUL: '{"isAdmin\\u0000":"a\\u0000b"}',
  'half a surrogate': '{"isAdmin":"\\ud800"}',
  'a prototype': '{"__proto__":{"isAdmin":true},"constructor":{}}',
  'deep nesting': `${'['.repeat(5000)}${']'.repeat(5000)}`,
  'two megabytes': JSON.stringify({ isAdmin: 'a'.repeat(2_000_000) }),
};

describe.each(writes.map((endpoint) => ({ name: `${endpoint.method} ${endpoint.path}`, endpoint })))(
  '$name',
  ({ endpoint }) => {
    it('refuses what is no JSON, and JSON of no use, and changes nothing', async () => {
      const before = await changes();
      for (const [what, body] of Object.entries(ODD_BODIES))
        expectProblem(await call(endpoint, { body }), what);
      const broken = existsSync(SUITE)
        ? readdirSync(SUITE).filter((file) => file.startsWith('n_') && file !== EMPTY)
        : [];
      for (const file of broken)
        expectProblem(await call(endpoint, { body: readFileSync(`${SUITE}/${file}`) }), file);
      expect(await changes()).toBe(before);
    });
  },
);

it('says where the corpus is missing', ({ skip }) => {
  if (!existsSync(SUITE)) skip(`${SUITE} is not on this machine; only the bodies of this file were tried`);
  expect(writes.length).toBeGreaterThan(40);
});

const ODD_QUERIES = [
  '?limit=0',
  '?limit=1e9',
  '?unknown=1',
  '?cursor=%00',
  '?cursor=!',
  '?q=a&q=b&limit=x',
  '?from=yesterday&to=%ED',
];
const ODD_IDS = [
  '..',
  '%00',
  '\u0000',
  '1',
  "' or 1=1 --",
  'x'.repeat(5000),
  '01930000-0000-7000-8000-00000000FFFF',
];

describe.each(reads.map((endpoint) => ({ name: `${endpoint.method} ${endpoint.path}`, endpoint })))(
  '$name',
  ({ endpoint }) => {
    it('answers odd queries and ids with no 5xx, and refuses unknown parameters', async () => {
      for (const query of ODD_QUERIES) {
        const answer = await call(endpoint, { query });
        expect(answer.status, `${query}: ${answer.text}`).toBeLessThan(500);
        if (answer.status >= 400) expectProblem(answer, query);
      }
      if (!endpoint.path.includes('[')) return;
      for (const id of ODD_IDS) expectProblem(await call(endpoint, { id }), id.slice(0, 40));
    });
  },
);
