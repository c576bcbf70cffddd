import {
  COUNTED_KEYS,
  type CountedKey,
  FINDING_SERIES,
  type FindingSeries,
  type KeySeries,
  type ObjectiveSeries,
} from '@/lib/insight/metrics/rows-contract';

export interface FindingsAsked {
  list: 'findings';
  month: string;
  series: FindingSeries;
  severity: string | null;
}
export interface KeysAsked {
  list: 'keys';
  month: string;
  series: KeySeries;
}
export interface ObjectivesAsked {
  list: 'objectives';
  month: string;
  series: ObjectiveSeries;
}
export interface CountsAsked {
  list: 'counts';
  month: string;
  of: CountedKey;
}
/** Which rows are shown beside the numbers. */
export type RowsAsked = FindingsAsked | KeysAsked | ObjectivesAsked | CountsAsked;

interface Url {
  rows: string | null;
  of: string | null;
  month: string | null;
  severity: string | null;
}

/** The rows that an address of the page asks for, as `lib/insight/metrics/rows-href.ts` writes it; null: none. */
export function rowsAsked({ rows, of, month, severity }: Url): RowsAsked | null {
  if (!month) return null;
  const counted = COUNTED_KEYS.find((key) => key === of);
  if (counted) return { list: 'counts', month, of: counted };
  const series = FINDING_SERIES.find((name) => name === rows);
  if (series) return { list: 'findings', month, series, severity };
  switch (rows) {
    case 'keys':
      return { list: 'keys', month, series: 'usable' };
    case 'unused_keys':
      return { list: 'keys', month, series: 'unused' };
    case 'objectives':
      return { list: 'objectives', month, series: 'applicable' };
    case 'failing_objectives':
      return { list: 'objectives', month, series: 'failing' };
    default:
      return null;
  }
}
