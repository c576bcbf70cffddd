import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installFrontDoor } from './front-door';
import { ALLOW_HEADER, ENCODING_HEADER, PATH_HEADER, PEER_HEADER } from './own-headers';

let server: Server;
let port: number;

beforeAll(async () => {
  installFrontDoor({
    methodsOf: (path) => (path === '/api/v1/keys' ? ['GET', 'POST'] : null),
    isHttps: false,
  });
  server = createServer((request, response) => {
    response.appendHeader(ENCODING_HEADER, 'zstd');
    response.end(JSON.stringify({ url: request.url, headers: request.headers }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => server.close());

async function ask(line: string, headers: Record<string, string> = {}) {
  const socket = connect(port, '127.0.0.1');
  const more = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`${line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${more.join('')}\r\n`);
  const answer = await text(socket);
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  const json = /\{.*\}/s.exec(body)?.[0];
  return {
    status: Number(head.split(' ')[1]),
    head: head.toLowerCase(),
    body: json ? JSON.parse(json) : null,
  };
}

describe('a request line that Next trips over', () => {
  it.each([
    ['OPTIONS *', 400],
    ['GET *', 400],
    ['GET http://evil.example/api/v1/keys', 400],
    ['GET //evil.example/x', 400],
    ['GET /\\evil.example/x', 400],
    ['TRACE /api/v1/keys', 405],
    ['PROPFIND /overview', 405],
    ['TRACE *', 405],
  ])('%s is answered with %i and a problem document', async (line, status) => {
    const answer = await ask(line);
    expect(answer).toMatchObject({ status, body: { status, requestId: expect.any(String) } });
    expect(answer.head).toContain('content-type: application/problem+json');
    expect(answer.head).toContain('x-content-type-options: nosniff');
    expect(answer.head.includes('\r\nallow: get, head,')).toBe(status === 405);
  });
});

describe('a request that passes', () => {
  it('has its peer from the socket, and no header that only Bulwark or Next may set', async () => {
    const forged = [PEER_HEADER, PATH_HEADER, ALLOW_HEADER, 'X-Middleware-Subrequest'];
    const answer = await ask('GET /keys', Object.fromEntries(forged.map((name) => [name, '6.6.6.6'])));
    expect(JSON.stringify(answer.body)).not.toContain('6.6.6.6');
    expect(answer.body.headers[PEER_HEADER]).toBe('127.0.0.1');
    expect(answer.head).toContain('x-frame-options: deny');
  });

  it('of the API loses what makes Next redirect it; a page keeps it', async () => {
    const router = { RSC: '1', 'Next-Router-Prefetch': '1' };
    expect(Object.keys((await ask('GET /api/v1/keys', router)).body.headers)).not.toContain('rsc');
    expect(Object.keys((await ask('GET /keys', router)).body.headers)).toContain('rsc');
  });

  it('of the API with a method that the path does not take goes to the route that says so', async () => {
    const wrong = await ask('DELETE /api/v1/keys?x=1');
    expect(wrong.body.url).toBe('/api/method-not-allowed');
    expect(wrong.body.headers).toMatchObject({ [ALLOW_HEADER]: 'GET, POST', [PATH_HEADER]: '/api/v1/keys' });
    for (const line of ['POST /api/v1/keys', 'OPTIONS /api/v1/keys', 'DELETE /api/v1/nothing'])
      expect((await ask(line)).body.url, line).toBe(line.split(' ')[1]);
  });

  it('of the API may declare how its body is compressed', async () => {
    expect((await ask('GET /api/v1/keys')).head).toContain('content-encoding: zstd');
  });
});
