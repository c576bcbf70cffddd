import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { WireConnection } from './connection';

/** A server that says what a test makes it say: nothing here needs a Postgres. */
const servers: Server[] = [];
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

function fake(onConnection: (socket: Socket) => void): Promise<string> {
  return new Promise((resolve) => {
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => undefined);
      onConnection(socket);
    });
    servers.push(server);
    server.listen(0, '127.0.0.1', () => {
      resolve(`postgres://app_gate:secret@127.0.0.1:${(server.address() as AddressInfo).port}/bulwark`);
    });
  });
}

function message(type: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, body]);
}

function authentication(step: number, body = Buffer.alloc(0)): Buffer {
  return message('R', Buffer.concat([Buffer.from([0, 0, 0, step]), body]));
}

const READY = message('Z', Buffer.from('I'));
const OFFERS_SCRAM = authentication(10, Buffer.from('SCRAM-SHA-256\0\0'));

function open(
  url: string,
  onLost: (error: unknown) => void = () => undefined,
  connectTimeoutMs = 10_000,
): Promise<WireConnection> {
  return WireConnection.open({ url, settings: { application_name: 'test' }, connectTimeoutMs }, onLost);
}

describe('WireConnection.open', () => {
  it.each([
    ['asks for the password in clear', authentication(3), 'another authentication than SCRAM-SHA-256'],
    ['asks for MD5', authentication(5, Buffer.from('salt')), 'another authentication than SCRAM-SHA-256'],
    [
      'offers another mechanism',
      authentication(10, Buffer.from('SCRAM-SHA-1\0\0')),
      'offers no SCRAM-SHA-256',
    ],
    [
      'ends SCRAM without its proof',
      Buffer.concat([OFFERS_SCRAM, authentication(0), READY]),
      'skipped the proof',
    ],
    [
      'proves without a challenge',
      Buffer.concat([OFFERS_SCRAM, authentication(12, Buffer.from('v='))]),
      'could not prove',
    ],
    ['speaks HTTP', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), 'does not speak the Postgres protocol'],
  ])('refuses a server that %s, and never sends the password', async (_, reply, sentence) => {
    let heard = '';
    const url = await fake((socket) => {
      socket.on('data', (chunk) => {
        heard += chunk.toString('latin1');
      });
      socket.write(reply);
    });
    await expect(open(url)).rejects.toThrow(sentence);
    expect(heard).not.toContain('secret');
  });

  it('gives up on a server that says nothing', async () => {
    const url = await fake(() => undefined);
    await expect(open(url, () => undefined, 300)).rejects.toThrow('did not answer within 300 ms');
  });

  it('reports a server that closes, and one that is not there', async () => {
    const url = await fake((socket) => socket.end());
    await expect(open(url)).rejects.toThrow('closed the connection');
    for (const socket of sockets.splice(0)) socket.destroy();
    for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
    await expect(open(url)).rejects.toThrow('ECONNREFUSED');
  });

  it('does not fall back to plain text where TLS was asked for', async () => {
    const url = await fake((socket) => socket.once('data', () => socket.write('N')));
    await expect(open(`${url}?sslmode=require`)).rejects.toThrow('does not offer TLS');
    await expect(open(`${url}?sslmode=prefer`)).rejects.toThrow('sslmode=prefer is not supported');
  });

  it('refuses bytes that were slipped in before TLS began', async () => {
    const url = await fake((socket) =>
      socket.once('data', () => socket.write(Buffer.concat([Buffer.from('S'), READY]))),
    );
    await expect(open(`${url}?sslmode=require`)).rejects.toThrow('does not offer TLS');
  });
});

/** A certificate for this run that nobody trusts; undefined where the machine has no openssl. */
function selfSigned(): { key: Buffer; cert: Buffer } | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'bulwark-wire-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=localhost', '-days', '1', '-keyout', key, '-out', cert];
  const made = spawnSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...subject], {
    stdio: 'ignore',
  });
  const secure = made.status === 0 ? { key: readFileSync(key), cert: readFileSync(cert) } : undefined;
  rmSync(folder, { recursive: true });
  return secure;
}

const secure = selfSigned();

describe.skipIf(!secure)('WireConnection over TLS', () => {
  function fakeTls(): Promise<string> {
    return fake((socket) =>
      socket.once('data', () => {
        socket.write('S');
        const tls = new TLSSocket(socket, { isServer: true, ...secure });
        tls.on('error', () => undefined);
        tls.once('data', () => tls.write(Buffer.concat([authentication(0), READY])));
      }),
    );
  }

  it('connects with sslmode=require', async () => {
    const connection = await open(`${await fakeTls()}?sslmode=require`);
    connection.destroy(new Error('done'));
  });

  it('checks the certificate with sslmode=verify-full', async () => {
    await expect(open(`${await fakeTls()}?sslmode=verify-full`)).rejects.toThrow(/self-signed|certificate/);
  });
});

describe('an open WireConnection', () => {
  it('puts messages together that arrive byte by byte', async () => {
    const url = await fake((socket) => {
      socket.setNoDelay(true);
      for (const byte of Buffer.concat([authentication(0), READY])) socket.write(Buffer.from([byte]));
    });
    const connection = await open(url);
    connection.destroy(new Error('done'));
  });

  it('rejects what waits, and tells once, when the server goes away', async () => {
    const lost: unknown[] = [];
    const url = await fake((socket) => {
      socket.write(Buffer.concat([authentication(0), READY]));
      socket.on('data', (chunk) => {
        if (chunk.at(-1) === 0x42) socket.destroy();
      });
    });
    const connection = await open(url, (error) => lost.push(error));
    await expect(connection.execute(Buffer.from('B'))).rejects.toThrow('closed the connection');
    await expect(connection.execute(Buffer.from('B'))).rejects.toThrow('closed the connection');
    expect(lost).toHaveLength(1);
  });
});
