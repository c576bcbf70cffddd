import { z } from 'zod';
import { monthText } from '@/lib/insight/metrics/contract';
import { plainLine, plainText } from '@/lib/platform/core/plain-line';

export const ANOMALY_SEVERITIES = ['critical', 'high', 'medium', 'low'] as const;
export type AnomalySeverity = (typeof ANOMALY_SEVERITIES)[number];

/** How people judged it; everything but `open` is triaged. */
export const ANOMALY_STATES = {
  open: 'Open',
  true_positive: 'True positive',
  false_positive: 'False positive',
  expected: 'Expected',
} as const;
export type AnomalyState = keyof typeof ANOMALY_STATES;
const STATE_NAMES = Object.keys(ANOMALY_STATES) as [AnomalyState, ...AnomalyState[]];

export const RULE_KEYS = [
  'brute_force',
  'new_value',
  'volume',
  'stopped_source',
  'guard_lowered',
  'off_hours',
  'mass_export',
] as const;
export type RuleKey = (typeof RULE_KEYS)[number];
export const isRuleKey = (text: string): text is RuleKey => RULE_KEYS.some((key) => key === text);

/** How far a replay looks, and how old one may be when its rule is enabled. */
export const REPLAY_DAYS = 30;
export const REPLAY_VALID_DAYS = 7;
/** How far rules look back for what is usual. */
export const HISTORY_DAYS = 90;

const dateText = z.iso.datetime();

export const anomalyDto = z.object({
  id: z.uuid(),
  rule: z.string(),
  ruleTitle: z.string(),
  /** Whom or what it is about, such as `user:<id>` or a network. */
  subject: z.string(),
  label: z.string(),
  severity: z.enum(ANOMALY_SEVERITIES),
  sentence: z.string(),
  observed: z.string(),
  usual: z.string(),
  /** The most in one hour. */
  count: z.number().int(),
  firstAt: dateText,
  lastAt: dateText,
  raisedAt: dateText,
  isMuted: z.boolean(),
  state: z.enum(STATE_NAMES),
  note: z.string().nullable(),
  triagedBy: z.string().nullable(),
  triagedAt: dateText.nullable(),
  version: z.number().int(),
  /** The `count` events of the hour with the most, as a path of the console. */
  href: z.string(),
  /** The events of all its hours; null where it was one. */
  spanHref: z.string().nullable(),
});
export type AnomalyDto = z.infer<typeof anomalyDto>;
export const anomalyPageDto = z.object({ items: z.array(anomalyDto), nextCursor: z.string().nullable() });
export type AnomalyPageDto = z.infer<typeof anomalyPageDto>;

/** What a list may ask for beside one state: all that people have judged, and all. */
export const ANOMALY_STATES_ASKED = [...STATE_NAMES, 'judged', 'any'] as const;
export const ANOMALY_MUTED_ASKED = ['hide', 'show', 'only'] as const;

export const listAnomaliesInput = z.strictObject({
  state: z.enum(ANOMALY_STATES_ASKED).default('open'),
  rule: z.enum(RULE_KEYS).optional(),
  muted: z.enum(ANOMALY_MUTED_ASKED).default('hide'),
  /** Found in this month of the tenant's time zone. */
  month: monthText.optional(),
  /** Found from this moment on, and before that one. */
  from: dateText.optional(),
  to: dateText.optional(),
  cursor: z.string().max(400).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export type ListAnomaliesInput = z.input<typeof listAnomaliesInput>;

export const triageAnomalyInput = z.strictObject({
  state: z.enum(STATE_NAMES),
  note: plainText(1000).optional(),
});
export type TriageAnomalyInput = z.input<typeof triageAnomalyInput>;

/** A number of a rule that a team may change, within bounds. */
export const ruleParameterDto = z.object({
  key: z.string(),
  label: z.string(),
  value: z.number(),
  standard: z.number(),
  min: z.number(),
  max: z.number(),
});

export const replayDto = z.object({
  from: dateText,
  to: dateText,
  raised: z.number().int(),
  /** The newest ones, in words. */
  examples: z.array(z.string()),
  /** Only the newest rows were looked at. */
  isCut: z.boolean(),
  /** Days of history before the first hour; below what the rule needs it has still been learning. */
  historyDays: z.number().int(),
});
export type ReplayDto = z.infer<typeof replayDto>;

export const ruleDto = z.object({
  key: z.enum(RULE_KEYS),
  title: z.string(),
  about: z.string(),
  severity: z.enum(ANOMALY_SEVERITIES),
  isEnabled: z.boolean(),
  /** It has too little history of this tenant to say what is usual. */
  isLearning: z.boolean(),
  learningDays: z.number().int(),
  parameters: z.array(ruleParameterDto),
  replay: replayDto.nullable(),
  replayedAt: dateText.nullable(),
  /** The replay is recent and was made with these parameters, so the rule may be enabled. */
  canEnable: z.boolean(),
  evaluatedTo: dateText.nullable(),
  version: z.number().int(),
});
export type RuleDto = z.infer<typeof ruleDto>;
export const ruleListDto = z.object({ items: z.array(ruleDto), nextCursor: z.null() });
export type RuleListDto = z.infer<typeof ruleListDto>;

export const updateRuleInput = z.strictObject({
  isEnabled: z.boolean().optional(),
  parameters: z.record(z.string().max(40), z.number()).optional(),
});
export type UpdateRuleInput = z.input<typeof updateRuleInput>;

export const createMuteInput = z.strictObject({
  rule: z.enum(RULE_KEYS),
  subject: plainLine(300, 'Enter the subject of the mute.').nullable().default(null),
  reason: plainText(500).min(10, 'Enter a reason of at least 10 characters.'),
  days: z.int().min(1, 'Enter when the mute ends.').max(90, 'A mute lasts 90 days at most.'),
});
export type CreateAnomalyMuteInput = z.input<typeof createMuteInput>;
export const anomalyMuteDto = z.object({
  id: z.uuid(),
  rule: z.string(),
  subject: z.string().nullable(),
  reason: z.string(),
  until: dateText,
  mutedBy: z.string(),
  createdAt: dateText,
});
export type AnomalyMuteDto = z.infer<typeof anomalyMuteDto>;
export const anomalyMuteListDto = z.object({ items: z.array(anomalyMuteDto), nextCursor: z.null() });
export type AnomalyMuteListDto = z.infer<typeof anomalyMuteListDto>;
