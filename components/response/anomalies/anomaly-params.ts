import { createParser, parseAsString, parseAsStringLiteral } from 'nuqs/server';
import { z } from 'zod';
import { monthText } from '@/lib/insight/metrics/contract';
import {
  ANOMALY_MUTED_ASKED,
  ANOMALY_STATES_ASKED,
  type ListAnomaliesInput,
  RULE_KEYS,
} from '@/lib/response/anomalies/contract';

const moment = createParser({
  parse: (text) => z.iso.datetime().safeParse(text).data ?? null,
  serialize: String,
});

/** What the page of anomalies keeps in the URL; the same parsers work on the server. */
export const anomalyParsers = {
  state: parseAsStringLiteral(ANOMALY_STATES_ASKED).withDefault('open'),
  rule: parseAsStringLiteral(RULE_KEYS),
  muted: parseAsStringLiteral(ANOMALY_MUTED_ASKED).withDefault('hide'),
  /** Found in this month, `2026-11`. */
  month: createParser({ parse: (text) => monthText.safeParse(text).data ?? null, serialize: String }),
  /** Found within this span, ISO 8601 in UTC. */
  from: moment,
  to: moment,
  open: parseAsString,
};

type Filter = Record<'state' | 'muted', string> & Record<'rule' | 'month' | 'from' | 'to', string | null>;

/** What the URL asks, as the query takes it where the API is not in between. */
export function anomalyInputOf(filter: Filter): ListAnomaliesInput {
  const given = Object.entries(filter).filter(([, value]) => value !== null);
  return Object.fromEntries(given) as ListAnomaliesInput;
}
