import { type MetricKey, REFUSED_CREDENTIAL_CODES } from './contract';

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

/** Where the rows behind a number stand; null where no list shows exactly them. */
export function rowsHref(metric: MetricKey, series: string, bounds: MonthBounds | undefined): string | null {
  if (!bounds) return null;
  switch (metric) {
    case 'findings':
      return series === 'net' ? null : `/reports/metrics?rows=${series}&month=${bounds.month}`;
    case 'on_time':
    case 'time_to_patch':
      return `/reports/metrics?rows=fixed&month=${bounds.month}&severity=${series}`;
    case 'auth_failures': {
      const filter = AUTH_FILTERS[series];
      return filter ? auditHref(filter, bounds) : null;
    }
    case 'limit_refusals':
      return auditHref('code:RATE_LIMITED access:show', bounds);
    case 'open_findings':
      if (!bounds.isRunning) return null;
      return `/findings?q=${encodeURIComponent(`severity:${series}`)}`;
    case 'exploited':
      return `/findings?q=${encodeURIComponent('kev:true')}`;
    case 'anomalies':
      return `/anomalies?${new URLSearchParams({ state: series === 'true_share' ? 'true_positive' : 'any' })}`;
    case 'checklist':
      return '/checklist';
    case 'keys':
      return '/keys';
    case 'deliveries':
      return `/settings/deliveries?${new URLSearchParams({ from: bounds.from, to: bounds.to, ...(series === 'failed' ? { q: 'state:failed' } : {}) })}`;
  }
}
