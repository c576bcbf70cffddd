import { parseAsStringLiteral } from 'nuqs/server';
import type { ChecklistDto } from '@/lib/assurance/checklist/contract';
import { isShown, SHOWN_NAMES, type Shown } from '@/lib/assurance/checklist/rules';

/** What the page may be asked to show instead of everything. */
export type ChecklistShown = Shown | 'contradictions' | 'requests';
const SHOWN: readonly ChecklistShown[] = [...SHOWN_NAMES, 'contradictions', 'requests'];

/** What the page of the checklist keeps in the URL; the same parser works on the server. */
export const checklistParsers = { show: parseAsStringLiteral(SHOWN) };

type Parts = Pick<ChecklistDto, 'objectives' | 'contradictions' | 'requests'>;

/** The rows of one view. */
export function shownOf({ objectives, contradictions, requests }: Parts, show: ChecklistShown): Parts {
  const none: Parts = { objectives: [], contradictions: [], requests: [] };
  if (show === 'contradictions') return { ...none, contradictions };
  if (show === 'requests') return { ...none, requests };
  return { ...none, objectives: objectives.filter(({ state }) => isShown(state, show)) };
}
