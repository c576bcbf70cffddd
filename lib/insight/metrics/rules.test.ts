import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AUTHORIZE_STATUS } from '@/lib/access/gate/codes';
import { REFUSED_CREDENTIAL_CODES } from '@/lib/platform/audit/event-kinds-contract';
import { addMonths, type EpisodeEvent, episodesOf, monthsBetween, timeToPatch, type Watched } from './rules';

describe('months', () => {
  it('go over the end of a year and back', () => {
    expect(addMonths('2026-11', 2)).toBe('2027-01');
    expect(addMonths('2026-01', -1)).toBe('2025-12');
    expect(monthsBetween('2025-11', '2026-02')).toEqual(['2025-11', '2025-12', '2026-01', '2026-02']);
    fc.assert(
      fc.property(fc.integer({ min: -400, max: 400 }), (months) => {
        expect(addMonths(addMonths('2026-06', months), -months)).toBe('2026-06');
      }),
    );
  });
});

const patched = (days: number, count = 1): Watched => ({ days, isPatched: true, count });
const open = (days: number, count = 1): Watched => ({ days, isPatched: false, count });

/** The product written out over the single episodes, sorted, as the textbook does it by hand. */
function naive(watched: readonly Watched[]): number | null {
  const each = watched.flatMap(({ days, isPatched, count }) =>
    Array.from({ length: count }, () => ({ days, isPatched })),
  );
  let surviving = 1;
  for (const day of [...new Set(each.map(({ days }) => days))].sort((a, b) => a - b)) {
    const atRisk = each.filter(({ days }) => days >= day).length;
    const events = each.filter(({ days, isPatched }) => days === day && isPatched).length;
    surviving *= (atRisk - events) / atRisk;
    if (events > 0 && surviving <= 0.5 + 1e-12) return day;
  }
  return null;
}

describe('the time to patch', () => {
  it('is the median where nothing is censored', () => {
    expect(timeToPatch([patched(1), patched(5), patched(9)])).toEqual({ medianDays: 5, n: 3, censored: 0 });
    expect(timeToPatch([patched(2), patched(4)])).toEqual({ medianDays: 2, n: 2, censored: 0 });
  });

  it('agrees with the remission times of the 6-MP group (Freireich 1963): median 23', () => {
    const remissions = [6, 6, 6, 7, 10, 13, 16, 22, 23].map((days) => patched(days));
    const censored = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35].map((days) => open(days));
    expect(timeToPatch([...censored, ...remissions])).toEqual({ medianDays: 23, n: 21, censored: 12 });
  });

  it('says nothing where fewer than half were patched, and nothing of nothing', () => {
    expect(timeToPatch([patched(1), open(30), open(30)]).medianDays).toBeNull();
    expect(timeToPatch([])).toEqual({ medianDays: null, n: 0, censored: 0 });
  });

  it('does not flatter itself by leaving open episodes out', () => {
    const closed = [patched(3), patched(4), patched(5)];
    expect(timeToPatch(closed).medianDays).toBe(4);
    expect(timeToPatch([...closed, open(200, 4)]).medianDays).toBeNull();
  });

  it('is what the product over single episodes gives', () => {
    const one = fc.record({
      days: fc.integer({ min: 0, max: 40 }),
      isPatched: fc.boolean(),
      count: fc.integer({ min: 1, max: 4 }),
    });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 60 }), (watched) => {
        expect(timeToPatch(watched).medianDays).toBe(naive(watched));
      }),
    );
  });
});

const at = (day: number) => new Date(Date.UTC(2026, 0, day)).toISOString();
const opened = (day: number, severity = 'high'): EpisodeEvent => ({
  at: at(day),
  changes: { severity, detection: 'present', openedAt: at(day), dueAt: at(day + 30), fixedAt: null },
});
const fixed = (day: number, saidOn = day): EpisodeEvent => ({
  at: at(saidOn),
  changes: { detection: 'absent', fixedAt: at(day) },
});
const decided = (day: number, decision: string): EpisodeEvent => ({ at: at(day), changes: { decision } });

describe('episodes', () => {
  it('begin with what opens a finding and end with the run that misses it', () => {
    expect(episodesOf('vulnerability', [opened(1), fixed(9, 12)])).toEqual([
      { severity: 'high', openedAt: at(1), endedAt: at(9), ending: 'fixed', isReopened: false, inTime: true },
    ]);
    expect(episodesOf('vulnerability', [opened(1), fixed(60)])[0]?.inTime).toBe(false);
  });

  it('come again where a finding comes back', () => {
    const episodes = episodesOf('vulnerability', [opened(1), fixed(5), opened(20, 'critical')]);
    expect(episodes.map(({ ending, isReopened, severity }) => [ending, isReopened, severity])).toEqual([
      ['fixed', false, 'high'],
      ['open', true, 'critical'],
    ]);
  });

  it.each(['false_positive', 'not_affected', 'suppressed_in_tool'])(
    'end by %s, and go on where it is taken back',
    (decision) => {
      const dismissed = [opened(1), decided(3, decision)];
      expect(episodesOf('vulnerability', dismissed)[0]).toMatchObject({
        ending: 'dismissed',
        endedAt: at(3),
      });
      expect(episodesOf('vulnerability', [...dismissed, decided(4, 'none')])[0]).toMatchObject({
        ending: 'open',
        endedAt: null,
      });
      expect(episodesOf('vulnerability', [...dismissed, fixed(9)])[0]).toMatchObject({
        ending: 'dismissed',
        endedAt: at(3),
      });
    },
  );

  it('do not end by an acceptance, and a fix stays one whatever is decided later', () => {
    expect(episodesOf('vulnerability', [opened(1), decided(2, 'accepted')])[0]?.ending).toBe('open');
    const late = episodesOf('vulnerability', [opened(1), fixed(5), decided(8, 'false_positive')]);
    expect(late).toMatchObject([{ ending: 'fixed', endedAt: at(5) }]);
  });

  it('end for a secret with its rotation, though a history scan sees it for ever', () => {
    expect(episodesOf('secret', [opened(1), decided(4, 'resolved_manually')])[0]).toMatchObject({
      ending: 'fixed',
      endedAt: at(4),
    });
    expect(episodesOf('vulnerability', [opened(1), decided(4, 'resolved_manually')])[0]?.ending).toBe('open');
  });
});

it('counts as refused credentials what the gate answers 401, but for requests without one', () => {
  const of401 = Object.entries(AUTHORIZE_STATUS).filter(
    ([code, status]) => status === 401 && code !== 'NO_CREDENTIAL',
  );
  expect([...REFUSED_CREDENTIAL_CODES].sort()).toEqual(of401.map(([code]) => code).sort());
});
