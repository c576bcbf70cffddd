import type { RequestInfo } from '@/lib/platform/auth/contract';
import { getEnv } from '@/lib/platform/core/env/env';
import { newId } from '@/lib/platform/core/ids';
import { clientIpOf } from './client-ip';

/** Set on page requests by proxy.ts: a server component cannot ask Next for its own path. */
export const PATH_HEADER = 'x-bulwark-path';

/** What is known of an API request; every call makes a new request id. */
export function requestInfoOf(request: Request): RequestInfo {
  return {
    requestId: newId(),
    ip: clientIpOf(request.headers, getEnv().trustedProxies),
    userAgent: request.headers.get('user-agent'),
    method: request.method,
    host: request.headers.get('host'),
    path: new URL(request.url).pathname,
  };
}

/** What is known of a page view, from its headers alone. */
export function pageInfoOf(headers: Headers): RequestInfo {
  return {
    requestId: newId(),
    ip: clientIpOf(headers, getEnv().trustedProxies),
    userAgent: headers.get('user-agent'),
    method: 'GET',
    host: headers.get('host'),
    path: headers.get(PATH_HEADER),
  };
}
