import { randomBytes } from 'node:crypto';
import { type NextRequest, NextResponse } from 'next/server';
import { getEnv, isDevelopmentServer } from '@/lib/platform/core/env/env';
import { PATH_HEADER } from '@/lib/platform/core/http/own-headers';
import { API_POLICY, EVERYWHERE, STRICT_TRANSPORT } from '@/lib/platform/core/http/security-headers';

function pagePolicy(nonce: string, isHttps: boolean): string {
  const isDevelopment = isDevelopmentServer();
  const evaluation = isDevelopment ? " 'unsafe-eval'" : '';
  const directives = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}' 'strict-dynamic'${evaluation}`,
    `style-src-elem 'self' ${isDevelopment ? "'unsafe-inline'" : `'nonce-${nonce}'`}`,
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "object-src 'none'",
    'report-uri /api/csp-report',
  ];
  return [...directives, ...(isHttps ? ['upgrade-insecure-requests'] : [])].join('; ');
}

/** Pages are only read: a write goes to `/api`. Keeps form posts and action payloads away from the page renderer. */
function isPageWrite(request: NextRequest, isApi: boolean): boolean {
  return !isApi && request.method !== 'GET' && request.method !== 'HEAD';
}

/**
 * Nonce content security policy and the header set (ASVS 3.4) on every answer; the page's path for its record. Headers
 * only: who may see a page is decided in the page, who may call a route in the route.
 */
export function proxy(request: NextRequest): NextResponse {
  const { isHttps } = getEnv();
  const { pathname } = request.nextUrl;
  const isApi = pathname.startsWith('/api/');
  if (isPageWrite(request, isApi)) {
    return new NextResponse(null, { status: 405, headers: { ...EVERYWHERE, allow: 'GET, HEAD' } });
  }
  const nonce = randomBytes(16).toString('base64');
  const policy = isApi ? API_POLICY : pagePolicy(nonce, isHttps);

  const forwarded = new Headers(request.headers);
  if (!isApi) {
    forwarded.set(PATH_HEADER, pathname);
    forwarded.set('x-nonce', nonce);
    forwarded.set('content-security-policy', policy);
  }
  const response = NextResponse.next({ request: { headers: forwarded } });
  response.headers.set('content-security-policy', policy);
  for (const [name, value] of Object.entries(EVERYWHERE)) response.headers.set(name, value);
  if (isHttps) response.headers.set('strict-transport-security', STRICT_TRANSPORT);
  return response;
}

/**
 * Not uploads: Next copies the body of every request that passes here into memory, and cuts it at 10 MB. That route's
 * headers are set by apiRoute.
 */
export const config = { matcher: '/((?!_next/static/|api/v1/scans$).*)' };
