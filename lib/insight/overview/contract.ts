import { z } from 'zod';

export const SETUP_STEPS = [
  'sign_in',
  'create_key',
  'first_request',
  'rotate_key',
  'second_operator',
] as const;
export type SetupStep = (typeof SETUP_STEPS)[number];

export const ATTENTION_KINDS = [
  'log_unproven',
  'worker_silent',
  'old_secret_in_use',
  'keys_expired_in_use',
  'keys_expiring',
  'rotation_not_picked_up',
  'findings_urgent',
  'anomalies_open',
  'checklist_failing',
  'sign_in_failures',
  'keys_without_expiry',
  'one_operator',
] as const;
export type AttentionKind = (typeof ATTENTION_KINDS)[number];

/** A count that stops at `COUNT_CAP`: shown as "10,000+" where `capped`. */
export const COUNT_CAP = 10_000;
export const cappedCount = z.object({ count: z.number().int(), capped: z.boolean() });
export type CappedCount = z.infer<typeof cappedCount>;

/** Something an operator should act on; `since` is when it began, `until` when it will hurt. */
export const attentionDto = z.object({
  kind: z.enum(ATTENTION_KINDS),
  count: z.number().int(),
  names: z.array(z.string()),
  keyId: z.uuid().nullable(),
  since: z.iso.datetime().nullable(),
  until: z.iso.datetime().nullable(),
});
export type AttentionDto = z.infer<typeof attentionDto>;

export const overviewDto = z.object({
  asOf: z.iso.datetime(),
  steps: z.array(z.object({ step: z.enum(SETUP_STEPS), doneAt: z.iso.datetime().nullable() })),
  attention: z.array(attentionDto),
  decisions24h: z.object({ allowed: cappedCount, refused: cappedCount }),
  signInFailures24h: cappedCount,
  liveKeys: z.number().int(),
  lastDecisionAt: z.iso.datetime().nullable(),
});
export type OverviewDto = z.infer<typeof overviewDto>;

export const HEALTH_STATES = ['ok', 'degraded', 'down', 'unknown'] as const;

/** One part of the installation; `detail` says what was seen, `remedy` what to do where it is not ok. */
export const healthPartDto = z.object({
  part: z.enum(['database', 'schema', 'gate', 'worker', 'audit', 'sealing', 'limits', 'supabase']),
  state: z.enum(HEALTH_STATES),
  detail: z.string(),
  remedy: z.string().nullable(),
});
export const healthDto = z.object({ asOf: z.iso.datetime(), parts: z.array(healthPartDto) });
export type HealthPartDto = z.infer<typeof healthPartDto>;
export type HealthDto = z.infer<typeof healthDto>;
