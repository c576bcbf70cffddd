import { createParser, parseAsString, parseAsStringLiteral } from 'nuqs/server';
import { monthText } from '@/lib/insight/metrics/contract';
import { ANOMALY_KINDS, ANOMALY_MUTED_ASKED, ANOMALY_STATES_ASKED } from '@/lib/response/anomalies/contract';

/** What the page of anomalies keeps in the URL; the same parsers work on the server. */
export const anomalyParsers = {
  state: parseAsStringLiteral(ANOMALY_STATES_ASKED).withDefault('open'),
  rule: parseAsStringLiteral(ANOMALY_KINDS),
  muted: parseAsStringLiteral(ANOMALY_MUTED_ASKED).withDefault('hide'),
  /** Found in this month, `2026-11`. */
  month: createParser({ parse: (text) => monthText.safeParse(text).data ?? null, serialize: String }),
  open: parseAsString,
};
