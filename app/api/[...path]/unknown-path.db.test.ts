import { afterAll, beforeAll, expect, it } from 'vitest';
import { mintSession } from '@/db/test/mint-session';
import { openScene, type Scene } from '@/db/test/scene';
import { useConsoleLimiter } from '@/lib/platform/rate-limit/console-limiter';
import { unlimited } from '@/lib/platform/rate-limit/test/unlimited';
import { GET, POST } from './route';

let scene: Scene;
let cookie: string;
beforeAll(async () => {
  scene = await openScene();
  useConsoleLimiter(unlimited());
  cookie = (await mintSession()).cookie;
});
afterAll(() => scene.close());

async function ask(handler: typeof GET, method: string, headers: Record<string, string>) {
  const request = new Request('http://localhost:3000/api/v1/nothing/here?page=2', { method, headers });
  const response = await handler(request, { params: Promise.resolve({ path: 'nothing' }) });
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    allow: response.headers.get('allow'),
    body: await response.json(),
  };
}

it('tells whoever proved who they are that there is nothing, as a problem document that is recorded', async () => {
  const answer = await ask(POST, 'POST', { cookie, 'sec-fetch-site': 'same-origin' });
  expect(answer).toMatchObject({ status: 404, type: 'application/problem+json' });
  const found = await ask(GET, 'GET', { cookie });
  expect(found.status).toBe(404);
  const rows = await scene.admin`select status from audit_event where action = 'api.request'`;
  expect(rows).toHaveLength(2);
});

it('tells nobody else anything', async () => {
  const answer = await ask(GET, 'GET', {});
  expect(answer).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
});

it('names the methods of a path that was asked with another one, and records that path', async () => {
  const headers = { cookie, 'x-bulwark-allow': 'GET, POST', 'x-bulwark-path': '/api/v1/keys' };
  const answer = await ask(GET, 'GET', headers);
  expect(answer).toMatchObject({ status: 405, allow: 'GET, POST', body: { code: 'method_not_allowed' } });
  const [row] = await scene.admin`select path, status from audit_event where status = 405`;
  expect(row).toEqual({ path: '/api/v1/keys', status: 405 });
});
