/** A failure of `/api/v1`, as its problem document says it; `status` 0 where no answer came. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly requestId: string | null,
    readonly fields: readonly { path: string; message: string }[] = [],
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(message);
  }
}

/** True for a failure that may pass by itself: no answer, the server's own, or too many requests. */
export function mayPass(error: unknown): boolean {
  return !(error instanceof ApiError) || error.status === 0 || error.status === 429 || error.status >= 500;
}

/** The tenant whose page this is; another tab may have switched the session to another one meanwhile. */
function pageTenantId(): string | undefined {
  return document.querySelector<HTMLElement>('[data-tenant-id]')?.dataset.tenantId;
}

export interface ApiRequest {
  method?: 'GET' | 'POST' | 'PATCH';
  query?: Record<string, string | number | readonly string[] | null | undefined>;
  body?: unknown;
  idempotencyKey?: string;
  ifMatch?: string;
  signal?: AbortSignal;
  /** Right whichever tenant the session is in by now. */
  inAnyTenant?: boolean;
}

/** The address of an API path with its query, empty values left out, lists repeated. */
export function apiUrl(path: string, query: ApiRequest['query'] = {}): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    const values = Array.isArray(value) ? value : [value];
    for (const item of values)
      if (item !== null && item !== undefined && item !== '') params.append(name, String(item));
  }
  const text = params.toString();
  return `/api/v1${path}${text ? `?${text}` : ''}`;
}

/** What every call says beside its body: the page's tenant among it. */
export function headersOf(request: ApiRequest): Headers {
  const headers = new Headers({ accept: 'application/json' });
  if (request.body !== undefined) headers.set('content-type', 'application/json');
  if (request.idempotencyKey) headers.set('idempotency-key', request.idempotencyKey);
  if (request.ifMatch) headers.set('if-match', request.ifMatch);
  const tenantId = request.inAnyTenant ? undefined : pageTenantId();
  if (tenantId) headers.set('x-bulwark-tenant', tenantId);
  return headers;
}

async function errorOf(response: Response): Promise<ApiError> {
  const requestId = response.headers.get('x-request-id');
  const retryAfter = response.headers.get('retry-after');
  const problem = await response.json().catch(() => null);
  return new ApiError(
    response.status,
    problem?.code ?? 'internal',
    problem?.detail ?? `The server returned an error (HTTP ${response.status}). Try again.`,
    problem?.requestId ?? requestId,
    problem?.errors ?? [],
    retryAfter === null ? null : Number(retryAfter),
  );
}

/** The answer's content; an ended session leads to the sign-in page. */
export async function contentOf<T>(response: Response): Promise<T> {
  if (response.ok) return response.json();
  if (response.status === 401) window.location.assign('/login');
  throw await errorOf(response);
}

/** No answer came at all. */
export function unreachable(): ApiError {
  return new ApiError(
    0,
    'unavailable',
    'Could not reach Bulwark. Check your connection and try again.',
    null,
  );
}

/**
 * Calls the management API as the signed-in person. An ended session leads to the sign-in page.
 * @throws ApiError
 */
export async function apiFetch<T>(path: string, request: ApiRequest = {}): Promise<T> {
  const response = await fetch(apiUrl(path, request.query), {
    method: request.method ?? 'GET',
    headers: headersOf(request),
    body: request.body === undefined ? undefined : JSON.stringify(request.body),
    signal: request.signal,
    cache: 'no-store',
  }).catch((cause: unknown) => {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw unreachable();
  });
  return contentOf<T>(response);
}
