import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS } from '@/lib/platform/core/clock';
import { type Activity, History, LocalClock } from './activity';
import { replay } from './replay-rule';
import type { AnomalyRule, Candidate } from './rule';
import { RULES, standardParameters } from './rule-list';
import { median, medianDeviation, modifiedZ } from './statistics';

/** A Monday, 10:00 UTC. */
const NOW = Date.parse('2026-11-23T10:00:00Z');

const row = (given: Partial<Activity>): Activity => ({
  hourMs: NOW,
  actor: 'user:ada',
  label: 'ada',
  action: 'key.created',
  network: '192.0.2.0/24',
  result: 'ok',
  count: 1,
  ...given,
});

/** The same at this hour on each of the days before, the oldest first. */
const daily = (days: number, given: Partial<Activity> = {}, hour = 0): Activity[] =>
  Array.from({ length: days }, (_, i) =>
    row({ ...given, hourMs: NOW - (days - i) * DAY_MS + hour * HOUR_MS }),
  );

function look(
  rule: AnomalyRule,
  past: readonly Activity[],
  now: readonly Activity[],
  more: Record<string, number> = {},
): Candidate[] {
  const history = new History(new LocalClock('UTC'));
  for (const one of [...past].sort((a, b) => a.hourMs - b.hourMs)) history.add(one);
  const parameters = { ...standardParameters(rule), ...more };
  return rule.evaluate({ hourMs: NOW, rows: now, isOver: true, history, parameters });
}
const sentences = (found: readonly Candidate[]) => found.map(({ sentence }) => sentence);

describe('the statistics', () => {
  it('are those of the textbook', () => {
    expect(median([1, 2, 3, 4])).toBe(2.5);
    expect(medianDeviation([1, 1, 2, 2, 4, 6, 9])).toBe(1);
    expect(modifiedZ(9, [1, 1, 2, 2, 4, 6, 9])).toBeCloseTo((0.6745 * 7) / 1, 6);
    expect(modifiedZ(19, [9, 9, 9])).toBeCloseTo(10 / 3, 6);
  });

  it('grow with what is observed, and a constant past never divides by zero', () => {
    const counts = fc.array(fc.nat(1000), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(counts, fc.nat(5000), fc.nat(5000), (values, a, b) => {
        const [less, more] = [Math.min(a, b), Math.max(a, b)];
        expect(Number.isFinite(modifiedZ(a, values))).toBe(true);
        expect(modifiedZ(less, values)).toBeLessThanOrEqual(modifiedZ(more, values));
      }),
    );
  });
});

describe('many refused credentials', () => {
  const failed = (count: number, given: Partial<Activity> = {}) =>
    row({
      actor: 'anonymous:eve',
      label: 'eve',
      action: 'auth.sign_in_failed',
      result: 'bad_credential',
      network: '203.0.113.0/24',
      count,
      ...given,
    });

  it('are told by name and by network, from the number on', () => {
    expect(look(RULES.brute_force, [], [failed(19)])).toEqual([]);
    const found = look(RULES.brute_force, daily(2, failed(2)), [failed(20)]);
    expect(found.map(({ subject }) => subject)).toEqual(['network:203.0.113.0/24', 'anonymous:eve']);
    expect(found[0]?.sentence).toBe(
      '20 rejected credentials in an hour from 203.0.113.0/24; usual: at most 2 in an hour.',
    );
  });

  it('add up over names from one network, and are worse where a sign-in follows', () => {
    const names = ['ada', 'bob', 'cyn'].map((name) => failed(8, { actor: `anonymous:${name}`, label: name }));
    const success = row({ action: 'auth.sign_in', network: '203.0.113.0/24' });
    expect(look(RULES.brute_force, [], names)).toMatchObject([
      { subject: 'network:203.0.113.0/24', severity: 'high', count: 24 },
    ]);
    const [found] = look(RULES.brute_force, [], [...names, success]);
    expect(found).toMatchObject({ severity: 'critical' });
    expect(found?.sentence).toContain('by 3 names from 203.0.113.0/24, and a sign-in that succeeded');
  });
});

describe('a first time', () => {
  it('is told of who is known, not of who is new', () => {
    const elsewhere = row({ network: '198.51.100.0/24' });
    expect(look(RULES.new_value, daily(4), [elsewhere])).toEqual([]);
    expect(sentences(look(RULES.new_value, daily(5), [elsewhere]))).toEqual([
      'ada came from 198.51.100.0/24 for the first time in 90 days; usual: 192.0.2.0/24.',
    ]);
    expect(look(RULES.new_value, daily(5), [row({})])).toEqual([]);
  });

  it('is one, with all that came of it', () => {
    const network = '198.51.100.0/24';
    const rows = [row({ network, count: 3 }), row({ network, count: 4, action: 'findings.exported' })];
    expect(look(RULES.new_value, daily(5), rows)).toMatchObject([{ subject: expect.any(String), count: 7 }]);
    const everywhere = ['192.0.2.0/24', '203.0.113.0/24'].map((from) =>
      row({ network: from, action: 'block.lifted', count: 2 }),
    );
    expect(look(RULES.guard_lowered, [], everywhere)).toMatchObject([{ count: 4 }]);
  });

  it('is a kind of change as well, and counts again after 90 days', () => {
    expect(look(RULES.new_value, daily(9), [row({ action: 'member.role_changed' })])).toMatchObject([
      {
        observed: 'member.role_changed',
        q: 'actor:none caller:ada action:member.role_changed outcome:success access:show',
      },
    ]);
    const long = row({ action: 'member.role_changed', hourMs: NOW - 91 * DAY_MS });
    expect(look(RULES.new_value, [long, ...daily(9)], [row({ action: 'member.role_changed' })])).toHaveLength(
      1,
    );
    expect(look(RULES.new_value, daily(9), [row({ action: 'gate.authorize' })])).toEqual([]);
  });
});

describe('far more than usual', () => {
  const key = { actor: 'key:k', label: 'billing', action: 'gate.authorize' };
  const past = Array.from({ length: 20 }, (_, day) =>
    [8, 9, 10].map((count, hour) =>
      row({ ...key, count, hourMs: NOW - (day + 8) * DAY_MS + hour * HOUR_MS }),
    ),
  ).flat();

  it('is told with its score, beside the usual hours', () => {
    expect(look(RULES.volume, past, [row({ ...key, count: 11 })])).toEqual([]);
    const [found] = look(RULES.volume, past, [row({ ...key, count: 60 })]);
    expect(found?.sentence).toMatch(
      /^billing caused 60 events in an hour; usual: 9 events in an hour with activity, over 60 hours \(score 3\d\.\d\)\.$/,
    );
  });

  it('is not told without enough hours, below the floor, or by the last week alone', () => {
    expect(look(RULES.volume, past.slice(0, 20), [row({ ...key, count: 500 })])).toEqual([]);
    expect(
      look(
        RULES.volume,
        past.map((one) => ({ ...one, count: 1 })),
        [row({ ...key, count: 9 })],
      ),
    ).toEqual([]);
    const week = Array.from({ length: 100 }, (_, i) =>
      row({ ...key, count: 9, hourMs: NOW - (i + 1) * HOUR_MS }),
    );
    expect(look(RULES.volume, week, [row({ ...key, count: 500 })])).toEqual([]);
  });
});

describe('a silent source', () => {
  const decisions = (until: number) =>
    Array.from({ length: 200 }, (_, i) =>
      row({ actor: 'key:k', action: 'gate.verify', hourMs: NOW - (until + 200 - i) * HOUR_MS }),
    );

  it('is told once, when three intervals are missed', () => {
    expect(look(RULES.stopped_source, decisions(1), [])).toEqual([]);
    expect(sentences(look(RULES.stopped_source, decisions(2), []))).toEqual([
      'There are no more decisions of the gate: none for 3 hours; usual: at least every 1 hour.',
    ]);
    expect(look(RULES.stopped_source, decisions(3), [])).toEqual([]);
    expect(look(RULES.stopped_source, decisions(2), [row({ action: 'gate.authorize' })])).toEqual([]);
  });

  it('is judged by its own rhythm', () => {
    const daysApart = (last: number) =>
      Array.from({ length: 25 }, (_, i) =>
        row({ action: 'scan.imported', hourMs: NOW - (last + 24 * (24 - i)) * HOUR_MS }),
      );
    expect(look(RULES.stopped_source, daysApart(24), [])).toEqual([]);
    expect(look(RULES.stopped_source, daysApart(72), [])).toHaveLength(1);
  });
});

describe('a lowered guard', () => {
  it('is told of each act, and says when they did it last', () => {
    const override = row({ action: 'release.overridden' });
    expect(sentences(look(RULES.guard_lowered, [], [override]))).toEqual([
      'ada overrode a failed release verdict; usual: not in 90 days before.',
    ]);
    expect(sentences(look(RULES.guard_lowered, daily(3, override), [override]))).toEqual([
      'ada overrode a failed release verdict; usual: last 1 day before.',
    ]);
    expect(
      look(RULES.guard_lowered, [], [row({ action: 'release.overridden', result: 'refused' }), row({})]),
    ).toEqual([]);
  });
});

describe('changes at an unusual hour', () => {
  it('are told where the hour of the week was hardly ever one of theirs', () => {
    const office = Array.from({ length: 30 }, (_, day) =>
      row({ hourMs: NOW - (day + 1) * DAY_MS - 5 * HOUR_MS }),
    );
    expect(sentences(look(RULES.off_hours, office, [row({})]))).toEqual([
      'ada made 1 change on Monday, 10:00; usual: active on 30 days, about this hour of the week on 0 of them.',
    ]);
    const mondays = [7, 14, 21].map((days) => row({ hourMs: NOW - days * DAY_MS + HOUR_MS }));
    expect(look(RULES.off_hours, [...office, ...mondays], [row({})])).toEqual([]);
    expect(look(RULES.off_hours, office.slice(0, 19), [row({})])).toEqual([]);
    expect(look(RULES.off_hours, office, [row({ action: 'api.request' })])).toEqual([]);
  });
});

describe('much at once', () => {
  it('is told of exports and of endings, from the number on', () => {
    expect(look(RULES.mass_export, [], [row({ action: 'audit.exported', count: 4 })])).toEqual([]);
    expect(look(RULES.mass_export, [], [row({ action: 'audit.exported', count: 5 })])).toMatchObject([
      { count: 5, severity: 'high' },
    ]);
    const endings = [row({ action: 'key.revoked', count: 20 }), row({ action: 'member.disabled', count: 5 })];
    expect(sentences(look(RULES.mass_export, [], endings))).toEqual([
      'ada: 25 objects revoked, disabled or decided away in an hour; usual: never before.',
    ]);
  });
});

describe('a replay', () => {
  const span = (parameters: Record<string, number>) => ({
    fromMs: NOW - 30 * DAY_MS,
    toMs: NOW,
    timeZone: 'UTC',
    parameters,
  });
  const attack = (hour: number) =>
    row({
      actor: 'anonymous:eve',
      label: '',
      action: 'auth.refused',
      result: 'bad_credential',
      count: 30,
      hourMs: NOW - hour * HOUR_MS,
    });

  it('tells what goes on once, and again after an hour of peace', () => {
    const rows = [attack(50), attack(49), attack(48), attack(40)];
    expect(
      replay(RULES.brute_force, rows, span({ failures: 20 })).map(({ hourMs }) => (NOW - hourMs) / HOUR_MS),
    ).toEqual([50, 40]);
    expect(replay(RULES.brute_force, rows, span({ failures: 31 }))).toEqual([]);
  });

  it('tells nothing of the time in which a rule still learns', () => {
    const rows = [
      ...daily(20),
      row({ network: '198.51.100.0/24', hourMs: NOW - 15 * DAY_MS }),
      row({ network: '203.0.113.0/24', hourMs: NOW - DAY_MS + HOUR_MS }),
    ];
    rows.sort((a, b) => a.hourMs - b.hourMs);
    expect(replay(RULES.new_value, rows, span({ days: 5 })).map(({ subject }) => subject)).toEqual([
      'user:ada from 203.0.113.0/24',
    ]);
  });
});

it('every rule says what is usual, and never fails, whatever is on record', () => {
  const activity = fc.record({
    hourMs: fc.integer({ min: 0, max: 2000 }).map((hours) => NOW - hours * HOUR_MS),
    actor: fc.constantFrom('user:a', 'key:b', 'anonymous:', 'anonymous:<b>"\\'),
    label: fc.constantFrom('', 'ada', '<img src=x>'),
    action: fc.constantFrom(
      'auth.sign_in',
      'audit.exported',
      'gate.verify',
      'key.revoked',
      'release.overridden',
      'scan.imported',
    ),
    network: fc.constantFrom('', '192.0.2.0/24', '2001:db8::/64'),
    result: fc.constantFrom('ok' as const, 'refused' as const, 'bad_credential' as const),
    count: fc.integer({ min: 1, max: 10_000 }),
  });
  fc.assert(
    fc.property(fc.array(activity, { maxLength: 80 }), fc.array(activity, { maxLength: 10 }), (past, now) => {
      for (const rule of Object.values(RULES)) {
        const found = look(
          rule,
          past,
          now.map((one) => ({ ...one, hourMs: NOW })),
        );
        for (const { sentence, q } of found) {
          expect(sentence).toMatch(/usual: .+\.$/);
          expect(sentence).not.toMatch(/NaN|undefined|Infinity/);
          expect(q).not.toBe('');
        }
      }
    }),
  );
});
