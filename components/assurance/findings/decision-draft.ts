import type { DecideFindingInput } from '@/lib/assurance/findings/contract';

type Choice = DecideFindingInput['decision'];

/** The day so many days from now, as a date field wants it. */
export function dayAfter(days: number, now = new Date()): string {
  return new Date(now.getTime() + days * 86_400_000).toISOString().slice(0, 10);
}

export interface DecisionDraft {
  decision: Choice;
  reason: string;
  justification: string;
  /** A day; the acceptance lasts until it is over in UTC. */
  untilDay: string;
}

/** What a filled form asks of the API. */
export function inputOf({ decision, reason, justification, untilDay }: DecisionDraft): DecideFindingInput {
  return {
    decision,
    ...(reason.trim() ? { reason: reason.trim() } : {}),
    ...(decision === 'not_affected' && justification
      ? { justification: justification as DecideFindingInput['justification'] }
      : {}),
    ...(decision === 'accepted' && untilDay ? { until: `${untilDay}T23:59:59.000Z` } : {}),
  };
}
