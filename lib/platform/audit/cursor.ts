import { z } from 'zod';
import { AppError } from '@/lib/platform/core/errors';
import { isId } from '@/lib/platform/core/ids';
import { isRecordable } from './rules';

/** A place in the order (at, id), newest first: what comes after it is older. `at` keeps microseconds. */
export interface Position {
  at: string;
  id: string;
}

/** Before every id: `{at, id: ID_MIN}` is the place after all rows of that moment. */
export const ID_MIN = '00000000-0000-0000-0000-000000000000';

export interface Cursor extends Position {
  /** The start of the range when it was first asked for, so that a relative one does not move between pages. */
  fromMs: number;
}

const PLACE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$/;

/** Whether a text is a time as events carry it: a real day, UTC, microseconds. */
export function isPlaceTime(text: string): boolean {
  if (!PLACE_TIME.test(text) || !isRecordable(Date.parse(text))) return false;
  return new Date(text).toISOString().slice(0, 19) === text.slice(0, 19);
}

const cursorShape = z.strictObject({
  at: z.string().refine(isPlaceTime),
  id: z.string().refine(isId),
  from: z.int().refine(isRecordable),
});

export function encodeCursor({ at, id, fromMs }: Cursor): string {
  return Buffer.from(JSON.stringify({ at, id, from: fromMs })).toString('base64url');
}

/** @throws AppError `bad_request` for anything that {@link encodeCursor} did not make */
export function decodeCursor(text: string): Cursor {
  try {
    const { at, id, from } = cursorShape.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
    return { at, id, fromMs: from };
  } catch (cause) {
    throw new AppError('bad_request', 'The cursor is not valid. Request the first page without a cursor.', {
      cause,
    });
  }
}

/** Milliseconds as the text of a {@link Position}. */
export function positionTime(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, -1)}000Z`;
}
