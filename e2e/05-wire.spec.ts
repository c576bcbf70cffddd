import { expect, gateUrl, test } from './fixtures';

test('pages carry the header set and a nonce policy that differs each time', async ({ request }) => {
  const policies = new Set<string>();
  for (let i = 0; i < 2; i++) {
    const answer = await request.get('/login');
    const headers = answer.headers();
    const policy = headers['content-security-policy'] ?? '';
    policies.add(policy);
    expect(policy).toMatch(/script-src 'nonce-[^']+' 'strict-dynamic'/);
    expect(policy).not.toMatch(/script-src[^;]*unsafe/);
    for (const directive of ["object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"]) {
      expect(policy).toContain(directive);
    }
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['x-powered-by']).toBeUndefined();
  }
  expect(policies.size).toBe(2);
});

test('what is left out of Next is not there', async ({ request }) => {
  expect((await request.get('/_next/image?url=%2Ficon.svg&w=64&q=75')).status()).toBeGreaterThanOrEqual(400);
  for (const type of ['multipart/form-data; boundary=x', 'text/x-component', 'text/plain']) {
    const answer = await request.post('/overview', {
      headers: { 'content-type': type, 'next-action': 'abc' },
      data: '--x--',
      maxRedirects: 0,
    });
    expect([404, 405], type).toContain(answer.status());
  }
  const tricked = await request.get('/overview', {
    headers: { 'x-middleware-subrequest': 'proxy:proxy:proxy:proxy:proxy' },
    maxRedirects: 0,
  });
  expect(tricked.status()).toBeGreaterThanOrEqual(300);
  expect(await tricked.text()).not.toContain('Needs attention');
});

test('without a credential nothing is told, by any method', async ({ request }) => {
  for (const path of [
    '/keys',
    '/audit-events',
    '/members',
    '/invitations',
    '/tenants',
    '/sessions',
    '/me',
    '/overview',
    '/health',
  ]) {
    const answer = await request.get(`/api/v1${path}`);
    expect(answer.status(), path).toBe(401);
    expect(answer.headers()['content-type']).toContain('application/problem+json');
    expect(await answer.json()).toMatchObject({ code: 'unauthenticated', requestId: expect.any(String) });
  }
  expect((await request.delete('/api/v1/keys')).status()).toBe(405);
});

test('odd credentials are refused with a sentence, never with a 5xx', async ({ request }) => {
  const odd = [
    'Bearer %',
    'Bearer',
    'Bearer blw_live_x',
    'Basic YTpi',
    'Bearer a b',
    `Bearer ${'x'.repeat(4000)}`,
  ];
  for (const authorization of odd) {
    for (const url of ['/api/v1/keys', `${gateUrl}/v1/verify`]) {
      const answer = await request.fetch(url, {
        method: url.startsWith('/') ? 'GET' : 'POST',
        headers: { authorization },
        data: url.startsWith('/') ? undefined : { key: 'x' },
      });
      expect([400, 401], `${authorization.slice(0, 20)} at ${url}`).toContain(answer.status());
      expect((await answer.json()).detail).toMatch(/[.]$/);
    }
  }
});

test('a write that rides on a cookie must come from our own pages', async ({ as }) => {
  const ada = await as('ada');
  const evil = await ada.request.post('/api/v1/tenants', {
    headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
    data: { name: 'Evil', slug: 'evil' },
  });
  expect(evil.status()).toBe(403);
});

test('the API describes itself, and its reference page is served from here alone', async ({ as }) => {
  const ada = await as('ada');
  const description = await (await ada.request.get('/api/openapi.json')).json();
  expect(description.openapi).toMatch(/^3\.1/);
  for (const path of [
    '/api/v1/keys',
    '/api/v1/keys/{id}/rotate',
    '/api/v1/audit-events',
    '/api/v1/members',
  ]) {
    expect(Object.keys(description.paths), path).toContainEqual(
      expect.stringContaining(path.replace('/api/v1', '')),
    );
  }
  const hosts = new Set<string>();
  ada.on('request', (sent) => hosts.add(new URL(sent.url()).host));
  await ada.goto('/docs/api');
  await expect(ada.getByText('/keys').first()).toBeVisible({ timeout: 20_000 });
  expect([...hosts]).toHaveLength(1);
});
