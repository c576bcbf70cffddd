import type { MetricKey } from './contract';

/** One number of one month, ready to be stored. */
export interface MonthValue {
  month: string;
  metric: MetricKey;
  series: string;
  value: number | null;
  n?: number;
  censored?: number;
  label?: string | null;
}

/** The months to compute, as dates of their first days in the tenant's zone, and the day that it is there. */
export interface Span {
  tenantId: string;
  timeZone: string;
  from: string;
  /** The month that runs. */
  running: string;
  today: string;
}
