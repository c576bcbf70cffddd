import type { IncomingMessage, ServerResponse } from 'node:http';
import type { GateCode } from '@/lib/access/gate/codes';
import { monotonicMs } from '@/lib/access/gate/decide/database-clock';
import type { AuthorizeReply } from '@/lib/access/gate/http/answer-authorize';
import { credentialAt, type Sent } from '@/lib/access/gate/http/present';
import type { AuthorizeQuestion, Presented } from '@/lib/access/gate/http/question';
import {
  type AuthorizeUrl,
  type ForwardedRequest,
  METHOD,
  readForwarded,
  type SeenHeaders,
  seeHeaders,
  selfTestMark,
} from '@/lib/access/gate/http/read-forwarded';
import { socketIpOf } from '@/lib/access/gate/http/read-request';
import type { GateRoute, RouteTable } from '@/lib/access/gate-routes/route-table';
import type { JwtVerifier } from '@/lib/access/supabase/jwt-verifier';
import type { TrustedProxies } from '@/lib/platform/auth/request/client-ip';
import type { LimitVerdict } from '@/lib/platform/rate-limit/contract';

/** What reading a request at /v1/authorize needs of the gate. */
export interface AuthorizeContext {
  readonly table: RouteTable;
  readonly proxies: TrustedProxies;
  readonly jwt: JwtVerifier | null;
  readonly isSelfTest: (mark: string, host: string | undefined) => boolean;
}

const NONE: Presented = { kind: 'none' };
const NOT_ACCEPTED: Presented = { kind: 'not_accepted' };

/** A question of a proxy together with where its answer goes. */
export class AuthorizeAsk implements AuthorizeQuestion, AuthorizeReply {
  readonly kind = 'authorize';
  readonly startedMs = monotonicMs();
  readonly socketIp: string;
  readonly problem: GateCode | null;
  readonly ip: string;
  readonly method: string | null;
  readonly host: string | null;
  readonly path: string | null;
  readonly userAgent: string | null;
  readonly route: GateRoute | null;
  readonly isForNginx: boolean;
  isSelfTest = false;
  presented: Presented = NONE;
  limit: LimitVerdict | null = null;

  constructor(
    readonly response: ServerResponse,
    readonly requestId: string,
    peer: string,
    url: AuthorizeUrl,
    private readonly seen: SeenHeaders,
    private readonly forwarded: ForwardedRequest,
    table: RouteTable,
  ) {
    this.socketIp = peer;
    this.isForNginx = url.isForNginx;
    this.ip = forwarded.ip;
    this.method = forwarded.method;
    this.host = forwarded.host;
    this.path = forwarded.path;
    this.userAgent = seen.values.get('user-agent') ?? null;
    const { route, problem } = routeOf(forwarded, announcedBy(forwarded, seen), table);
    this.route = route;
    this.problem = problem;
  }

  get redirect(): string | null {
    return redirectOf(this.route, this.forwarded, this.seen.values.get('accept') ?? '');
  }
}

/** The method that a CORS preflight announces; null where the request is none. */
function announcedBy({ method }: ForwardedRequest, { values }: SeenHeaders): string | null {
  if (method !== 'OPTIONS' || !values.has('origin')) return null;
  const announced = values.get('access-control-request-method') ?? '';
  return METHOD.test(announced) ? announced : null;
}

function routeOf(
  { problem, host, method, path }: ForwardedRequest,
  announced: string | null,
  table: RouteTable,
): { route: GateRoute | null; problem: GateCode | null } {
  if (problem !== null || host === null || method === null || path === null) return { route: null, problem };
  const match =
    announced === null ? table.match(host, method, path) : table.matchPreflight(host, announced, path);
  if ('route' in match) return { route: match.route, problem: null };
  return { route: null, problem: match.refusal === 'ambiguous_case' ? 'AMBIGUOUS_PATH' : 'ROUTE_DENIED' };
}

/** The sign-in page of the route, with the way back; only for a browser that asks for a page. */
function redirectOf(route: GateRoute | null, forwarded: ForwardedRequest, accept: string): string | null {
  if (!route?.redirect || !accept.includes('text/html')) return null;
  const { method, host, target, proto } = forwarded;
  if (method !== 'GET' && method !== 'HEAD') return null;
  const url = new URL(route.redirect);
  url.searchParams.set('return_to', `${proto ?? 'https'}://${host}${target}`);
  return url.href;
}

function presented(sent: Sent, result: Extract<Presented, { kind: 'token' }>['result'] | null): Presented {
  if (sent.kind !== 'token') return sent;
  return result ? { ...sent, result } : NOT_ACCEPTED;
}

/**
 * Any method at /v1/authorize: reads what the proxy says, finds the route and the credential, and hands the question on.
 * A body is not read. Whatever goes wrong on the way ends in `onAsked` with a refusal, or in an exception; never in an
 * answer that lets a request through.
 */
export function receiveAuthorize(
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  url: AuthorizeUrl,
  context: AuthorizeContext,
  onAsked: (ask: AuthorizeAsk) => void,
): void {
  request.resume();
  const peer = socketIpOf(request);
  const seen = seeHeaders(request.rawHeaders);
  const forwarded = readForwarded(url, request.method ?? '', peer, seen, context.proxies);
  const ask = new AuthorizeAsk(response, requestId, peer, url, seen, forwarded, context.table);
  const test = selfTestMark(url, seen);
  if (test) ask.isSelfTest = context.isSelfTest(test.mark, test.host);
  const sent: Sent = ask.route ? credentialAt(ask.route, seen.values) : NONE;
  const verified = sent.kind === 'token' && context.jwt ? context.jwt.verify(sent.token) : null;
  if (!(verified instanceof Promise)) {
    ask.presented = presented(sent, verified);
    onAsked(ask);
    return;
  }
  verified
    .then((result) => {
      ask.presented = presented(sent, result);
      onAsked(ask);
    })
    .catch(() => response.destroy());
}
