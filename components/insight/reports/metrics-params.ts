import { createParser, parseAsBoolean, parseAsNumberLiteral, parseAsString } from 'nuqs/server';
import { monthText } from '@/lib/insight/metrics/contract';

/** What the page of metrics keeps in the URL; the same parsers work on the server. */
export const metricParsers = {
  months: parseAsNumberLiteral([6, 12, 24] as const).withDefault(12),
  compare: parseAsBoolean.withDefault(false),
  rows: parseAsString,
  of: parseAsString,
  month: createParser({ parse: (text) => monthText.safeParse(text).data ?? null, serialize: String }),
  severity: parseAsString,
};
