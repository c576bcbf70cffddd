import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GateScene, openGateScene } from '@/lib/access/gate/test/gate-scene';
import { testLimiter } from '@/lib/access/gate/test/policies';

const CORPORA = join(process.cwd(), '../shared/corpora');
const JSON_SUITE = join(CORPORA, 'JSONTestSuite/test_parsing');
const NAUGHTY_STRINGS = join(CORPORA, 'blns/blns.json');

let scene: GateScene;
beforeAll(async () => {
  scene = await openGateScene({
    limiter: testLimiter('version: 1\nlimits: []\n'),
  });
});
afterAll(() => scene.stop());

async function post(body: Uint8Array<ArrayBuffer> | string, headers: Record<string, string> = {}) {
  const response = await fetch(`http://127.0.0.1:${scene.port}/v1/verify`, {
    method: 'POST',
    headers: { 'x-api-key': scene.caller.secret, 'content-type': 'application/json', ...headers },
    body,
  });
  return { status: response.status, type: response.headers.get('content-type'), body: await response.json() };
}

/** Twenty at a time. */
async function forEach<T>(items: readonly T[], check: (item: T) => Promise<void>): Promise<void> {
  for (let i = 0; i < items.length; i += 20) await Promise.all(items.slice(i, i + 20).map(check));
}

function expectSentence(answer: { status: number; type: string | null; body: { detail?: string } }): void {
  expect(answer.type).toBe('application/problem+json');
  expect(answer.body.detail).toMatch(/^[A-Z].{5,}/);
  expect(answer.body.detail).not.toMatch(/[\r\n]| at .*:\d+/);
}

describe('a malformed question', () => {
  it.each([
    ['nothing', ''],
    ['no JSON', 'key=abc'],
    ['an array', '[]'],
    ['a number', '1'],
    ['null', 'null'],
    ['no key', '{}'],
    ['an empty key', '{"key":""}'],
    ['a number as key', '{"key":1}'],
    ['an unknown field', '{"key":"x","admin":true}'],
    ['a prototype', '{"key":"x","__proto__":{"valid":true}}'],
    ['a NUL', '{"key":"x","path":"/a\\u0000b"}'],
    ['half of a surrogate pair', '{"key":"x","path":"\\ud800"}'],
    ['scopes as text', '{"key":"x","scopes":"keys:read"}'],
    ['a hundred scopes', JSON.stringify({ key: 'x', scopes: Array.from({ length: 100 }, () => 'a') })],
    ['an address with a port', '{"key":"x","ip":"192.0.2.1:80"}'],
    ['an address with a zone', '{"key":"x","ip":"fe80::1%eth0"}'],
    ['an octal address', '{"key":"x","ip":"0177.0.0.1"}'],
    ['a method with spaces', '{"key":"x","method":"GET /"}'],
    ['a cost of 0', '{"key":"x","cost":0}'],
    ['a cost of 1.5', '{"key":"x","cost":1.5}'],
    ['an infinite cost', '{"key":"x","cost":1e999}'],
    ['deep nesting', `{"key":${'['.repeat(5_000)}${']'.repeat(5_000)}}`],
    ['too deep nesting for the stack', `{"key":${'['.repeat(8_000)}`],
  ])('with %s is answered 400 with a sentence', async (_, body) => {
    const answer = await post(body);
    expect(answer.status).toBe(400);
    expectSentence(answer);
  });

  it('that is not UTF-8 is answered 400', async () => {
    const answer = await post(
      Buffer.concat([Buffer.from('{"key":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]),
    );
    expect(answer.status).toBe(400);
    expectSentence(answer);
  });

  it('of another content type is answered 415', async () => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/json; charset=utf-16',
    ]) {
      const answer = await post('{"key":"x"}', { 'content-type': type });
      expect(answer.status).toBe(415);
      expectSentence(answer);
    }
  });

  it('of 10 MB is answered 413, and the gate goes on', async () => {
    const answer = await post(JSON.stringify({ key: 'x'.repeat(10_000_000) }));
    expect(answer.status).toBe(413);
    expectSentence(answer);
    expect((await post('{"key":"x"}')).body.code).toBe('MALFORMED');
  });

  it.skipIf(!existsSync(JSON_SUITE))('of JSONTestSuite is never a 5xx', async () => {
    const files = readdirSync(JSON_SUITE);
    expect(files.length).toBeGreaterThan(300);
    await forEach(files, async (file) => {
      const answer = await post(readFileSync(join(JSON_SUITE, file)));
      expect({ file, status: answer.status }).toEqual({ file, status: answer.status === 413 ? 413 : 400 });
      expectSentence(answer);
    });
  });

  it.skipIf(!existsSync(NAUGHTY_STRINGS))(
    'with a naughty string is never a 5xx and never stored wrongly',
    async () => {
      const strings: string[] = JSON.parse(readFileSync(NAUGHTY_STRINGS, 'utf8'));
      expect(strings.length).toBeGreaterThan(400);
      await forEach(strings, async (text) => {
        const asKey = await post(JSON.stringify({ key: text, ip: '198.51.100.9' }));
        expect([200, 400]).toContain(asKey.status);
        if (asKey.status === 200) expect(asKey.body.code).toBe('MALFORMED');
        const asPath = await post(JSON.stringify({ key: scene.caller.secret, path: text }));
        expect([200, 400]).toContain(asPath.status);
        if (asPath.status !== 200) return;
        const [row] = await scene.world
          .sql`select path from audit_event where request_id = ${asPath.body.requestId}`;
        expect(text.startsWith(row?.path)).toBe(true);
      });
    },
  );
});

/** Sends bytes as they are. @returns the status line, or nothing where the connection was closed without one */
function sendRaw(bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(scene.port, '127.0.0.1', () => socket.write(bytes));
    socket.setTimeout(3_000, () => socket.end());
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text.split('\r\n', 1)[0] ?? ''));
  });
}

describe('malformed HTTP', () => {
  const head = 'POST /v1/verify HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n';

  it.each([
    ['no HTTP at all', 'hello\r\n\r\n', /^HTTP\/1.1 400/],
    ['no Host', 'GET /healthz HTTP/1.1\r\n\r\n', /^HTTP\/1.1 400/],
    ['no path', 'OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', /^HTTP\/1.1 400/],
    ['TRACE', 'TRACE / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', /^HTTP\/1.1 405/],
    [
      'a name twice',
      `${head}X-API-Key: a\r\nContent-Length: 17\r\nConnection: close\r\n\r\n{"key":1,"key":2}`,
      /^HTTP\/1.1 40[01]/,
    ],
    ['two lengths', `${head}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`, /^HTTP\/1.1 400/],
    [
      'a length and chunks',
      `${head}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      /^HTTP\/1.1 400/,
    ],
    ['a header with a line feed', `${head}X: a\nb\r\n\r\n`, /^HTTP\/1.1 400/],
    ['headers of 40 KB', `${head}X: ${'a'.repeat(40_000)}\r\n\r\n`, /^HTTP\/1.1 431/],
    [
      'Authorization twice',
      `${head}Authorization: Bearer a\r\nAuthorization: Bearer b\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`,
      /^HTTP\/1.1 400/,
    ],
    [
      'X-API-Key twice',
      `${head}X-API-Key: a\r\nx-api-key: a\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`,
      /^HTTP\/1.1 400/,
    ],
    [
      'Bearer %',
      `${head}Authorization: Bearer %\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`,
      /^HTTP\/1.1 401/,
    ],
    [
      'Bearer and nothing',
      `${head}Authorization: Bearer \r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`,
      /^HTTP\/1.1 401/,
    ],
    ['a tunnel', 'CONNECT example.org:443 HTTP/1.1\r\nHost: a\r\n\r\n', /^(HTTP\/1.1 4|$)/],
    [
      'another expectation',
      `${head}Expect: tea\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`,
      /^HTTP\/1.1 417/,
    ],
  ])('with %s is refused', async (_, bytes, status) => {
    expect(await sendRaw(bytes)).toMatch(status);
  });

  it('lets no connection stay half open', async () => {
    const startedMs = performance.now();
    const socket = connect(scene.port, '127.0.0.1', () => socket.write(head));
    socket.on('error', () => undefined);
    const closed = await new Promise<string>((resolve) => {
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('close', () => resolve(text));
    });
    expect(closed).toMatch(/^HTTP\/1.1 408/);
    expect(performance.now() - startedMs).toBeLessThan(10_000);
  });
});
