import { type IncomingMessage, Server, type ServerResponse } from 'node:http';
import { AppError } from '@/lib/platform/core/errors';
import { newId } from '@/lib/platform/core/ids';
import { honourDeclaredEncoding } from './declared-encoding';
import { problemOf } from './http';
import { ALLOW_HEADER, OWN_HEADERS, PATH_HEADER, PEER_HEADER } from './own-headers';
import { type RequestLineRefusal, refuseRequestLine } from './request-line';
import { API_POLICY, EVERYWHERE, STRICT_TRANSPORT } from './security-headers';

/** Next's own word to itself between its middleware and its router; from outside it has skipped checks before. */
const MIDDLEWARE_HEADERS = /^x-middleware-/;
/** What the router of the pages adds to its own requests. On an API path Next answers them with a redirect. */
const ROUTER_HEADERS = /^(?:rsc|next-)/;
const METHOD_REFUSED_PATH = '/api/method-not-allowed';

const holder = globalThis as typeof globalThis & { bulwarkFrontDoor?: boolean };

/** The methods of a path under `/api/v1`; null where no path of the API looks like it. */
type MethodsOf = (path: string) => readonly string[] | null;

export interface FrontDoor {
  methodsOf: MethodsOf;
  isHttps: boolean;
}

function refuse(response: ServerResponse, { status, code, detail, allow }: RequestLineRefusal): void {
  const requestId = newId();
  const body = JSON.stringify(problemOf(new AppError(code, detail), requestId));
  response.writeHead(status, {
    'content-type': 'application/problem+json',
    'content-security-policy': API_POLICY,
    'cache-control': 'no-store',
    'x-request-id': requestId,
    ...(allow ? { allow } : {}),
    connection: 'close',
  });
  response.end(body);
}

/** Next overwrites none of these, and sends its own redirects with them too. */
function secureAnswer(response: ServerResponse, isHttps: boolean): void {
  for (const [name, value] of Object.entries(EVERYWHERE)) response.setHeader(name, value);
  if (isHttps) response.setHeader('strict-transport-security', STRICT_TRANSPORT);
}

function removeHeaders(request: IncomingMessage, isApi: boolean): void {
  for (const name of OWN_HEADERS) delete request.headers[name];
  for (const name of Object.keys(request.headers)) {
    if (MIDDLEWARE_HEADERS.test(name) || (isApi && ROUTER_HEADERS.test(name))) delete request.headers[name];
  }
}

/** Next answers a wrong method without a body, an `Allow` or a record; the API has a route for it. */
function redirectWrongMethod(request: IncomingMessage, path: string, methodsOf: MethodsOf): void {
  const methods = methodsOf(path);
  const method = request.method ?? '';
  if (methods === null || methods.includes(method) || method === 'OPTIONS') return;
  if (method === 'HEAD' && methods.includes('GET')) return;
  request.headers[ALLOW_HEADER] = methods.join(', ');
  request.headers[PATH_HEADER] = path;
  request.url = METHOD_REFUSED_PATH;
}

/** @returns false where the request was answered here */
function admit(
  request: IncomingMessage,
  response: ServerResponse,
  { methodsOf, isHttps }: FrontDoor,
): boolean {
  secureAnswer(response, isHttps);
  const target = request.url ?? '';
  const refusal = refuseRequestLine(request.method ?? '', target);
  if (refusal) {
    refuse(response, refusal);
    return false;
  }
  const path = target.split(/[?#]/, 1)[0] ?? '';
  const isApi = path.startsWith('/api/');
  removeHeaders(request, isApi);
  request.headers[PEER_HEADER] = request.socket.remoteAddress ?? '';
  if (isApi) {
    honourDeclaredEncoding(response);
    redirectWrongMethod(request, path, methodsOf);
  }
  return true;
}

/**
 * Stands before Next in its own HTTP server: refuses request lines that Next trips over, sets the security headers on
 * every answer, and replaces headers that only Bulwark may set. Next keeps a client's own X-Forwarded-For and shows
 * handlers no socket, so without the peer's address any caller could choose the one it is recorded and limited by.
 * Called once, before the first request.
 */
export function installFrontDoor(door: FrontDoor): void {
  if (holder.bulwarkFrontDoor) return;
  holder.bulwarkFrontDoor = true;
  const emit = Server.prototype.emit;
  Server.prototype.emit = function (this: Server, event: string | symbol, ...args: unknown[]): boolean {
    if (event === 'request' && !admit(args[0] as IncomingMessage, args[1] as ServerResponse, door))
      return true;
    return Reflect.apply(emit, this, [event, ...args]);
  };
}
