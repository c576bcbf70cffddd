import { parseAsBoolean, parseAsString, parseAsStringLiteral } from 'nuqs/server';
import { ANOMALY_STATES, type AnomalyState, RULE_KEYS } from '@/lib/anomalies/contract';

export const STATES = [...(Object.keys(ANOMALY_STATES) as AnomalyState[]), 'any'] as const;

/** What the page of anomalies keeps in the URL; the same parsers work on the server. */
export const anomalyParsers = {
  state: parseAsStringLiteral(STATES).withDefault('open'),
  rule: parseAsStringLiteral(RULE_KEYS),
  muted: parseAsBoolean.withDefault(false),
  open: parseAsString,
};
