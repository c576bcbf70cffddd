import type { BulkDecideInput, DecideFindingInput, FindingDto } from '@/lib/findings/contract';

type Choice = DecideFindingInput['decision'];

const RESTORABLE: readonly string[] = ['confirmed', 'false_positive', 'not_affected', 'resolved_manually'];

function restoreOf({ decision }: FindingDto): DecideFindingInput | null {
  if (decision.value === 'none') return { decision: 'none' };
  if (decision.source !== 'person' || !RESTORABLE.includes(decision.value)) return null;
  return {
    decision: decision.value as Choice,
    ...(decision.reason ? { reason: decision.reason } : {}),
    ...(decision.justification
      ? { justification: decision.justification as DecideFindingInput['justification'] }
      : {}),
  };
}

/**
 * What brings the earlier decisions back, one entry for each that was different.
 * @returns null where it cannot: somebody approved it, a report said it, or an acceptance was only asked for
 */
export function undoOf(before: readonly FindingDto[], change: Choice): BulkDecideInput[] | null {
  if (change === 'accepted') return null;
  const groups = new Map<string, BulkDecideInput>();
  for (const finding of before) {
    const restore = restoreOf(finding);
    if (restore === null) return null;
    const text = JSON.stringify(restore);
    groups.set(text, { ids: [...(groups.get(text)?.ids ?? []), finding.id], change: restore });
  }
  return [...groups.values()];
}

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
