import { z } from 'zod';

/** What is not seen but turns the direction of what stands beside it, ends a line for some readers, or hides in a word. */
const UNSEEN = '\\u200b\\u200e\\u200f\\u2028\\u2029\\u202a-\\u202e\\u2060-\\u2064\\u2066-\\u206f\\ufeff';
const NOT_ON_A_LINE = new RegExp(`[\\p{Cc}${UNSEEN}]`, 'u');
const NOT_IN_TEXT = new RegExp(`[${UNSEEN}]|(?![\\t\\n\\r])\\p{Cc}`, 'u');

/** Whether a text holds nothing but what a reader sees, over any number of lines. */
export const isPlainText = (text: string): boolean => text.isWellFormed() && !NOT_IN_TEXT.test(text);

/** A name that people read in lists: one line of at most `max` characters, trimmed, none of them unseen. */
export const plainLine = (max: number, whenEmpty = 'Enter a value.') =>
  z
    .string()
    .trim()
    .min(1, whenEmpty)
    .max(max)
    .refine((text) => text.isWellFormed() && !NOT_ON_A_LINE.test(text), 'Enter a single line of plain text.');

/** What a person writes: a reason, a note, a description. Lines and tabs, at most `max` characters, trimmed; may be empty. */
export const plainText = (max: number) =>
  z.string().trim().max(max).refine(isPlainText, 'Remove the characters that cannot be seen.');

/** A value to compare with stored ones, which may come from a scanner: whatever Postgres can keep. */
export const storedText = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .refine((text) => text.isWellFormed() && !text.includes('\u0000'), 'Remove the unsupported character.');
