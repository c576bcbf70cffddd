import { randomBytes } from 'node:crypto';
import { type NextRequest, NextResponse } from 'next/server';
import { getEnv, isDevelopmentServer } from '@/lib/core/env';

/** Headers only: who may see a page is decided in the page, who may call a route in the route. */
const EVERYWHERE: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'origin-agent-cluster': '?1',
  'x-dns-prefetch-control': 'off',
  'x-permitted-cross-domain-policies': 'none',
  'permissions-policy':
    'camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=(), clipboard-write=(self)',
};

const TWO_YEARS_SECONDS = 63_072_000;

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

const API_POLICY = "default-src 'none'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'";

/** Pages are only read: a write goes to `/api`. Keeps form posts and action payloads away from the page renderer. */
function isPageWrite(request: NextRequest, isApi: boolean): boolean {
  return !isApi && request.method !== 'GET' && request.method !== 'HEAD';
}

/** Nonce content security policy and the header set (ASVS 3.4) on every answer; the page's path for its record. */
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
  forwarded.set('x-bulwark-path', pathname);
  if (!isApi) {
    forwarded.set('x-nonce', nonce);
    forwarded.set('content-security-policy', policy);
  }
  const response = NextResponse.next({ request: { headers: forwarded } });
  response.headers.set('content-security-policy', policy);
  for (const [name, value] of Object.entries(EVERYWHERE)) response.headers.set(name, value);
  if (isHttps)
    response.headers.set('strict-transport-security', `max-age=${TWO_YEARS_SECONDS}; includeSubDomains`);
  return response;
}

export const config = { matcher: '/((?!_next/static/).*)' };
