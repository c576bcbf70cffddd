import { z } from 'zod';

/** How long an exception may last. */
export const exceptionDays = { min: 1, max: 366 } as const;
/** How far back an exception is tried on what came. */
export const REPLAY_DAYS = 90;

const storable = (text: string) => text.isWellFormed() && !text.includes('\u0000');

export const exceptionReason = z
  .string('must be a reason')
  .trim()
  .min(20, 'Enter a reason of at least 20 characters.')
  .max(1_000)
  .refine(storable, 'Remove the unsupported character.');

const fieldName = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[A-Za-z][A-Za-z0-9_.[\]-]*$/, 'Enter the name of an output field such as proc.cmdline.');
const fieldValue = z
  .string('Write the value as a text, in quotes.')
  .min(1, 'Enter the exact value.')
  .max(4_096)
  .refine(storable, 'Remove the unsupported character.');

/** Exact values of fields, all of which an event must have. */
export const exceptionFields = z
  .record(fieldName, fieldValue)
  .refine((fields) => Object.keys(fields).length >= 1, 'Choose at least one field.')
  .refine((fields) => Object.keys(fields).length <= 8, 'Choose at most 8 fields.');
export type ExceptionFields = z.infer<typeof exceptionFields>;
