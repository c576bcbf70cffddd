import type { UndoDto } from '@/lib/assurance/findings/bulk-contract';
import type { DecideFindingInput, FindingDto } from '@/lib/assurance/findings/contract';

type Decision = DecideFindingInput['decision'];

/** What was decided before. */
export interface Before {
  id: string;
  decision: Pick<FindingDto['decision'], 'value' | 'reason' | 'justification' | 'source'>;
}

const RESTORABLE: readonly string[] = ['confirmed', 'false_positive', 'not_affected', 'resolved_manually'];

function restoreOf({ value, reason, justification, source }: Before['decision']): DecideFindingInput | null {
  if (value === 'none') return { decision: 'none' };
  if (source !== 'person' || !RESTORABLE.includes(value)) return null;
  return {
    decision: value as Decision,
    ...(reason ? { reason } : {}),
    ...(justification ? { justification: justification as DecideFindingInput['justification'] } : {}),
  };
}

/**
 * What brings the earlier decisions back, one entry for each that was different, where nobody decided again since.
 * @param at when `change` was decided
 * @returns null where it cannot: somebody approved it, a report said it, or an acceptance was only asked for
 */
export function undoOf(before: readonly Before[], change: Decision, at: string): UndoDto[] | null {
  if (change === 'accepted') return null;
  const ifDecidedAt = change === 'none' ? null : at;
  const groups = new Map<string, { ids: string[]; change: DecideFindingInput; ifDecidedAt: string | null }>();
  for (const { id, decision } of before) {
    const restore = restoreOf(decision);
    if (restore === null) return null;
    const text = JSON.stringify(restore);
    const group = groups.get(text) ?? { ids: [], change: restore, ifDecidedAt };
    group.ids.push(id);
    groups.set(text, group);
  }
  return [...groups.values()];
}
