import { getEnv } from '@/lib/platform/core/env/env';
import { RefusedError } from './refusal';

const READS = new Set(['GET', 'HEAD', 'OPTIONS']);

export function isWrite(request: Request): boolean {
  return !READS.has(request.method);
}

function isSameOrigin(headers: Headers): boolean {
  const site = headers.get('sec-fetch-site');
  if (site !== null) return site === 'same-origin';
  return headers.get('origin') === new URL(getEnv().consoleUrl).origin;
}

/**
 * Cross-site request forgery: a write that rides on a cookie must come from our own pages (Fetch metadata, else Origin).
 * @throws RefusedError forbidden
 */
export function requireSameOrigin(request: Request): void {
  if (isSameOrigin(request.headers)) return;
  throw new RefusedError(
    'forbidden',
    'Cross-site request denied. Send the request from the console, or use an API key.',
    { code: 'CROSS_SITE' },
  );
}
