import { AppError } from './errors';

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
    'It was changed since you loaded it. Reload, and make your change again.',
  );
}
