import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LEVELS, type Level, type StandingItemDto } from './contract';
import {
  countedText,
  headlineOf,
  inOrder,
  levelOfAnomaly,
  levelOfExpiry,
  levelOfFinding,
  levelOfObjective,
  levelOfPart,
  levelOfPending,
  standingOf,
  worstOf,
} from './rules';

const item = (level: Level, text = `a ${level} one`): StandingItemDto => ({
  key: `test.${text}`,
  level,
  count: 1,
  text,
  names: [],
  remedy: '',
  action: '',
  href: '/overview',
  since: null,
  until: null,
});

describe('the headline', () => {
  it.each<[string, StandingItemDto[], string, string]>([
    ['nothing at all', [], 'ok', 'No open actions.'],
    ['one suggestion', [item('info')], 'info', 'No open actions. 1 suggestion.'],
    ['suggestions', [item('info'), item('info')], 'info', 'No open actions. 2 suggestions.'],
    [
      'something unknown',
      [item('info'), item('unknown', '2 objectives are unknown')],
      'unknown',
      'No problems found, but some data is missing. 2 objectives are unknown.',
    ],
    [
      'two unknown',
      [item('unknown'), item('unknown')],
      'unknown',
      'No problems found, but some data is missing. a unknown one, plus 1 more open action.',
    ],
    ['a warning', [item('warning', '1 scan is held')], 'warning', 'Nothing urgent. 1 scan is held.'],
    [
      'a warning beside something unknown and a suggestion',
      [item('unknown'), item('info'), item('warning', '1 scan is held')],
      'warning',
      'Nothing urgent. 1 scan is held, plus 1 more open action.',
    ],
    ['a danger alone', [item('danger', '1 key expired')], 'danger', '1 key expired.'],
    [
      'everything',
      [item('info'), item('unknown'), item('warning'), item('danger', '1 key expired'), item('danger')],
      'danger',
      '1 key expired, plus 3 more open actions.',
    ],
  ])('says of %s what it comes to', (_, items, level, headline) => {
    expect(headlineOf(items)).toEqual({ level, headline });
  });

  it('is calm only where nothing fails, is held or is unknown', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...LEVELS)), (levels) => {
        const { level, headline } = headlineOf(levels.map((one) => item(one)));
        const isCalm = levels.every((one) => one === 'info');
        expect(headline.startsWith('No open actions')).toBe(isCalm);
        expect(level).toBe(worstOf(levels) ?? 'ok');
      }),
    );
  });

  it('puts the worst first and keeps the order within a level', () => {
    const items = [item('info'), item('danger', 'b'), item('unknown'), item('danger', 'a'), item('warning')];
    expect(inOrder(items).map(({ text }) => text)).toEqual([
      'b',
      'a',
      'a warning one',
      'a unknown one',
      'a info one',
    ]);
    expect(standingOf(items, '2026-12-01T00:00:00.000Z')).toMatchObject({
      asOf: '2026-12-01T00:00:00.000Z',
      level: 'danger',
      items: [{ text: 'b' }, { text: 'a' }, {}, {}, {}],
    });
  });
});

describe('levels', () => {
  it.each([
    [0, 'danger'],
    [1, 'danger'],
    [2, 'warning'],
    [7, 'warning'],
    [8, 'info'],
  ] as const)('of a key with %d days left is %s', (days, level) => expect(levelOfExpiry(days)).toBe(level));

  it.each([
    [7, true, 'danger'],
    [6, true, 'warning'],
    [7, false, 'warning'],
    [3, false, 'warning'],
    [2, true, 'info'],
  ] as const)('of a secret unused for %d days, the old one ending: %s, is %s', (days, ends, level) =>
    expect(levelOfPending(days, ends)).toBe(level),
  );

  it.each([
    ['critical', false, false, 'danger'],
    ['low', true, false, 'danger'],
    ['high', false, true, 'danger'],
    ['high', false, false, 'warning'],
    ['low', false, true, 'warning'],
    ['medium', false, false, 'info'],
  ] as const)(
    'of a %s finding, exploited: %s, overdue: %s, is %s',
    (severity, isExploited, isOverdue, level) =>
      expect(levelOfFinding({ severity, isExploited, isOverdue })).toBe(level),
  );

  it('never calls unknown a failure, nor well', () => {
    expect(levelOfObjective('unknown', 'critical')).toBe('unknown');
    expect(levelOfObjective('stale', 'critical')).toBe('unknown');
    expect(levelOfObjective('fail', 'critical')).toBe('danger');
    expect(levelOfObjective('fail', 'low')).toBe('warning');
    expect(levelOfPart('unknown')).toBe('unknown');
    expect([levelOfPart('down'), levelOfPart('degraded')]).toEqual(['danger', 'warning']);
    expect(['critical', 'high', 'medium', 'low'].map(levelOfAnomaly)).toEqual([
      'danger',
      'warning',
      'warning',
      'info',
    ]);
  });
});

describe('words', () => {
  it('count in the singular and the plural', () => {
    const words = { one: 'key expires', many: 'keys expire' };
    expect([0, 1, 2, 12_000].map((count) => countedText(count, words))).toEqual([
      '0 keys expire',
      '1 key expires',
      '2 keys expire',
      '12,000 keys expire',
    ]);
  });
});
