import { existsSync, readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type OutboundOptions, sendOutbound } from './outbound';
import { isPublicAddress, OutboundRefused } from './outbound-address';

const SHARED_TARGETS = join(process.cwd(), '../shared/corpora/own/ssrf_targets.txt');
const PUBLIC = '93.184.216.34';
const nothing = { hosts: [], cidrs: [] };
const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function serve(host: string, port: number, handle: RequestListener) {
  let connections = 0;
  const server = createServer(handle).on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  servers.push(server);
  return { port: (server.address() as AddressInfo).port, connections: () => connections };
}

const post = (url: string, options: OutboundOptions = {}) =>
  sendOutbound(
    { url, method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'hello' },
    { allow: nothing, timeoutMs: 2000, ...options },
  );

/** Says of every name but the one that hides a loopback address that it is public. */
const resolve = async (host: string) => (host.endsWith('.nip.io') ? ['127.0.0.1'] : [PUBLIC]);

const OWN_TARGETS = [
  'http://127.0.0.1/',
  'http://2130706433/',
  'https://[::ffff:127.0.0.1]/',
  'https://[64:ff9b::7f00:1]/',
  'https://[2002:7f00:1::]/',
  'https://[::127.0.0.1]/',
  'https://[fec0::1]/',
  'https://169.254.169.254/latest/meta-data/',
  'https://localhost./',
  'https://printer.local/',
  'https://metadata.google.internal/',
  'https://redis/',
  'https://user:pass@hooks.example.org/',
  'https://hooks.bulwark.dev:6379/',
  'http://hooks.bulwark.dev/',
  'file:///etc/passwd',
  'https://127.0.0.1.nip.io/',
];

describe('the outbound guard', () => {
  it.each(OWN_TARGETS)('refuses %s', async (target) => {
    await expect(post(target, { resolve })).rejects.toBeInstanceOf(OutboundRefused);
  });

  it('refuses every target of the shared list', async ({ skip }) => {
    if (!existsSync(SHARED_TARGETS)) skip(`${SHARED_TARGETS} is not on this machine`);
    const targets = readFileSync(SHARED_TARGETS, 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(targets.length).toBeGreaterThan(50);
    for (const target of targets) {
      await expect(post(target, { resolve }), target).rejects.toBeInstanceOf(OutboundRefused);
    }
  });

  it('knows public addresses', () => {
    for (const address of [PUBLIC, '1.1.1.1', '2606:4700:4700::1111'])
      expect(isPublicAddress(address)).toBe(true);
    for (const address of ['0.0.0.0', '198.18.0.1', '::', '2001:db8::1', 'no address'])
      expect(isPublicAddress(address)).toBe(false);
  });

  it('refuses a host where one of its addresses is private', async () => {
    const answer = async () => [PUBLIC, '10.0.0.1'];
    await expect(post('https://hooks.bulwark.dev/', { resolve: answer })).rejects.toThrow('10.0.0.1');
  });

  it('sends to a private address only where it is allow-listed', async () => {
    const { port, connections } = await serve('127.0.0.1', 0, (request, response) => {
      response.writeHead(202, { 'x-length': request.headers['content-length'] }).end('taken');
    });
    const url = `http://127.0.0.1:${port}/hook`;
    await expect(post(url)).rejects.toThrow('private or special');
    expect(connections()).toBe(0);
    const allowed = { hosts: [], cidrs: ['127.0.0.0/8'] };
    expect(await post(url, { allow: allowed })).toMatchObject({
      status: 202,
      body: 'taken',
      headers: { 'x-length': '5' },
    });
    const named = `http://hooks.bulwark.dev:${port}/`;
    expect((await post(named, { allow: allowed, resolve: async () => ['127.0.0.1'] })).status).toBe(202);
    const hosts = { hosts: ['hooks.bulwark.dev'], cidrs: [] };
    expect((await post(named, { allow: hosts, resolve: async () => ['127.0.0.1'] })).status).toBe(202);
  });

  it('connects to the address it has checked, whatever the name server says the second time', async () => {
    const good = await serve('127.0.0.2', 0, (_, response) => response.end('good'));
    const inside = await serve('127.0.0.1', good.port, (_, response) => response.end('inside'));
    let asked = 0;
    const rebinding = async () => {
      asked += 1;
      return asked === 1 ? ['127.0.0.2'] : ['127.0.0.1'];
    };
    const allow = { hosts: [], cidrs: ['127.0.0.2/32'] };
    const answer = await post(`http://rebind.bulwark.dev:${good.port}/`, { allow, resolve: rebinding });
    expect(answer.body).toBe('good');
    await expect(
      post(`http://rebind.bulwark.dev:${good.port}/`, { allow, resolve: rebinding }),
    ).rejects.toThrow('127.0.0.1');
    expect([asked, good.connections(), inside.connections()]).toEqual([2, 1, 0]);
  });

  it('follows no redirect', async () => {
    const inside = await serve('127.0.0.1', 0, (_, response) => response.end('inside'));
    const { port } = await serve('127.0.0.1', 0, (_, response) => {
      response.writeHead(307, { location: `http://127.0.0.1:${inside.port}/` }).end();
    });
    const allow = { hosts: [], cidrs: ['127.0.0.1/32'] };
    expect((await post(`http://127.0.0.1:${port}/`, { allow })).status).toBe(307);
    expect(inside.connections()).toBe(0);
  });

  it('reads no more than 64 KiB of an endless answer, and waits no longer than told', async () => {
    const { port } = await serve('127.0.0.1', 0, (request, response) => {
      if (request.url === '/slow') return;
      const more = () => {
        while (response.write('x'.repeat(16_384)));
      };
      response.on('drain', more);
      more();
    });
    const allow = { hosts: [], cidrs: ['127.0.0.1/32'] };
    expect((await post(`http://127.0.0.1:${port}/`, { allow })).body).toHaveLength(65_536);
    const slow = post(`http://127.0.0.1:${port}/slow`, { allow, timeoutMs: 100 });
    await expect(slow).rejects.toThrow('No response within 0.1 seconds.');
    const unresolved = post('https://hooks.bulwark.dev/', {
      timeoutMs: 50,
      resolve: () => new Promise(() => undefined),
    });
    await expect(unresolved).rejects.toThrow('No response within');
  });
});
