import { z } from 'zod';
import { STATES } from '@/lib/assurance/checklist/contract';
import { monthText } from './contract';

const dateText = z.iso.datetime();
const pageInput = {
  cursor: z.string().max(400).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
};

/**
 * Of which numbers the findings behind them are listed: the episodes that began, ended or began once more in a month, those
 * that began or ended (`net`), that were open at its end, and that the time to patch looks at; and what the snapshot of
 * known exploited findings counted.
 */
export const EPISODE_SERIES = ['found', 'fixed', 'reopened', 'net', 'open', 'watched'] as const;
export const SNAPSHOT_SERIES = ['exploited', 'overdue'] as const;
export const FINDING_SERIES = [...EPISODE_SERIES, ...SNAPSHOT_SERIES] as const;
export type EpisodeSeries = (typeof EPISODE_SERIES)[number];
export type SnapshotSeries = (typeof SNAPSHOT_SERIES)[number];
export type FindingSeries = (typeof FINDING_SERIES)[number];

export const metricFindingsInput = z.strictObject({
  month: monthText,
  series: z.enum(FINDING_SERIES),
  severity: z.enum(['critical', 'high', 'medium', 'low', 'info']).optional(),
  ...pageInput,
});
export type MetricFindingsInput = z.input<typeof metricFindingsInput>;

/** As what a finding counts, where a list holds findings of different kinds. */
export const FINDING_MARKS = [
  'found',
  'come_back',
  'fixed',
  'in_time',
  'not_in_time',
  'patched',
  'not_patched',
  'overdue',
] as const;
export type FindingMark = (typeof FINDING_MARKS)[number];

/** So many were counted in a month that was over before the rows of its number were kept, and can no longer be named. */
const notKept = z.number().int();

export const metricFindingDto = z.object({
  findingId: z.uuid(),
  /** When it did what is counted; of what is open or was watched, since when. */
  at: dateText,
  title: z.string(),
  ruleId: z.string(),
  severity: z.string(),
  asset: z.string(),
  status: z.string(),
  mark: z.enum(FINDING_MARKS).nullable(),
});
export type MetricFindingDto = z.infer<typeof metricFindingDto>;
export const metricFindingPageDto = z.object({
  items: z.array(metricFindingDto),
  nextCursor: z.string().nullable(),
  notKept,
});
export type MetricFindingPageDto = z.infer<typeof metricFindingPageDto>;

/** The keys that could be used at the end of a month, or those of them that nobody had used for 90 days. */
export const KEY_SERIES = ['usable', 'unused'] as const;
export type KeySeries = (typeof KEY_SERIES)[number];
export const metricKeysInput = z.strictObject({ month: monthText, series: z.enum(KEY_SERIES), ...pageInput });
export type MetricKeysInput = z.input<typeof metricKeysInput>;

export const metricKeyDto = z.object({
  keyId: z.uuid(),
  name: z.string(),
  environment: z.string(),
  /** The version whose secret was current. */
  version: z.number().int(),
  last4: z.string(),
  activatedAt: dateText,
  /** Whole days, as the month counted them. */
  ageDays: z.number().int(),
  isRotated: z.boolean(),
  isUnused: z.boolean(),
});
export type MetricKeyDto = z.infer<typeof metricKeyDto>;
export const metricKeyPageDto = z.object({
  items: z.array(metricKeyDto),
  nextCursor: z.string().nullable(),
  notKept,
});
export type MetricKeyPageDto = z.infer<typeof metricKeyPageDto>;

/** The objectives that applied at the end of a month, or those of them that failed. */
export const OBJECTIVE_SERIES = ['applicable', 'failing'] as const;
export type ObjectiveSeries = (typeof OBJECTIVE_SERIES)[number];
export const metricObjectivesInput = z.strictObject({
  month: monthText,
  series: z.enum(OBJECTIVE_SERIES),
  ...pageInput,
});
export type MetricObjectivesInput = z.input<typeof metricObjectivesInput>;

export const metricObjectiveDto = z.object({
  objective: z.string(),
  state: z.enum(STATES),
  /** Since when it was in this state, and why. */
  at: dateText,
  reason: z.string(),
  isHolding: z.boolean(),
});
export type MetricObjectiveDto = z.infer<typeof metricObjectiveDto>;
export const metricObjectivePageDto = z.object({
  items: z.array(metricObjectiveDto),
  nextCursor: z.string().nullable(),
});
export type MetricObjectivePageDto = z.infer<typeof metricObjectivePageDto>;

/** What a number of different values counts, and where they stand. */
export const COUNTED = {
  actors: { metric: 'auth_failures', dimension: 'actor', title: 'Who failed to authenticate' },
  addresses: { metric: 'auth_failures', dimension: 'address', title: 'Addresses of failed attempts' },
  codes: { metric: 'auth_failures', dimension: 'code', title: 'Why they failed' },
  keys: { metric: 'limit_refusals', dimension: 'key', title: 'Rate-limited keys' },
  places: { metric: 'limit_refusals', dimension: 'place', title: 'Routes and paths that were limited' },
} as const;
export type CountedKey = keyof typeof COUNTED;
export const COUNTED_KEYS = Object.keys(COUNTED) as [CountedKey, ...CountedKey[]];

export const metricCountsInput = z.strictObject({
  month: monthText,
  of: z.enum(COUNTED_KEYS),
  ...pageInput,
});
export type MetricCountsInput = z.input<typeof metricCountsInput>;
export const metricCountDto = z.object({ value: z.string(), count: z.number().int(), href: z.string() });
export const metricCountPageDto = z.object({
  items: z.array(metricCountDto),
  nextCursor: z.string().nullable(),
});
export type MetricCountPageDto = z.infer<typeof metricCountPageDto>;
