import { describe, expect, it } from 'vitest';
import { decideFindingInput, type FindingDto } from '@/lib/findings/contract';
import { dayAfter, inputOf, undoOf } from './decision.utils';
import { testFinding } from './test-finding';

const decided = (id: string, decision: Partial<FindingDto['decision']>) =>
  testFinding({ id, decision: { ...testFinding().decision, ...decision } });

describe('undoOf', () => {
  it('brings each earlier decision back, the same ones together', () => {
    const person = { source: 'person' };
    const before = [
      decided('a', {}),
      decided('b', { value: 'false_positive', reason: 'a test file', ...person }),
      decided('c', {}),
      decided('d', { value: 'not_affected', justification: 'code_not_reachable', ...person }),
    ];
    const inputs = undoOf(before, 'confirmed');
    expect(inputs).toEqual([
      { ids: ['a', 'c'], change: { decision: 'none' } },
      { ids: ['b'], change: { decision: 'false_positive', reason: 'a test file' } },
      { ids: ['d'], change: { decision: 'not_affected', justification: 'code_not_reachable' } },
    ]);
    for (const { change } of inputs ?? []) expect(decideFindingInput.safeParse(change).success).toBe(true);
  });

  it('offers nothing where the earlier decision was not one person’s alone', () => {
    expect(undoOf([decided('a', { value: 'accepted', source: 'person' })], 'none')).toBeNull();
    expect(undoOf([decided('a', { value: 'not_affected', source: 'vex:1' })], 'none')).toBeNull();
    expect(undoOf([decided('a', {})], 'accepted')).toBeNull();
  });
});

describe('inputOf', () => {
  const draft = { reason: ' why ', justification: 'code_not_present', untilDay: '2027-01-31' };

  it('sends only what the decision takes', () => {
    expect(inputOf({ decision: 'accepted', ...draft })).toEqual({
      decision: 'accepted',
      reason: 'why',
      until: '2027-01-31T23:59:59.000Z',
    });
    expect(inputOf({ decision: 'not_affected', ...draft, reason: ' ' })).toEqual({
      decision: 'not_affected',
      justification: 'code_not_present',
    });
  });

  it('is refused by the contract where something lacks', () => {
    const lacking = inputOf({ decision: 'accepted', reason: '', justification: '', untilDay: '' });
    const issues = decideFindingInput.safeParse(lacking).error?.issues.map(({ path }) => path[0]);
    expect(issues).toEqual(['reason', 'until']);
  });
});

it('names a day', () => {
  expect(dayAfter(90, new Date('2026-11-22T23:00:00Z'))).toBe('2027-02-20');
});
