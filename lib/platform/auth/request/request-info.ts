import type { RequestInfo } from '@/lib/platform/auth/contract';
import { getEnv } from '@/lib/platform/core/env/env';
import { PATH_HEADER } from '@/lib/platform/core/http/own-headers';
import { newId } from '@/lib/platform/core/ids';
import { clientIpOf } from './client-ip';

/** What is known of an API request; every call makes a new request id. */
export function requestInfoOf(request: Request): RequestInfo {
  return {
    requestId: newId(),
    ip: clientIpOf(request.headers, getEnv().trustedProxies),
    userAgent: request.headers.get('user-agent'),
    method: request.method,
    host: request.headers.get('host'),
    path: request.headers.get(PATH_HEADER) ?? new URL(request.url).pathname,
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
