import { lookup as resolveName } from 'node:dns/promises';
import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { SECOND_MS } from '@/lib/platform/core/clock';
import { getEnv } from '@/lib/platform/core/env/env';
import {
  checkAddresses,
  hostOf,
  type OutboundAllow,
  OutboundRefused,
  parseOutboundUrl,
} from './outbound-address';

const TIMEOUT_MS = 10 * SECOND_MS;
const RESPONSE_BYTES_MAX = 64 * 1024;
const REQUEST_BYTES_MAX = 256 * 1024;

export interface OutboundRequest {
  url: string;
  method: 'GET' | 'POST';
  headers: Record<string, string>;
  body: string;
}

export interface OutboundResponse {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  /** At most 64 KiB unless asked otherwise; what comes after is not read. */
  body: string;
  /** There was more than was read. */
  isCut: boolean;
}

export interface OutboundOptions {
  allow?: OutboundAllow;
  /** Name to addresses; the system's resolver unless given. Called once: what it says is what is connected to. */
  resolve?: (host: string) => Promise<string[]>;
  timeoutMs?: number;
  responseBytesMax?: number;
  /** PEM certificates of authorities that are trusted instead of the public ones. */
  ca?: string;
}

async function resolveBySystem(host: string): Promise<string[]> {
  const found = await resolveName(host, { all: true, order: 'verbatim' });
  return found.map(({ address }) => address);
}

/** Answers the socket with the checked addresses, so that a second answer of the name server changes nothing. */
function pinnedLookup(addresses: readonly string[]): LookupFunction {
  const all = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_host, options, callback) => {
    const [first] = all;
    if (options.all) callback(null, all);
    else callback(null, first?.address ?? '', first?.family);
  };
}

async function readCapped(
  response: IncomingMessage,
  bytesMax: number,
): Promise<{ body: string; isCut: boolean }> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > bytesMax) break;
  }
  return { body: Buffer.concat(chunks).subarray(0, bytesMax).toString('utf8'), isCut: bytes > bytesMax };
}

interface Sending {
  addresses: readonly string[];
  signal: AbortSignal;
  ca: string | undefined;
  bytesMax: number;
}

function send(
  url: URL,
  { method, headers, body }: OutboundRequest,
  { addresses, signal, ca, bytesMax }: Sending,
): Promise<OutboundResponse> {
  const isHttps = url.protocol === 'https:';
  const agent = isHttps ? new HttpsAgent({ keepAlive: false, ca }) : new HttpAgent({ keepAlive: false });
  const options = {
    method,
    agent,
    signal,
    lookup: pinnedLookup(addresses),
    maxHeaderSize: 16 * 1024,
    headers: {
      ...headers,
      'accept-encoding': 'identity',
      connection: 'close',
      ...(method === 'POST' ? { 'content-length': String(Buffer.byteLength(body)) } : {}),
    },
  };
  return new Promise((resolve, reject) => {
    const outgoing = (isHttps ? requestHttps : requestHttp)(url, options, (response) => {
      readCapped(response, bytesMax)
        .then((read) => resolve({ status: response.statusCode ?? 0, headers: response.headers, ...read }))
        .catch(reject)
        .finally(() => {
          outgoing.destroy();
          agent.destroy();
        });
    });
    outgoing.on('error', reject);
    outgoing.end(method === 'POST' ? body : undefined);
  });
}

/** The time is over whatever the promise does: a resolver cannot be cancelled. */
function before<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    work.then(resolve, reject);
  });
}

/**
 * The only way out for an address that a person typed in. Resolves once, refuses private and special addresses unless
 * OUTBOUND_ALLOW names them, connects to exactly the checked addresses, follows no redirect, ends after 10 seconds.
 * @throws OutboundRefused before anything is sent; an ordinary Error for what the network does
 */
export async function sendOutbound(
  request: OutboundRequest,
  options: OutboundOptions = {},
): Promise<OutboundResponse> {
  const { allow = getEnv().outboundAllow, resolve = resolveBySystem, timeoutMs = TIMEOUT_MS } = options;
  const url = parseOutboundUrl(request.url, allow);
  if (Buffer.byteLength(request.body) > REQUEST_BYTES_MAX)
    throw new OutboundRefused('The message is too large to send.');
  const host = hostOf(url);
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const addresses = isIP(host) === 0 ? await before(signal, resolve(host)) : [host];
    checkAddresses(url, addresses, allow);
    const { ca, responseBytesMax: bytesMax = RESPONSE_BYTES_MAX } = options;
    return await before(signal, send(url, request, { addresses, signal, ca, bytesMax }));
  } catch (error) {
    if (signal.aborted)
      throw new Error(`No response within ${timeoutMs / SECOND_MS} seconds.`, { cause: error });
    throw error;
  }
}
