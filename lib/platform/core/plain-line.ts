import { z } from 'zod';

/** Controls, line ends, and what is not seen but turns the direction of what stands beside it. */
const UNSEEN = /[\p{Cc}\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/u;

/** A name that people read in lists: one line of at most `max` characters, trimmed, none of them unseen. */
export const plainLine = (max: number, whenEmpty = 'Enter a value.') =>
  z
    .string()
    .trim()
    .min(1, whenEmpty)
    .max(max)
    .refine((text) => text.isWellFormed() && !UNSEEN.test(text), 'Enter a single line of plain text.');
