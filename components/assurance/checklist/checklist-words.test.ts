import { describe, expect, it } from 'vitest';
import type { ChecklistDto, ObjectiveDto } from '@/lib/assurance/checklist/contract';
import { checklistStatus, everyOf, needsAttention } from './checklist-words';

const objective = (
  key: string,
  state: ObjectiveDto['state'],
  severity: ObjectiveDto['severity'] = 'high',
): ObjectiveDto => ({
  key,
  title: key,
  why: '',
  stage: 'ongoing',
  severity,
  owner: null,
  refs: [],
  state,
  change: null,
  regression: null,
  checks: [],
});

describe('what needs me', () => {
  it('is what counts against, failures and the severe first', () => {
    const all = [
      objective('stale', 'stale', 'critical'),
      objective('low', 'fail', 'low'),
      objective('well', 'pass'),
      objective('accepted', 'excepted'),
      objective('worst', 'fail', 'critical'),
    ];
    expect(needsAttention(all).map(({ key }) => key)).toEqual(['worst', 'low', 'stale']);
  });

  it('is said in one sentence', () => {
    const of = (objectives: ObjectiveDto[]) =>
      checklistStatus({ objectives, contradictions: [] } as unknown as ChecklistDto);
    expect(of([objective('a', 'pass'), objective('b', 'warn')])).toBe('All 2 objectives pass.');
    expect(of([objective('a', 'fail'), objective('b', 'stale'), objective('c', 'pass')])).toBe(
      '1 objective fails, 1 unknown. 1 of 3 objectives pass.',
    );
  });

  it('writes cadences in words', () => {
    expect([300, 7200, 86_400, 7 * 86_400].map(everyOf)).toEqual([
      'every 5 minutes',
      'every 2 hours',
      'every day',
      'every 7 days',
    ]);
  });
});
