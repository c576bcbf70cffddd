import { EVENT_KINDS, type EventFilter, eventsHref } from '@/lib/platform/audit/event-kinds-contract';
import type { MetricKey } from './contract';
import type { CountedKey, FindingSeries } from './rows-contract';

/** A month with the moments at which it begins and ends. */
export interface MonthBounds {
  month: string;
  from: string;
  to: string;
}

const AUTH_FILTERS: Record<string, EventFilter> = {
  sign_in: EVENT_KINDS.failedSignIns,
  api: EVENT_KINDS.refusedCredentials,
  gate: EVENT_KINDS.refusedAtGate,
};

const rangeOf = ({ from, to }: MonthBounds) => ({ from, to });

type Href = (series: string, bounds: MonthBounds) => string;

/** A list of the screen of metrics itself. */
export type RowList = FindingSeries | 'keys' | 'unused_keys' | 'objectives' | 'failing_objectives';

const rowsOf = (rows: RowList, { month }: MonthBounds) => `/reports/metrics?rows=${rows}&month=${month}`;
const ofSeverity = (rows: RowList, severity: string, bounds: MonthBounds) =>
  `${rowsOf(rows, bounds)}&severity=${severity}`;
const counted = (of: CountedKey, { month }: MonthBounds) => `/reports/metrics?of=${of}&month=${month}`;
const anomalies = (filter: Record<string, string>, { month }: MonthBounds) =>
  `/anomalies?${new URLSearchParams({ month, muted: 'show', ...filter })}`;

const ANOMALY_FILTERS: Record<string, Record<string, string>> = {
  raised: { state: 'any' },
  true_share: { state: 'true_positive' },
  muted: { state: 'any', muted: 'only' },
};

const HREFS: Readonly<Record<MetricKey, Href>> = {
  findings: (series, bounds) => rowsOf(series as FindingSeries, bounds),
  open_findings: (series, bounds) => ofSeverity('open', series, bounds),
  time_to_patch: (series, bounds) => ofSeverity('watched', series, bounds),
  on_time: (series, bounds) => ofSeverity('fixed', series, bounds),
  exploited: (series, bounds) => rowsOf(series === 'overdue' ? 'overdue' : 'exploited', bounds),
  auth_failures: (series, bounds) =>
    series === 'actors' || series === 'addresses'
      ? counted(series, bounds)
      : eventsHref(AUTH_FILTERS[series === 'per_1000' ? 'sign_in' : series] ?? {}, rangeOf(bounds)),
  limit_refusals: (series, bounds) =>
    series === 'keys' ? counted('keys', bounds) : eventsHref(EVENT_KINDS.limited, rangeOf(bounds)),
  anomalies: (series, bounds) => anomalies(ANOMALY_FILTERS[series] ?? { state: 'judged' }, bounds),
  checklist: (series, bounds) => rowsOf(series === 'failing' ? 'failing_objectives' : 'objectives', bounds),
  keys: (series, bounds) => rowsOf(series === 'unused' ? 'unused_keys' : 'keys', bounds),
  deliveries: (series, { from, to }) => {
    const query = { from, to, ...(series === 'failed' ? { q: 'state:failed' } : {}) };
    return `/settings/deliveries?${new URLSearchParams(query)}`;
  },
};

/** Where the rows behind a number stand: a list of exactly those that it counts. */
export function rowsHref(metric: MetricKey, series: string, bounds: MonthBounds): string {
  return HREFS[metric](series, bounds);
}
