import { z } from 'zod';

/**
 * How much a fact matters, worst first. `danger`: act now. `warning`: act soon. `unknown`: it should be known and is not, so
 * nothing that depends on it can be called well. `info`: consider it.
 */
export const LEVELS = ['danger', 'warning', 'unknown', 'info'] as const;
export type Level = (typeof LEVELS)[number];

/** What all facts come to together; `ok` only where there is none at all. */
export const STANDINGS = [...LEVELS, 'ok'] as const;
export type StandingLevel = (typeof STANDINGS)[number];

const dateText = z.iso.datetime();

/** One fact that holds now. `href` opens a list of exactly the `count` rows behind it. */
export const standingItemDto = z.object({
  /** Such as `keys.expiring`. */
  key: z.string(),
  level: z.enum(LEVELS),
  count: z.number().int(),
  /** `3 keys expire within 14 days`. */
  text: z.string(),
  /** The first of them, most urgent first. */
  names: z.array(z.string()),
  remedy: z.string(),
  action: z.string(),
  href: z.string(),
  /** When the first began, and when the next will hurt. */
  since: dateText.nullable(),
  until: dateText.nullable(),
});
export type StandingItemDto = z.infer<typeof standingItemDto>;

/** Whether something is wrong, as far as the caller may see. */
export const standingDto = z.object({
  asOf: dateText,
  level: z.enum(STANDINGS),
  headline: z.string(),
  /** Worst first. */
  items: z.array(standingItemDto),
});
export type StandingDto = z.infer<typeof standingDto>;
