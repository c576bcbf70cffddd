import { AppError } from '@/lib/platform/core/errors';
import type { AuditDetails } from './contract';

/** An event must fit into an entry of a tile, 65,535 bytes with everything else (drizzle: audit_event_details_size). */
export const DETAILS_BYTES_MAX = 60_000;

function holdsNoNumber(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some(holdsNoNumber);
}

/**
 * Says what the database would refuse, in words for the caller; NaN and the infinities it would not even see, since JSON
 * turns them into null.
 * @throws AppError `too_large`, `unprocessable`
 */
export function refuseUnsealable(details: AuditDetails | undefined): void {
  if (details === undefined) return;
  if (holdsNoNumber(details)) {
    throw new AppError('unprocessable', 'The details of an audit event hold a number that JSON cannot hold.');
  }
  const bytes = Buffer.byteLength(JSON.stringify(details));
  if (bytes > DETAILS_BYTES_MAX) {
    throw new AppError(
      'too_large',
      `The details of an audit event have ${bytes} bytes; ${DETAILS_BYTES_MAX} at most. Shorten the request.`,
    );
  }
}
