import { z } from 'zod';
import { AppError } from '@/lib/platform/core/errors';

const CURSOR_LENGTH_MAX = 400;

/** Writes a place in a list as an opaque text. */
export function encodeCursor(place: unknown): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

/** Reads a cursor that the caller sends back. @throws AppError `bad_request` where it is not one of ours */
export function decodeCursor<T>(cursor: string, schema: z.ZodType<T>): T {
  try {
    if (cursor.length > CURSOR_LENGTH_MAX) throw new Error('too long');
    return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
  } catch (cause) {
    throw new AppError('bad_request', 'The cursor is not valid. Start from the first page.', { cause });
  }
}

/** A time with microseconds as Postgres writes it for a cursor, and an id as tie-breaker. */
export const timeAndId = z.strictObject({
  at: z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$/),
  id: z.uuid(),
});
