import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type Server,
} from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '@/lib/access/gate/test/gate-process';

/** Debian keeps servers where an ordinary user's PATH does not lead. */
const FOLDERS = [
  '/usr/sbin',
  '/usr/local/sbin',
  '/usr/bin',
  '/usr/local/bin',
  '/opt/homebrew/bin',
  '/tmp/gobin',
];

/** Where a program is; null where it is not installed. */
export function findProgram(name: string): string | null {
  const paths = FOLDERS.map((folder) => join(folder, name));
  return (
    paths.find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    }) ?? null
  );
}

export interface Echo {
  port: number;
  /** The headers of every request that came through. */
  readonly seen: IncomingHttpHeaders[];
  close(): Promise<void>;
}

function answer(socketRequest: IncomingMessage, seen: IncomingHttpHeaders[]): string {
  seen.push(socketRequest.headers);
  return JSON.stringify({
    method: socketRequest.method,
    url: socketRequest.url,
    headers: socketRequest.headers,
  });
}

/** The service behind the proxy: says what it was sent, and echoes what comes over a websocket. */
export async function startEcho(): Promise<Echo> {
  const seen: IncomingHttpHeaders[] = [];
  const server: Server = createServer((incoming, response) => {
    const body = answer(incoming, seen);
    if (incoming.url?.endsWith('/broken')) response.statusCode = 500;
    incoming.resume().on('end', () => response.end(body));
  });
  server.on('upgrade', (incoming, socket) => {
    answer(incoming, seen);
    socket.on('error', () => socket.destroy());
    socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
    socket.pipe(socket);
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    port,
    seen,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export interface Through {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** A client of the proxy. */
export function ask(
  port: number,
  path: string,
  headers: readonly [string, string][] = [],
  method = 'GET',
  body = '',
): Promise<Through> {
  return new Promise((resolve, reject) => {
    const pairs: [string, string][] = [['Host', 'api.example.org'], ['Connection', 'close'], ...headers];
    if (body !== '') pairs.push(['Content-Length', String(body.length)]);
    const options = {
      host: '127.0.0.1',
      port,
      method,
      path,
      headers: pairs.flat(),
      setHost: false,
      agent: false,
    };
    const sent = request(options, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
      );
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

/** Sends `text` over a socket, in pieces with pauses, and gives what came back until `until` is in it. */
export function talk(port: number, pieces: readonly string[], until: string, pauseMs = 0): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect(port, '127.0.0.1', async () => {
      for (const piece of pieces) {
        if (socket.destroyed) return;
        socket.write(piece);
        if (pauseMs > 0) await sleep(pauseMs);
      }
    });
    const end = () => {
      socket.destroy();
      resolve(received);
    };
    socket.setTimeout(15_000, end);
    socket.on('data', (chunk) => {
      received += chunk;
      if (received.includes(until)) end();
    });
    socket.on('close', end);
    socket.on('error', reject);
  });
}

export interface RunningProxy {
  port: number;
  stop(): Promise<void>;
}

/** Starts a proxy with a configuration made of the ready-made file, and waits until it answers. */
export async function startProxy(
  program: string,
  port: number,
  fileName: string,
  text: string,
  args: (file: string, folder: string) => string[],
  env: Record<string, string> = {},
  beside: Record<string, string> = {},
): Promise<RunningProxy> {
  const folder = mkdtempSync(join(tmpdir(), 'bulwark-proxy-'));
  const file = join(folder, fileName);
  writeFileSync(file, text.replaceAll('FOLDER', folder));
  for (const [name, content] of Object.entries(beside)) writeFileSync(join(folder, name), content);
  let output = '';
  const child: ChildProcess = spawn(program, args(file, folder), {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      NODE_ENV: 'production',
      PATH: FOLDERS.join(':'),
      HOME: folder,
      XDG_DATA_HOME: folder,
      XDG_CONFIG_HOME: folder,
      ...env,
    },
  });
  child.stdout?.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    output += chunk;
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  for (const deadline = Date.now() + 20_000; ; await sleep(50)) {
    if (
      await ask(port, '/').then(
        // Traefik listens before it has read its routes.
        ({ status }) => status !== 404,
        () => false,
      )
    )
      break;
    if (child.exitCode !== null || Date.now() > deadline)
      throw new Error(`${program} did not start:\n${output}`);
  }
  return {
    port,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function readyMade(path: string): string {
  return readFileSync(join(import.meta.dirname, '..', path), 'utf8');
}
