import { z } from 'zod';

/** How a series is read: `count` is 0 in a month without rows, the others then say nothing. */
export type SeriesKind = 'count' | 'share' | 'measure';

interface SeriesDefinition {
  label: string;
  kind: SeriesKind;
  /** Unless it is that of the metric. */
  unit?: MetricUnit;
}

export type MetricUnit =
  | 'findings'
  | 'days'
  | 'percent'
  | 'attempts'
  | 'requests'
  | 'keys'
  | 'notices'
  | 'per_1000'
  | 'addresses'
  | 'actors'
  | 'anomalies'
  | 'hours';

/** Where its rows come from; before the first of them there is no data. */
export type MetricSource = 'scans' | 'record' | 'rules' | 'checklist' | 'keys' | 'notices';

interface MetricDefinition {
  title: string;
  /** Raised when a number means something else than before; then every month is computed again. */
  version: number;
  unit: MetricUnit;
  source: MetricSource;
  /** Which way is good. */
  better: 'less' | 'more';
  /** How it is computed, in words. */
  definition: string;
  /** Computed for the month that runs, and kept as it was when the month ended: earlier months have no data. */
  isSnapshot?: boolean;
  series: Readonly<Record<string, SeriesDefinition>>;
}

const bySeverity = (kind: SeriesKind) => ({
  critical: { label: 'Critical', kind },
  high: { label: 'High', kind },
  medium: { label: 'Medium', kind },
  low: { label: 'Low', kind },
});

const define = <const M extends Record<string, MetricDefinition>>(metrics: M) => metrics;

/** The closed list of monthly metrics, in the order of the screen. Months are those of the tenant's time zone. */
export const METRICS = define({
  findings: {
    title: 'Vulnerabilities found and fixed',
    version: 1,
    unit: 'findings',
    source: 'scans',
    better: 'less',
    definition:
      'Found: episodes that began in the month; a finding that was fixed and came back begins another one and counts as come back too. Fixed: episodes that ended because a complete scan no longer saw the finding, or, for a secret, because it was rotated or revoked. Accepting a risk or recording another decision does not count as a fix. Net: found less fixed.',
    series: {
      found: { label: 'Found', kind: 'count' },
      fixed: { label: 'Fixed', kind: 'count' },
      reopened: { label: 'Reopened', kind: 'count' },
      net: { label: 'Net', kind: 'count' },
    },
  },
  open_findings: {
    title: 'Open at the end of the month',
    version: 1,
    unit: 'findings',
    source: 'scans',
    better: 'less',
    definition:
      'Episodes that had begun and had not ended at the end of the month, or until now. Accepted risks count as open; false positives and “not affected” findings do not.',
    series: bySeverity('count'),
  },
  time_to_patch: {
    title: 'Time to patch',
    version: 1,
    unit: 'days',
    source: 'scans',
    better: 'less',
    definition:
      'Kaplan–Meier median of the days from the beginning of an episode to its fix, over the episodes that began in the 365 days up to the end of the month. Episodes that are still open, or were dismissed, count as not patched for as long as they were watched (censored), so slow fixes are not left out. If fewer than half were patched, there is no median.',
    series: bySeverity('measure'),
  },
  on_time: {
    title: 'Fixed before they were due',
    version: 1,
    unit: 'percent',
    source: 'scans',
    better: 'more',
    definition:
      'Of the episodes that were fixed in the month, those fixed before the due date that was set when they began.',
    series: bySeverity('share'),
  },
  exploited: {
    title: 'Known exploited, still open',
    version: 1,
    unit: 'findings',
    source: 'scans',
    better: 'less',
    definition:
      'Open findings listed in the CISA Known Exploited Vulnerabilities (KEV) catalog, and how many of them are overdue.',
    isSnapshot: true,
    series: {
      open: { label: 'Open', kind: 'count' },
      overdue: { label: 'Overdue', kind: 'count' },
    },
  },
  auth_failures: {
    title: 'Failed authentication attempts',
    version: 1,
    unit: 'attempts',
    source: 'record',
    better: 'less',
    definition:
      'Sign-ins that failed or were refused, credentials refused by the console and its API, and keys or tokens refused by the gate because they are wrong, unknown, expired or revoked. Requests without a credential and requests denied only by a rate limit are not counted. Addresses of IPv6 count by their /64.',
    series: {
      sign_in: { label: 'Sign-ins', kind: 'count' },
      api: { label: 'Console and API', kind: 'count' },
      gate: { label: 'Gate', kind: 'count' },
      actors: { label: 'Who', kind: 'count', unit: 'actors' },
      addresses: { label: 'Addresses', kind: 'count', unit: 'addresses' },
      per_1000: { label: 'Sign-ins failed per 1,000', kind: 'measure', unit: 'per_1000' },
    },
  },
  limit_refusals: {
    title: 'Rate-limit violations',
    version: 1,
    unit: 'requests',
    source: 'record',
    better: 'less',
    definition:
      'Requests denied by a rate limit at the gate, the API and sign-in, how many keys they came from, and their share of all requests.',
    series: {
      events: { label: 'Refused', kind: 'count' },
      keys: { label: 'Keys', kind: 'count', unit: 'keys' },
      share: { label: 'Of all requests', kind: 'share', unit: 'percent' },
    },
  },
  anomalies: {
    title: 'Audit log anomalies',
    version: 1,
    unit: 'anomalies',
    source: 'rules',
    better: 'less',
    definition:
      'Anomalies found by active rules in the month, how many have been triaged, the share that were true positives, the median hours to triage, and how many were muted.',
    series: {
      raised: { label: 'Found', kind: 'count' },
      triaged: { label: 'Triaged', kind: 'count' },
      true_share: { label: 'True positives', kind: 'share', unit: 'percent' },
      triage_hours: { label: 'Time to triage', kind: 'measure', unit: 'hours' },
      muted: { label: 'Muted', kind: 'count' },
    },
  },
  checklist: {
    title: 'Checklist objectives passing',
    version: 1,
    unit: 'percent',
    source: 'checklist',
    better: 'more',
    definition:
      'Of the objectives of the checklist that apply, those whose last recorded state at the end of the month was passing. Stale and unknown objectives do not count as passing.',
    series: {
      holding: { label: 'Passing', kind: 'share' },
      failing: { label: 'Fail', kind: 'count', unit: 'findings' },
    },
  },
  keys: {
    title: 'Keys rotated within 90 days',
    version: 1,
    unit: 'percent',
    source: 'keys',
    better: 'more',
    definition:
      'The share of active keys whose current secret is at most 90 days old, the age of the oldest secret, and the number of keys not used for 90 days.',
    isSnapshot: true,
    series: {
      rotated: { label: 'Rotated', kind: 'share' },
      oldest: { label: 'Oldest secret', kind: 'measure', unit: 'days' },
      unused: { label: 'Unused', kind: 'count', unit: 'keys' },
    },
  },
  deliveries: {
    title: 'Failed notification deliveries',
    version: 1,
    unit: 'notices',
    source: 'notices',
    better: 'less',
    definition: 'Deliveries queued in the month that failed for good, and all that were queued.',
    series: {
      failed: { label: 'Failed', kind: 'count' },
      total: { label: 'All', kind: 'count' },
    },
  },
});

export type MetricKey = keyof typeof METRICS;
export const METRIC_KEYS = Object.keys(METRICS) as [MetricKey, ...MetricKey[]];

/** What the values were computed with: another text makes the worker compute every month again. */
export const DEFINITIONS = METRIC_KEYS.map((key) => `${key}:${METRICS[key].version}`).join(' ');

/** `2026-11`. */
export const monthText = z.string().regex(/^[1-9]\d{3}-(0[1-9]|1[0-2])$/, 'Enter a month such as 2026-11.');

export const MONTHS_MAX = 36;
export const MONTHS_SHOWN = 12;

export const monthlyMetricsInput = z.strictObject({
  from: monthText.optional(),
  to: monthText.optional(),
  format: z.enum(['json', 'csv']).default('json'),
});
export type MonthlyMetricsInput = z.input<typeof monthlyMetricsInput>;

const dateText = z.iso.datetime();

/** `value` null: no data, and `why` says which kind: before the source's first row, nothing to measure, or not computed yet. */
export const metricPointDto = z.object({
  month: monthText,
  value: z.number().nullable(),
  why: z.enum(['no_source', 'nothing_to_measure', 'not_computed']).nullable(),
  /** Of a median: how many episodes, and how many of them were not patched while they were watched. */
  n: z.number().int().nullable(),
  censored: z.number().int().nullable(),
  label: z.string().nullable(),
  /** Where late data changed a month that was over: the number before, and when. */
  was: z.number().nullable(),
  restatedAt: dateText.nullable(),
  /** The rows behind it, as a path of the console. */
  href: z.string().nullable(),
});
export type MetricPointDto = z.infer<typeof metricPointDto>;

export const metricSeriesDto = z.object({
  key: z.string(),
  label: z.string(),
  kind: z.enum(['count', 'share', 'measure']),
  unit: z.string(),
  points: z.array(metricPointDto),
});
export type MetricSeriesDto = z.infer<typeof metricSeriesDto>;

export const metricDto = z.object({
  key: z.enum(METRIC_KEYS),
  title: z.string(),
  version: z.number().int(),
  unit: z.string(),
  better: z.enum(['less', 'more']),
  definition: z.string(),
  /** The first row of its source; null: none yet. */
  since: dateText.nullable(),
  series: z.array(metricSeriesDto),
});
export type MetricDto = z.infer<typeof metricDto>;

export const monthlyMetricsDto = z.object({
  months: z.array(monthText),
  /** The month that is not over yet, if it is among them. */
  running: monthText.nullable(),
  timeZone: z.string(),
  /** When the worker last counted; null: never. */
  asOf: dateText.nullable(),
  metrics: z.array(metricDto),
  /** What happened that explains a change. */
  notes: z.array(
    z.object({
      month: monthText,
      at: dateText,
      /** Short enough for a chart: `v1.2`. */
      name: z.string(),
      label: z.string(),
      href: z.string(),
    }),
  ),
});
export type MonthlyMetricsDto = z.infer<typeof monthlyMetricsDto>;
