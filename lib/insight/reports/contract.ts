import { z } from 'zod';

/** The sections of a report, in its order. */
export const SECTIONS = {
  needs: {
    title: 'Open actions',
    description: 'Overdue, awaiting someone, or about to expire, with owners.',
  },
  changes: { title: 'What changed', description: 'Changes of the week, by kind.' },
  trend: { title: 'Findings', description: 'Found, fixed and open, week by week.' },
  checklist: {
    title: 'Checklist',
    description: 'Passing objectives, and objectives that changed state this week.',
  },
  keys: {
    title: 'Keys due in 30 days',
    description: 'Keys that expire and secrets that are due for rotation.',
  },
  access: { title: 'Access', description: 'Decisions of the gate, limits and sign-ins.' },
  anomalies: { title: 'Anomalies', description: 'Unusual activity found by anomaly rules.' },
  deliveries: { title: 'Failed notifications', description: 'Deliveries that failed after all retries.' },
  unknown: { title: 'Missing data', description: 'Sources with no data this week.' },
} as const;
export type SectionKey = keyof typeof SECTIONS;
export const SECTION_KEYS = Object.keys(SECTIONS) as [SectionKey, ...SectionKey[]];

export const TONES = ['danger', 'warning', 'neutral', 'success'] as const;
export type ReportTone = (typeof TONES)[number];

/** Lines of one section; the rest is behind a link. */
export const LINES_MAX = 12;

const path = z.string().startsWith('/').max(600);

/** One line: what, how many, whom it concerns. `path` opens the rows behind it in the console. */
export const reportLine = z.object({
  text: z.string().max(300),
  value: z.string().max(60).nullable(),
  detail: z.string().max(300).nullable(),
  /** Who should act; null: nobody in particular. */
  who: z.string().max(120).nullable(),
  tone: z.enum(TONES),
  path: path.nullable(),
});
export type ReportLine = z.infer<typeof reportLine>;

export const reportWeek = z.object({
  from: z.string(),
  found: z.number().int(),
  fixed: z.number().int(),
  open: z.number().int(),
});
export type ReportWeek = z.infer<typeof reportWeek>;

export const reportSection = z.object({
  key: z.enum(SECTION_KEYS),
  title: z.string(),
  lines: z.array(reportLine),
  /** Further lines that are not shown, and where they are. */
  more: z.number().int(),
  morePath: path.nullable(),
  /** What stands there instead of lines. */
  empty: z.string(),
  weeks: z.array(reportWeek).optional(),
});
export type ReportSection = z.infer<typeof reportSection>;

/** A report as it was made; `version` is that of this form. */
export const reportContent = z.object({
  version: z.literal(1),
  tenant: z.string(),
  timeZone: z.string(),
  /** `2026-11-16` to `2026-11-22`, both within it. */
  from: z.string(),
  to: z.string(),
  /** It was due more than an hour before it was made. */
  isLate: z.boolean(),
  headline: z.string(),
  tone: z.enum(TONES),
  sections: z.array(reportSection),
});
export type ReportContent = z.infer<typeof reportContent>;

const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'Enter a time such as 08:00.');

export const updateReportSettingsInput = z.strictObject({
  isEnabled: z.boolean().optional(),
  weekday: z.int().min(1).max(7).optional().describe('1 is Monday'),
  sendAt: clock.optional().describe("By the clock of the tenant's time zone"),
  sections: z
    .array(z.enum(SECTION_KEYS))
    .min(1, 'Choose one section at least.')
    .refine((keys) => new Set(keys).size === keys.length, 'Name each section once.')
    .optional(),
});
export type UpdateReportSettingsInput = z.input<typeof updateReportSettingsInput>;

const dateText = z.iso.datetime();

export const reportSettingsDto = z.object({
  isEnabled: z.boolean(),
  weekday: z.number().int(),
  sendAt: z.string(),
  sections: z.array(z.enum(SECTION_KEYS)),
  timeZone: z.string(),
  /** When the next one is due; null: it is turned off. */
  nextAt: dateText.nullable(),
  /** Channels of e-mail that it goes to at once. */
  mailChannels: z.array(z.string()),
  version: z.number().int(),
});
export type ReportSettingsDto = z.infer<typeof reportSettingsDto>;

export const PERIODS = { last_week: 'The last full week', last_7_days: 'The last seven days' } as const;
export const makeReportInput = z.strictObject({
  period: z
    .enum(Object.keys(PERIODS) as [keyof typeof PERIODS, ...(keyof typeof PERIODS)[]])
    .default('last_7_days'),
  send: z
    .boolean()
    .default(false)
    .describe('Also send it to the notification channels, like a scheduled report'),
});
export type MakeReportInput = z.input<typeof makeReportInput>;

export const reportSummaryDto = z.object({
  id: z.uuid(),
  kind: z.enum(['scheduled', 'on_demand']),
  from: z.string(),
  to: z.string(),
  headline: z.string(),
  tone: z.enum(TONES),
  madeBy: z.string(),
  madeAt: dateText,
});
export type ReportSummaryDto = z.infer<typeof reportSummaryDto>;
export const reportPageDto = z.object({
  items: z.array(reportSummaryDto),
  nextCursor: z.string().nullable(),
});
export type ReportPageDto = z.infer<typeof reportPageDto>;
export const reportDto = reportSummaryDto.extend({ content: reportContent });
export type ReportDto = z.infer<typeof reportDto>;

export const listReportsInput = z.strictObject({
  cursor: z.string().max(400).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export type ListReportsInput = z.input<typeof listReportsInput>;
export const getReportInput = z.strictObject({ format: z.enum(['json', 'markdown']).default('json') });
