import { z } from 'zod';
import { plainLine, plainText } from '@/lib/platform/core/plain-line';
import { DETECTION_KIND_NAMES } from './contract';

/** How long an exception may last. */
export const exceptionDays = { min: 1, max: 366 } as const;
/** How far back an exception is tried on what came. */
export const REPLAY_DAYS = 90;

const storable = (text: string) => text.isWellFormed() && !text.includes('\u0000');

export const exceptionReason = plainText(1_000).min(20, 'Enter a reason of at least 20 characters.');

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

const dateText = z.iso.datetime();
const rule = plainLine(200, 'Enter the name of the rule.');

/** What an exception would cover: the rule and exact values of fields (of labels, for Alertmanager). */
export const previewExceptionInput = z.strictObject({
  kind: z.enum(DETECTION_KIND_NAMES).default('falco'),
  rule,
  fields: exceptionFields,
});
export type PreviewExceptionInput = z.input<typeof previewExceptionInput>;

/** Takes force once someone else approves it. */
export const requestExceptionInput = previewExceptionInput.extend({
  reason: exceptionReason,
  days: z
    .int('Enter a number of days.')
    .min(exceptionDays.min, 'Enter at least 1 day.')
    .max(exceptionDays.max, `An exception lasts at most ${exceptionDays.max} days.`),
});
export type RequestExceptionInput = z.input<typeof requestExceptionInput>;

export const endExceptionInput = z.strictObject({
  reason: plainText(500).min(3, 'Say why.'),
});
export type EndExceptionInput = z.input<typeof endExceptionInput>;

/**
 * The last 90 days with the exception. Of floods only samples are kept, each standing for several events: then `covered`
 * is an estimate and `isExact` false. `isCut`: only the newest detections of the rule were compared.
 */
export const exceptionReplayDto = z.object({
  from: dateText,
  to: dateText,
  /** Detections that were compared, and how many of them it covers. */
  compared: z.number().int(),
  matched: z.number().int(),
  /** Events of the rule in that time, and how many of them it covers. */
  events: z.number().int(),
  covered: z.number().int(),
  isExact: z.boolean(),
  isCut: z.boolean(),
  /** The groups that it covers most of. */
  groups: z.array(z.object({ id: z.uuid(), scope: z.string(), covered: z.number().int() })),
});
export type ExceptionReplayDto = z.infer<typeof exceptionReplayDto>;

export const EXCEPTION_STATES = {
  waiting: 'Waiting for approval',
  active: 'Active',
  expired: 'Expired',
  ended: 'Ended',
} as const;
export type ExceptionState = keyof typeof EXCEPTION_STATES;
const STATE_NAMES = Object.keys(EXCEPTION_STATES) as [ExceptionState, ...ExceptionState[]];

export const exceptionDto = z.object({
  id: z.string(),
  kind: z.enum(DETECTION_KIND_NAMES),
  rule: z.string(),
  fields: z.record(z.string(), z.string()),
  reason: z.string(),
  state: z.enum(STATE_NAMES),
  /** Where it stands: in this console, or in the policy file. */
  origin: z.enum(['console', 'file']),
  expiresAt: dateText,
  requestedBy: z.string(),
  requestedAt: dateText.nullable(),
  approvedBy: z.string().nullable(),
  approvedAt: dateText.nullable(),
  endedBy: z.string().nullable(),
  endedAt: dateText.nullable(),
  endedReason: z.string().nullable(),
  /** Events that it has covered since it is active. */
  covered: z.number().int(),
  lastCoveredAt: dateText.nullable(),
  replay: exceptionReplayDto.nullable(),
  /** Whether the caller may approve it: not their own. */
  canApprove: z.boolean(),
  /** To carry to where the events come from: YAML for Falco's rules, or a command for Alertmanager. */
  upstream: z.string(),
});
export type ExceptionDto = z.infer<typeof exceptionDto>;

export const listExceptionsInput = z.strictObject({
  state: z.enum(STATE_NAMES).optional(),
  rule: z.string().max(200).optional(),
  cursor: z.string().max(400).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(100),
});
export type ListExceptionsInput = z.input<typeof listExceptionsInput>;
export const exceptionListDto = z.object({ items: z.array(exceptionDto), nextCursor: z.string().nullable() });
export type ExceptionListDto = z.infer<typeof exceptionListDto>;
