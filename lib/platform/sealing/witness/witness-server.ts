import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Witness, WitnessAnswer } from './witness';

/** 63 hashes and the largest note that the library reads. */
const BODY_BYTES_MAX = 1_100_000;
const REQUEST_TIMEOUT_MS = 10_000;
const CHECKPOINT = /^\/([0-9a-f]{64})\/checkpoint$/;

/** @returns null where it is too long */
async function bodyOf(request: IncomingMessage): Promise<string | null> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > BODY_BYTES_MAX) return null;
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

const plain = (status: number, body: string): WitnessAnswer => ({
  ...{ status, body, mediaType: 'text/plain; charset=utf-8' },
});

async function answerTo(witness: Witness, request: IncomingMessage): Promise<WitnessAnswer> {
  const path = (request.url ?? '/').split('?')[0] ?? '/';
  if (path === '/add-checkpoint') {
    if (request.method !== 'POST') return plain(405, 'POST a checkpoint here.\n');
    const body = await bodyOf(request);
    return body === null ? plain(413, 'The request is too large.\n') : witness.addCheckpoint(body);
  }
  if (request.method !== 'GET') return plain(405, 'Only GET works here.\n');
  if (path === '/healthz') return plain(200, 'ok\n');
  if (path === '/') return plain(200, `${witness.vkeys.join('\n')}\n`);
  const hash = CHECKPOINT.exec(path)?.[1];
  const note = hash === undefined ? null : witness.checkpoint(hash);
  return note === null ? plain(404, 'not found\n') : plain(200, note);
}

function send(response: ServerResponse, { status, mediaType, body }: WitnessAnswer): void {
  response.writeHead(status, {
    'content-type': mediaType,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(body);
}

/** The witness over HTTP: for the log that it serves, and for whoever asks what it has seen. */
export function createWitnessServer(witness: Witness, onError: (error: unknown) => void): Server {
  const server = createServer((request, response) => {
    answerTo(witness, request).then(
      (answer) => send(response, answer),
      (error: unknown) => {
        onError(error);
        if (!response.headersSent) send(response, plain(500, 'The witness could not answer.\n'));
      },
    );
  });
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.headersTimeout = REQUEST_TIMEOUT_MS;
  return server;
}
