import { describe, expect, it } from 'vitest';
import { bulkDecideInput } from '@/lib/assurance/findings/bulk-contract';
import { type Before, undoOf } from './undo-rules';

const AT = '2026-11-26T10:00:00.000Z';
const ids = Array.from({ length: 4 }, (_, i) => `0197c1d2-0000-7000-8000-00000000000${i}`);
const was = (place: number, decision: Partial<Before['decision']> = {}): Before => ({
  id: ids[place] ?? '',
  decision: { value: 'none', reason: null, justification: null, source: null, ...decision },
});

describe('undoOf', () => {
  it('brings each earlier decision back, the same ones together', () => {
    const person = { source: 'person' };
    const undo = undoOf(
      [
        was(0),
        was(1, { value: 'false_positive', reason: 'a test file', ...person }),
        was(2),
        was(3, { value: 'not_affected', justification: 'code_not_reachable', ...person }),
      ],
      'confirmed',
      AT,
    );
    expect(undo).toEqual([
      { ids: [ids[0], ids[2]], change: { decision: 'none' }, ifDecidedAt: AT },
      { ids: [ids[1]], change: { decision: 'false_positive', reason: 'a test file' }, ifDecidedAt: AT },
      {
        ids: [ids[3]],
        change: { decision: 'not_affected', justification: 'code_not_reachable' },
        ifDecidedAt: AT,
      },
    ]);
    for (const one of undo ?? []) expect(bulkDecideInput.safeParse(one).success).toBe(true);
  });

  it('of a lifted decision holds while there still is none', () => {
    expect(undoOf([was(0, { value: 'confirmed', source: 'person' })], 'none', AT)).toEqual([
      { ids: [ids[0]], change: { decision: 'confirmed' }, ifDecidedAt: null },
    ]);
  });

  it('offers nothing where the earlier decision was not one person’s alone', () => {
    expect(undoOf([was(0, { value: 'accepted', source: 'person' })], 'none', AT)).toBeNull();
    expect(undoOf([was(0, { value: 'not_affected', source: 'vex:1' })], 'none', AT)).toBeNull();
    expect(undoOf([was(0)], 'accepted', AT)).toBeNull();
  });
});
