import { type CountedKey, type MetricKey, REFUSED_CREDENTIAL_CODES } from './contract';

/** A month with the moments at which it begins and ends. */
export interface MonthBounds {
  month: string;
  from: string;
  to: string;
  /** It is not over yet, so what is open now is what is open at its end. */
  isRunning: boolean;
}

/** Rows of the record, as its screen shows them. */
function auditHref(q: string, { from, to }: MonthBounds): string {
  return `/audit?${new URLSearchParams({ q, from, to })}`;
}

const anyOf = (field: string, values: readonly string[]) =>
  values.map((value) => `${field}:${value}`).join(' ');

const AUTH_FILTERS: Record<string, string> = {
  sign_in: 'action:auth.sign_in_failed action:auth.sign_in_denied -code:RATE_LIMITED -code:UNAVAILABLE',
  api: 'action:auth.refused -code:RATE_LIMITED -code:UNAVAILABLE',
  gate: `category:decision outcome:denied ${anyOf('code', REFUSED_CREDENTIAL_CODES)}`,
};

type Href = (series: string, bounds: MonthBounds) => string | null;

const findings = (rows: string, { month }: MonthBounds) => `/reports/metrics?rows=${rows}&month=${month}`;
const counted = (of: CountedKey, { month }: MonthBounds) => `/reports/metrics?of=${of}&month=${month}`;
const list = (path: string, q: string) => `${path}?${new URLSearchParams({ q })}`;

const HREFS: Readonly<Record<MetricKey, Href>> = {
  findings: (series, bounds) => (series === 'net' ? null : findings(series, bounds)),
  open_findings: (series, bounds) => `${findings('open', bounds)}&severity=${series}`,
  time_to_patch: (series, bounds) => `${findings('watched', bounds)}&severity=${series}`,
  on_time: (series, bounds) => `${findings('fixed', bounds)}&severity=${series}`,
  exploited: (series, { isRunning }) =>
    isRunning ? list('/findings', series === 'overdue' ? 'kev:true sla:overdue' : 'kev:true') : null,
  auth_failures: (series, bounds) =>
    series === 'actors' || series === 'addresses'
      ? counted(series, bounds)
      : auditHref(AUTH_FILTERS[series === 'per_1000' ? 'sign_in' : series] ?? '', bounds),
  limit_refusals: (series, bounds) =>
    series === 'keys' ? counted('keys', bounds) : auditHref('code:RATE_LIMITED access:show', bounds),
  anomalies: (series) => `/anomalies?state=${series === 'true_share' ? 'true_positive' : 'any'}`,
  checklist: (_, bounds) =>
    bounds.isRunning ? '/checklist' : auditHref('action:checklist.run_finished', bounds),
  keys: (_, { isRunning }) => (isRunning ? '/keys' : null),
  deliveries: (series, { from, to }) => {
    const query = { from, to, ...(series === 'failed' ? { q: 'state:failed' } : {}) };
    return `/settings/deliveries?${new URLSearchParams(query)}`;
  },
};

/** Where the rows behind a number stand; null where no list shows exactly them. */
export function rowsHref(metric: MetricKey, series: string, bounds: MonthBounds | undefined): string | null {
  return bounds ? HREFS[metric](series, bounds) : null;
}
