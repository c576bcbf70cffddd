import { AppError } from '@/lib/platform/core/errors';
import { API_HEADERS } from './http';

/** The entity tag of an object that two people can edit: its version, as a strong tag (RFC 9110 8.8.3). */
export function etagOf(version: number): string {
  return `"${version}"`;
}

/**
 * Refuses a change that was made from an older copy. No header, or `*`, asks for no check.
 * @throws AppError `precondition_failed`
 */
export function requireMatch(ifMatch: string | null | undefined, version: number): void {
  if (!ifMatch || ifMatch === '*' || ifMatch === etagOf(version)) return;
  throw new AppError(
    'precondition_failed',
    'Someone else changed this since you loaded it. Reload and make your change again.',
  );
}

/** Answers with an object and its entity tag. */
export function taggedJson(body: { version: number }): Response {
  return Response.json(body, { headers: { ...API_HEADERS, etag: etagOf(body.version) } });
}
