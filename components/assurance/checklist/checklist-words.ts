import type { ChecklistDto, ObjectiveDto, Outcome, State } from '@/lib/assurance/checklist/contract';
import { countsAgainst, isShown, type Shown } from '@/lib/assurance/checklist/rules';
import type { ChecklistShown } from './checklist-params';

export type Tone = 'neutral' | 'info' | 'success' | 'warning' | 'danger';

export const STATE_WORDS: Record<State, { tone: Tone; word: string }> = {
  fail: { tone: 'danger', word: 'Fails' },
  unknown: { tone: 'warning', word: 'Unknown' },
  stale: { tone: 'warning', word: 'Stale' },
  excepted: { tone: 'info', word: 'Exception' },
  warn: { tone: 'warning', word: 'Passing with warnings' },
  pass: { tone: 'success', word: 'Passes' },
  not_applicable: { tone: 'neutral', word: 'Does not apply' },
};

export const OUTCOME_WORDS: Record<Outcome, { tone: Tone; word: string }> = {
  pass: { tone: 'success', word: 'Pass' },
  warn: { tone: 'warning', word: 'Warning' },
  fail: { tone: 'danger', word: 'Fail' },
  not_applicable: { tone: 'neutral', word: 'Does not apply' },
  not_available: { tone: 'warning', word: 'Unknown' },
  error: { tone: 'warning', word: 'Error' },
};

const SEVERITY_ORDER = ['critical', 'high', 'medium', 'low'];

/** What somebody has to act on, failures first, then by severity. */
export function needsAttention(objectives: readonly ObjectiveDto[]): ObjectiveDto[] {
  const rank = ({ state, severity }: ObjectiveDto) =>
    (state === 'fail' ? 0 : 10) + SEVERITY_ORDER.indexOf(severity);
  return objectives.filter(({ state }) => countsAgainst(state)).sort((one, other) => rank(one) - rank(other));
}

export const SHOWN_WORDS: Record<ChecklistShown, string> = {
  failing: 'Failing',
  unknown: 'Unknown or stale',
  passing: 'Passing',
  applicable: 'Applicable',
  contradictions: 'Contradictions',
  requests: 'Exceptions awaiting approval',
};

/** One sentence for the top of the page. */
export function checklistStatus({ objectives, contradictions }: ChecklistDto): string {
  const count = (shown: Shown) => objectives.filter(({ state }) => isShown(state, shown)).length;
  const [failing, unknown] = [count('failing'), count('unknown')];
  const [green, applicable] = [count('passing'), count('applicable')];
  const parts = [
    failing > 0 ? `${failing} ${failing === 1 ? 'objective fails' : 'objectives fail'}` : '',
    unknown > 0 ? `${unknown} unknown` : '',
    contradictions.length > 0
      ? `${contradictions.length} ${contradictions.length === 1 ? 'contradiction' : 'contradictions'}`
      : '',
  ].filter((part) => part !== '');
  const excepted = applicable - green - failing - unknown;
  if (excepted > 0) parts.push(`${excepted} ${excepted === 1 ? 'exception' : 'exceptions'}`);
  if (parts.length === 0) return `All ${applicable} objectives pass.`;
  return `${parts.join(', ')}. ${green} of ${applicable} objectives pass.`;
}

/** `90d` of a number of seconds, in words. */
export function everyOf(seconds: number): string {
  const hours = seconds / 3600;
  if (hours < 1) return `every ${Math.round(seconds / 60)} minutes`;
  if (hours < 24) return `every ${Math.round(hours)} hours`;
  const days = Math.round(hours / 24);
  return days === 1 ? 'every day' : `every ${days} days`;
}
