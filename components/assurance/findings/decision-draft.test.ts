import { describe, expect, it } from 'vitest';
import { decideFindingInput } from '@/lib/assurance/findings/contract';
import { dayAfter, inputOf } from './decision-draft';

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
