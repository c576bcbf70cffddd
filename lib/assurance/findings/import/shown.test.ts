import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SEVERITIES } from '@/lib/assurance/findings/contract';
import { mergedAttributes, ratingOf, shownSeverity, speaksForAsset, UNRATED, type Views } from './shown';

const view = (more: Partial<Views> = {}): Views => ({
  branch: 'main',
  rating: 1,
  severity: 'high',
  stored: { severity: 'high', isUnrated: false },
  others: [],
  defaultBranch: 'main',
  ...more,
});
const other = (branch: string, rating: number | null) => ({ id: 'f', branch, rating });

describe('the severity that is shown', () => {
  it('is the worst of the default branch; another branch neither lowers nor raises it', () => {
    const request = { branch: 'feature', rating: 3, severity: 'low' as const };
    expect(shownSeverity(view({ ...request, others: [other('main', 0)] })).severity).toBe('critical');
    expect(shownSeverity(view({ ...request, rating: 0, others: [other('main', 3)] })).severity).toBe('low');
    expect(shownSeverity(view({ rating: 2, others: [other('feature', 0)] })).severity).toBe('medium');
    expect(shownSeverity(view({ rating: 2, others: [other('main', 0)] })).severity).toBe('critical');
  });

  it('is the worst of the other branches where the default one does not see it', () => {
    const request = view({ branch: 'feature', rating: 3, others: [other('release', 1)] });
    expect(shownSeverity(request).severity).toBe('high');
    expect(speaksForAsset(request)).toBe(true);
  });

  it('is not replaced by that of a scanner that rates nothing', () => {
    const unrated = { rating: UNRATED, severity: 'medium' as const };
    const stored = { severity: 'critical' as const, isUnrated: false };
    expect(shownSeverity(view({ ...unrated, stored }))).toEqual(stored);
    expect(shownSeverity(view({ ...unrated, stored, others: [other('main', 1)] })).severity).toBe('high');
    expect(shownSeverity(view({ ...unrated, stored: { severity: 'low', isUnrated: true } }))).toEqual({
      severity: 'medium',
      isUnrated: true,
    });
  });

  it('counts a row of an earlier version with what was shown', () => {
    expect(shownSeverity(view({ rating: 3, others: [other('main', null)] })).severity).toBe('high');
  });

  it('is the same in whatever order the streams run', () => {
    const streams = fc.array(fc.tuple(fc.constantFrom('main', 'a', 'b'), fc.integer({ min: 0, max: 4 })), {
      minLength: 1,
      maxLength: 6,
    });
    const shownAfter = (runs: readonly (readonly [string, number])[]) => {
      let stored: Views['stored'] | null = null;
      const live: ReturnType<typeof other>[] = [];
      for (const [branch, rating] of runs) {
        const severity = SEVERITIES[rating] ?? 'info';
        stored = stored
          ? shownSeverity(view({ branch, rating, severity, stored, others: [...live] }))
          : { severity, isUnrated: false };
        live.push(other(branch, rating));
      }
      return stored?.severity;
    };
    fc.assert(
      fc.property(
        streams.chain((runs) =>
          fc.tuple(fc.constant(runs), fc.shuffledSubarray(runs, { minLength: runs.length })),
        ),
        ([runs, shuffled]) => {
          expect(shownAfter(shuffled)).toBe(shownAfter(runs));
        },
      ),
    );
  });
});

describe('what is shown beside it', () => {
  const stored = {
    ruleId: 'CVE-2024-7001',
    aliases: ['GHSA-aaaa-bbbb-cccc'],
    title: 'Prototype pollution',
    package: 'lodash',
    path: null,
    details: { installedVersion: '1.0.0', cwes: ['CWE-1'], cvssScore: 9.8 },
  };

  it('is not wiped by a report that does not know it', () => {
    const bare = { ...stored, aliases: [], title: 'CVE-2024-7001', package: null, details: { cwes: [] } };
    expect(mergedAttributes(bare, stored, false)).toEqual({
      ...stored,
      details: { ...stored.details, isUnrated: undefined },
    });
  });

  it('follows the report where it does', () => {
    const now = { ...stored, title: 'Prototype pollution in lodash', details: { installedVersion: '1.0.1' } };
    expect(mergedAttributes(now, stored, false)).toMatchObject({
      title: 'Prototype pollution in lodash',
      details: { installedVersion: '1.0.1', cvssScore: 9.8 },
    });
  });

  it('ratings are ranks, or none', () => {
    expect(ratingOf({ severity: 'critical' })).toBe(0);
    expect(ratingOf({ severity: 'medium', isUnrated: true })).toBe(UNRATED);
  });
});
