import { describe, expect, it } from 'vitest';
import { changesOf, draftOf } from './secret-draft';

const secret = {
  owner: { userId: 'u1', name: 'Ada' },
  intervalDays: 90,
  intervalFrom: 'standard',
  rotatedAt: '2026-11-01T10:00:00.000Z',
  rotatedFrom: 'backend',
  tags: ['db'],
  note: null,
} as const;
const editable = { ...secret, tags: [...secret.tags] };

describe('the form of a secret', () => {
  it('sends nothing where nothing was changed', () => {
    expect(changesOf(editable, draftOf(editable))).toEqual({});
  });

  it('sends what was changed and nothing else', () => {
    const draft = { ...draftOf(editable), ownerUserId: null, intervalDays: '30', note: ' leaves in May ' };
    expect(changesOf(editable, draft)).toEqual({
      ownerUserId: null,
      intervalDays: 30,
      note: 'leaves in May',
    });
  });

  it('takes an interval back to the standard', () => {
    const personal = { ...editable, intervalFrom: 'person' as const };
    expect(draftOf(personal).intervalDays).toBe('90');
    expect(changesOf(personal, { ...draftOf(personal), intervalDays: '' })).toEqual({ intervalDays: null });
  });

  it.each(['0', '-1', '1.5', 'monthly', '99999'])('refuses the interval %s', (intervalDays) => {
    expect(changesOf(editable, { ...draftOf(editable), intervalDays })).toMatch(/whole number/);
  });

  it('records the date that a person knows', () => {
    const unknown = { ...editable, rotatedAt: null, rotatedFrom: null };
    const draft = { ...draftOf(unknown), rotatedOn: '2026-05-01' };
    expect(changesOf(unknown, draft)).toEqual({ rotatedAt: '2026-05-01T00:00:00Z' });
  });
});
