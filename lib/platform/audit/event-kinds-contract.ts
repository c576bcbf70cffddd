import type { AuditFilterInput, EventIs } from './contract';

/** A filter of the log without its range: parameters of `/api/v1/audit-events`, which are those of `/audit` too. */
export type EventFilter = Omit<AuditFilterInput, 'from' | 'to'>;

/** With these codes the gate refuses a credential; a test compares them with its answers of status 401. */
export const REFUSED_CREDENTIAL_CODES = [
  'MALFORMED',
  'NOT_FOUND',
  'REVOKED',
  'ROTATED_OUT',
  'DISABLED',
  'EXPIRED',
  'NOT_YET_VALID',
  'WRONG_ISSUER',
  'WRONG_AUDIENCE',
  'BAD_SIGNATURE',
  'UNKNOWN_KEY',
  'AMBIGUOUS_CREDENTIAL',
  'KIND_NOT_ACCEPTED',
];

/** The gate could not know, or a limit said no before anybody looked at the credential. */
const UNDECIDED = ['RATE_LIMITED', 'UNAVAILABLE'];

/**
 * The kinds of events that are counted anywhere, each with one meaning: overview, weekly report, metrics, limits and
 * notifications count these, and their links list them.
 */
export const EVENT_KINDS = {
  allowed: { category: 'decision', outcome: 'success' },
  denied: { category: 'decision', outcome: 'denied' },
  /** Answered 503: nothing was decided. */
  undecided: { category: 'decision', outcome: 'failure' },
  /** At the gate, the API and sign-in. */
  limited: { code: 'RATE_LIMITED', access: 'show' },
  failedSignIns: { action: ['auth.sign_in_failed', 'auth.sign_in_denied'], 'code!': UNDECIDED },
  refusedCredentials: { action: 'auth.refused', 'code!': UNDECIDED },
  /** Credentials that the gate looked at. */
  refusedAtGate: { category: 'decision', outcome: 'denied', code: REFUSED_CREDENTIAL_CODES },
  changes: { category: 'change', outcome: 'success' },
} as const satisfies Record<string, EventFilter>;
export type EventKind = keyof typeof EVENT_KINDS;

/** What the filter `is` stands for: any of these kinds. */
export const EVENTS_THAT_ARE: Readonly<Record<EventIs, readonly EventKind[]>> = {
  auth_failure: ['failedSignIns', 'refusedCredentials', 'refusedAtGate'],
};

/** A span as links name it: ISO 8601 or relative; `from` is part of it, `to` is not. */
export interface EventRange {
  from: string;
  to?: string;
}

/** Where the console lists exactly the events of a filter. */
export function eventsHref(filter: EventFilter, range?: EventRange): string {
  const params = new URLSearchParams();
  for (const [name, value] of [...Object.entries(filter), ...Object.entries(range ?? {})])
    for (const one of [value].flat()) if (one !== undefined) params.append(name, String(one));
  return `/audit?${params}`;
}
