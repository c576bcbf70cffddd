import { z } from 'zod';
import { inTenant } from '@/db/scope';
import type { AuditOutcome } from '@/lib/platform/audit/contract';
import { recordAudit } from '@/lib/platform/audit/record';
import { actorOf } from '@/lib/platform/auth/actor';
import type { Actor, Permission, RequestInfo } from '@/lib/platform/auth/contract';
import { requireAny, requirePermission } from '@/lib/platform/auth/require';
import { getEnv } from '@/lib/platform/core/env/env';
import { AppError, isAppError } from '@/lib/platform/core/errors';
import { API_HEADERS, problemResponse } from '@/lib/platform/core/http/http';
import { API_POLICY, EVERYWHERE, STRICT_TRANSPORT } from '@/lib/platform/core/http/security-headers';
import type { LimitDetails } from '@/lib/platform/rate-limit/contract';
import { limitDetails, setLimitHeaders } from '@/lib/platform/rate-limit/limit-headers';
import { readInput } from './api-input';
import { requestInfoOf } from './request-info';
import { limitError, limitRequest } from './request-limit';

/**
 * `session`: anybody signed in with a membership, for what concerns only themselves. `anybody`: whoever proved who they
 * are, also a service, for what shows nothing.
 */
type Asked = Permission | 'session' | 'anybody';

export interface ApiContext {
  request: Request;
  params: Record<string, string>;
  idempotencyKey: string | null;
  ifMatch: string | null;
}

export interface ApiRouteDefinition<S extends z.ZodType> {
  /** Of several permissions any one is enough. */
  permission: Asked | readonly [Permission, ...Permission[]];
  input?: S;
  /** `stream`: `run` reads the body itself, and the input comes from the query string. */
  body?: 'json' | 'stream';
  /** Status of a plain answer, 200 unless given. */
  status?: number;
  run: (actor: Actor, input: z.output<S>, context: ApiContext) => Promise<unknown>;
}

type RouteHandler = (
  request: Request,
  context: { params: Promise<Record<string, string>> },
) => Promise<Response>;

const noInput = z.strictObject({});
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,200}$/;

function headerOf(request: Request, name: string, shape: RegExp): string | null {
  const value = request.headers.get(name);
  if (value !== null && !shape.test(value))
    throw new AppError('bad_request', `The header "${name}" is not valid.`);
  return value;
}

function allow(actor: Actor, asked: ApiRouteDefinition<z.ZodType>['permission']): void {
  if (asked === 'anybody') return;
  if (typeof asked !== 'string') requireAny(actor, asked);
  else if (asked !== 'session') requirePermission(actor, asked);
  else if (actor.type !== 'user') {
    throw new AppError('forbidden', 'API keys cannot do this. Sign in to the console.');
  }
}

async function answer<S extends z.ZodType>(
  definition: ApiRouteDefinition<S>,
  actor: Actor,
  request: Request,
  params: Record<string, string>,
): Promise<Response> {
  allow(actor, definition.permission);
  const idempotencyKey = headerOf(request, 'idempotency-key', IDEMPOTENCY_KEY);
  const ifMatch = headerOf(request, 'if-match', /^[\x21-\x7e]{1,100}$/);
  const input = await readInput(request, definition.input ?? noInput, definition.body);
  const result = await definition.run(actor, input as z.output<S>, {
    request,
    params,
    idempotencyKey,
    ifMatch,
  });
  if (result instanceof Response) return result;
  return Response.json(result ?? {}, { status: definition.status ?? 200, headers: API_HEADERS });
}

const DENIALS = new Set([401, 403, 429]);

function outcomeOf(status: number): AuditOutcome {
  if (status < 400) return 'success';
  return DENIALS.has(status) ? 'denied' : 'failure';
}

async function recordAccess(
  actor: Actor,
  response: Response,
  code: string | undefined,
  details: LimitDetails | null,
  startedMs: number,
): Promise<void> {
  await inTenant(actor, (tx) =>
    recordAudit(tx, actor, {
      action: 'api.request',
      outcome: outcomeOf(response.status),
      status: response.status,
      durationUs: Math.round((performance.now() - startedMs) * 1000),
      ...(code === undefined ? {} : { code }),
      ...(details ? { details: { ...details } } : {}),
    }),
  );
}

async function answerAndRecord<S extends z.ZodType>(
  definition: ApiRouteDefinition<S>,
  actor: Actor,
  request: Request,
  params: Record<string, string>,
  info: RequestInfo,
): Promise<Response> {
  const startedMs = performance.now();
  let code: string | undefined;
  const limit = await limitRequest(info, actor);
  const answered = limit.isAllowed
    ? answer(definition, actor, request, params)
    : Promise.reject(limitError(limit));
  const response = await answered.catch((error: unknown) => {
    code = isAppError(error) ? error.code : 'internal';
    return problemResponse(error, info.requestId);
  });
  if (!limit.isAllowed && !limit.isUnavailable) code = 'RATE_LIMITED';
  setLimitHeaders(response.headers, limit);
  try {
    await recordAccess(actor, response, code, limitDetails(limit), startedMs);
  } catch (cause) {
    await response.body?.cancel();
    const unrecorded = new AppError(
      'audit_unavailable',
      'Could not write the audit log, so the response is withheld. Changes may already be saved: check before you try again.',
      {
        cause,
        retryAfterSeconds: 5,
      },
    );
    return problemResponse(unrecorded, info.requestId);
  }
  return response;
}

/** The headers that proxy.ts sets, also for the route that does not pass there. */
function withHeaders(response: Response, requestId: string): Response {
  const more = { ...EVERYWHERE, 'content-security-policy': API_POLICY, 'x-request-id': requestId };
  for (const [name, value] of Object.entries(more)) response.headers.set(name, value);
  if (getEnv().isHttps) response.headers.set('strict-transport-security', STRICT_TRANSPORT);
  return response;
}

/**
 * The one way into `/api/v1`: who calls, how often, may they, is the input valid, run, record the access, answer.
 * Every failure becomes a problem document; an access that cannot be recorded is not answered (promise 1).
 */
export function apiRoute<S extends z.ZodType = typeof noInput>(
  definition: ApiRouteDefinition<S>,
): RouteHandler {
  return async (request, context) => {
    const info = requestInfoOf(request);
    let response: Response;
    try {
      const actor = await actorOf(request, info);
      response = await answerAndRecord(definition, actor, request, await context.params, info);
    } catch (error) {
      response = problemResponse(error, info.requestId);
    }
    return withHeaders(response, info.requestId);
  };
}
