import { z } from 'zod';
import { standingDto } from '@/lib/platform/facts/contract';

export const SETUP_STEPS = [
  'sign_in',
  'create_key',
  'first_request',
  'rotate_key',
  'second_operator',
] as const;
export type SetupStep = (typeof SETUP_STEPS)[number];

/** A number with the list of exactly the rows behind it. `capped`: at least so many, shown as "10,000+". */
export const linkedCount = z.object({ count: z.number().int(), capped: z.boolean(), href: z.string() });
export type LinkedCount = z.infer<typeof linkedCount>;

export const overviewDto = z.object({
  asOf: z.iso.datetime(),
  /** Whether something is wrong; `items` say what, since when and what to do. */
  standing: standingDto,
  steps: z.array(z.object({ step: z.enum(SETUP_STEPS), doneAt: z.iso.datetime().nullable() })),
  /** Of the gate, without what Bulwark sent itself. `limited` are among those refused, `undecided` were answered 503. */
  decisions24h: z.object({
    allowed: linkedCount,
    refused: linkedCount,
    limited: linkedCount,
    undecided: linkedCount,
  }),
  signInFailures24h: linkedCount,
  liveKeys: linkedCount,
  lastDecisionAt: z.iso.datetime().nullable(),
});
export type OverviewDto = z.infer<typeof overviewDto>;

export const HEALTH_STATES = ['ok', 'degraded', 'down', 'unknown'] as const;

export const HEALTH_PARTS = {
  database: 'Database',
  schema: 'Schema',
  gate: 'Gate',
  worker: 'Worker',
  audit: 'Audit log',
  sealing: 'Sealed log',
  limits: 'Rate limits',
  supabase: 'Supabase',
} as const;
export type HealthPart = keyof typeof HEALTH_PARTS;

/** What the page of health may be asked to show: all, the parts that are not well, or the jobs that failed for good. */
export const HEALTH_SHOWN = ['problems', 'failed_jobs'] as const;
export type HealthShown = (typeof HEALTH_SHOWN)[number];

/** One part of the installation; `detail` says what was seen, `remedy` what to do where it is not ok. */
export const healthPartDto = z.object({
  part: z.enum(Object.keys(HEALTH_PARTS) as [HealthPart, ...HealthPart[]]),
  state: z.enum(HEALTH_STATES),
  detail: z.string(),
  remedy: z.string().nullable(),
});
export const healthDto = z.object({ asOf: z.iso.datetime(), parts: z.array(healthPartDto) });
export type HealthPartDto = z.infer<typeof healthPartDto>;
export type HealthDto = z.infer<typeof healthDto>;
