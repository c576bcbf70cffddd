import type { LimitDetails, LimitVerdict } from './contract';

/**
 * `RateLimit-Policy`, `RateLimit` and `Retry-After` (draft-ietf-httpapi-ratelimit-headers) as raw pairs, name and value
 * in turn. The parameter `bulwark-fallback` says that this process decided alone, with a lower quota.
 */
export function limitHeaders({ limit, isAllowed, isDegraded, retryAfterSeconds }: LimitVerdict): string[] {
  const headers: string[] = [];
  if (limit) {
    const fallback = isDegraded ? ';bulwark-fallback' : '';
    headers.push('RateLimit-Policy', `"${limit.name}";q=${limit.quota};w=${limit.windowSeconds}${fallback}`);
    headers.push('RateLimit', `"${limit.name}";r=${limit.remaining};t=${limit.resetSeconds}`);
  }
  if (!isAllowed) headers.push('Retry-After', String(retryAfterSeconds));
  return headers;
}

/** The same on the headers of an answer. */
export function setLimitHeaders(headers: Headers, verdict: LimitVerdict): void {
  const pairs = limitHeaders(verdict);
  for (let i = 0; i < pairs.length; i += 2) headers.set(pairs[i] ?? '', pairs[i + 1] ?? '');
}

/** What belongs into `details` of the request's audit row; the screen Rate limits reads it there. */
export function limitDetails({ limit, isAllowed, shadowed }: LimitVerdict): LimitDetails | null {
  if (isAllowed && shadowed.length === 0) return null;
  return {
    ...(isAllowed || !limit ? {} : { limit: limit.name }),
    ...(shadowed.length > 0 ? { shadowed } : {}),
  };
}
