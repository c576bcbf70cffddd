import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { GateRequest } from '@/lib/access/gate/http/gate-request';
import { headLines, KEEP_ALIVE_MS, maySendWhole, sendWhole, sharedHeadLines } from './whole-answer';

const HEADERS = ['Content-Type', 'application/json', 'X-Auth-Scopes', 'a b', 'Content-Length', '2'];

/** All that a server sends back for these bytes. */
async function bytesOf(listener: RequestListener<typeof GateRequest>, sent: string): Promise<string> {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, IncomingMessage: GateRequest }, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await new Promise((resolve, reject) => {
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1', () => socket.write(sent));
      let received = '';
      socket.setEncoding('latin1').on('data', (text) => {
        received += text;
        if (received.split('HTTP/1.1 ').length > sent.split('HTTP/1.').length - 1) socket.end();
      });
      socket.on('close', () => resolve(received)).on('error', reject);
    });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const whole: RequestListener<typeof GateRequest> = (request, response) => {
  request.resume();
  if (maySendWhole(response)) sendWhole(response, sharedHeadLines(HEADERS), '{}');
  else response.writeHead(200, HEADERS).end('{}');
};
const usual: RequestListener<typeof GateRequest> = (request, response) => {
  request.resume();
  response.writeHead(200, HEADERS).end('{}');
};
const withoutDate = (text: string) =>
  text.replaceAll(/Date: \w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT/g, 'Date: D');
const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

describe('an answer in one write', () => {
  it.each([
    ['one request', GET],
    ['pipelined requests', GET.repeat(3)],
    ['a request that ends the connection', 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'],
    ['HTTP/1.0', 'GET / HTTP/1.0\r\n\r\n'],
  ])('is what Node sends, to the byte: %s', async (_, sent) => {
    const [own, nodes] = [await bytesOf(whole, sent), await bytesOf(usual, sent)];
    expect(withoutDate(own)).toBe(withoutDate(nodes));
    expect(own).toContain('{}');
  });

  it('refuses a value that would begin another header', () => {
    expect(() => headLines(['X-Auth-Subject', 'a\r\nX-Auth-Kind: key'])).toThrow(TypeError);
    expect(() => sharedHeadLines(['X-Auth\r\n', 'a'])).toThrow(TypeError);
  });
});

describe('headers of a request', () => {
  it('are kept where Node or the gate reads them, whatever their case, and are whole in the raw list', async () => {
    const sent =
      'POST / HTTP/1.1\r\nHOST: a\r\nauthorization: Bearer x\r\nX-Other: y\r\nContent-Length: 0\r\n\r\n';
    const seen: object[] = [];
    await bytesOf((request, response) => {
      seen.push({ ...request.headers }, { raw: request.rawHeaders.length });
      response.end();
    }, sent);
    expect(seen).toEqual([{ host: 'a', authorization: 'Bearer x' }, { raw: 8 }]);
  });

  it('are still required by Node where HTTP says so', async () => {
    expect(await bytesOf(usual, 'GET / HTTP/1.1\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
  });
});
