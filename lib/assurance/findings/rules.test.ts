import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS } from '@/lib/platform/core/clock';
import { DECISIONS, DETECTIONS, FINDING_STATUSES, SEVERITIES } from './contract';
import {
  applyChanges,
  decided,
  dueAtOf,
  expired,
  type FindingState,
  holdReasons,
  missed,
  opened,
  pairMembers,
  replay,
  seen,
  statusOf,
  type Transition,
  type Verdict,
} from './rules';

const policy = { slaDays: [7, 30, 90, 120], graceDays: 7 };
const day = (n: number) => new Date(Date.UTC(2026, 0, 1) + n * DAY_MS).toISOString();
const moved = (state: FindingState, transitions: readonly Transition[]) =>
  transitions.reduce((one, { changes }) => applyChanges(one, changes), state);
const fresh = (severity: FindingState['severity'] = 'high') => replay(opened(severity, day(0), policy, null));
const seenAgain = { severity: 'high', verdict: null, difference: null } as const;
const person = (decision: FindingState['decision'], until: string | null = null) => ({
  decision,
  until,
  reason: 'because',
  justification: null,
  by: 'Ann',
});

describe('what the two axes mean', () => {
  it.each([
    ['present', 'none', 'open'],
    ['present', 'confirmed', 'open'],
    ['present', 'accepted', 'accepted'],
    ['present', 'false_positive', 'false_positive'],
    ['present', 'not_affected', 'not_affected'],
    ['present', 'suppressed_in_tool', 'suppressed'],
    ['present', 'resolved_manually', 'open'],
    ['absent', 'none', 'fixed'],
    ['absent', 'confirmed', 'fixed'],
    ['absent', 'accepted', 'fixed'],
    ['absent', 'false_positive', 'archived'],
    ['absent', 'not_affected', 'archived'],
    ['absent', 'suppressed_in_tool', 'archived'],
    ['absent', 'resolved_manually', 'fixed'],
  ] as const)('%s and %s is %s', (detection, decision, status) => {
    expect(statusOf({ detection, decision }, 'vulnerability')).toBe(status);
  });

  it('a rotated secret stays in the history, and counts as fixed', () => {
    expect(statusOf({ detection: 'present', decision: 'resolved_manually' }, 'secret')).toBe('fixed');
  });
});

describe('the life of a finding', () => {
  it('is due by its severity; info never is', () => {
    expect(SEVERITIES.map((severity) => dueAtOf(severity, day(0), policy))).toEqual([
      day(7),
      day(30),
      day(90),
      day(120),
      null,
    ]);
  });

  it('reopens as a new episode; what was resolved by hand is open again, other decisions stay', () => {
    for (const decision of DECISIONS) {
      const before = moved(
        fresh(),
        decision === 'none'
          ? []
          : decided(fresh(), day(1), person(decision, decision === 'accepted' ? day(90) : null)),
      );
      const gone = moved(before, missed(before, day(2), 'scan'));
      const back = moved(gone, seen(gone, day(3), seenAgain, policy));
      expect(back).toMatchObject({
        detection: 'present',
        episode: 2,
        openedAt: day(3),
        dueAt: day(33),
        fixedAt: null,
      });
      expect(back.decision).toBe(decision === 'resolved_manually' ? 'none' : decision);
    }
  });

  it('a falling severity moves no due date, a rising one only to sooner', () => {
    const late = fresh('low');
    const risen = moved(late, seen(late, day(100), { ...seenAgain, severity: 'medium' }, policy));
    expect(risen).toMatchObject({ severity: 'medium', dueAt: day(120) });
    const critical = moved(late, seen(late, day(10), { ...seenAgain, severity: 'critical' }, policy));
    expect(critical.dueAt).toBe(day(17));
    expect(moved(critical, seen(critical, day(11), { ...seenAgain, severity: 'low' }, policy)).dueAt).toBe(
      day(17),
    );
  });

  it('an acceptance ends at its end: open again, due the later of the old date and a grace', () => {
    const accepted = moved(fresh(), decided(fresh(), day(1), person('accepted', day(10))));
    expect(expired(accepted, day(9), policy)).toEqual([]);
    expect(moved(accepted, expired(accepted, day(10), policy))).toMatchObject({
      decision: 'none',
      dueAt: day(30),
    });
    const long = moved(fresh(), decided(fresh(), day(1), person('accepted', day(60))));
    expect(moved(long, expired(long, day(60), policy)).dueAt).toBe(day(67));
  });

  it('takes VEX where nobody decided or it is newer, and lifts it when it is no longer said', () => {
    const vex = (at: string | null, decision: Verdict['decision'] = 'not_affected'): Verdict => ({
      decision,
      justification: 'code_not_reachable',
      note: null,
      source: 'vex:1',
      at,
    });
    const by = (state: FindingState, verdict: Verdict | null) =>
      moved(state, seen(state, day(5), { ...seenAgain, verdict }, policy));
    const judged = by(fresh(), vex(day(1)));
    expect(judged).toMatchObject({ decision: 'not_affected', decisionSource: 'vex:1', decidedAt: day(1) });
    expect(by(judged, null).decision).toBe('none');
    const human = moved(fresh(), decided(fresh(), day(3), person('confirmed')));
    expect(by(human, vex(day(2))).decision).toBe('confirmed');
    expect(by(human, vex(null)).decision).toBe('confirmed');
    expect(by(human, vex(day(4))).decision).toBe('not_affected');
    expect(by(human, { ...vex(day(4)), source: 'tool' }).decision).toBe('confirmed');
    expect(by(human, null).decision).toBe('confirmed');
  });
});

const action = fc.oneof(
  fc.record({
    act: fc.constant('seen' as const),
    severity: fc.constantFrom(...SEVERITIES),
    verdict: fc.option(
      fc.record({
        decision: fc.constantFrom('confirmed', 'not_affected', 'false_positive', 'suppressed_in_tool'),
        justification: fc.constantFrom(null, 'code_not_present'),
        note: fc.constant(null),
        source: fc.constantFrom('tool', 'vex:1', 'vex:2'),
        at: fc.constantFrom(null, day(1), day(50)),
      }),
    ),
  }),
  fc.record({ act: fc.constant('missed' as const) }),
  fc.record({ act: fc.constant('decided' as const), decision: fc.constantFrom(...DECISIONS) }),
  fc.record({ act: fc.constant('expired' as const) }),
);

type Action = typeof action extends fc.Arbitrary<infer A> ? A : never;

function perform(state: FindingState, one: Action, i: number): Transition[] {
  const at = day(i + 1);
  switch (one.act) {
    case 'seen':
      return seen(state, at, { severity: one.severity, verdict: one.verdict, difference: null }, policy);
    case 'missed':
      return missed(state, at, 'scan');
    case 'expired':
      return expired(state, at, policy);
    case 'decided':
      return decided(state, at, person(one.decision, one.decision === 'accepted' ? day(i + 5) : null));
  }
}

function expectSound(state: FindingState): void {
  expect(DETECTIONS).toContain(state.detection);
  expect(FINDING_STATUSES).toContain(statusOf(state, 'code'));
  expect(state.fixedAt !== null).toBe(state.detection === 'absent');
  expect(state.decision !== 'accepted' || state.decisionUntil !== null).toBe(true);
  expect(state.decision === 'none').toBe(state.decidedAt === null && state.decisionSource === null);
}

describe('any sequence of runs and decisions', () => {
  it('lands in a cell of the table, and its events give the same state', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...SEVERITIES),
        fc.array(action, { maxLength: 30 }),
        (severity, actions) => {
          const events = [...opened(severity, day(0), policy, null)];
          let state = replay(events);
          for (const [i, one] of actions.entries()) {
            const transitions = perform(state, one, i);
            events.push(...transitions);
            state = moved(state, transitions);
            expectSound(state);
            if (one.act === 'seen') expect(perform(state, one, i)).toEqual([]);
          }
          expect(replay(events)).toEqual(state);
        },
      ),
    );
  });
});

describe('holdReasons', () => {
  const before = { toolVersion: '0.50.1', options: null, targets: ['a', 'b'], live: 30, kinds: { code: 30 } };
  const run = {
    toolVersion: '0.50.2',
    options: null,
    targets: ['a', 'b'],
    warnings: [],
    found: 28,
    kinds: { code: 28 },
  };

  it.each([
    [{}, 0],
    [{ toolVersion: '1.0.0' }, 1],
    [{ toolVersion: null }, 0],
    [{ options: '--skip-dirs x' }, 1],
    [{ targets: ['a'] }, 1],
    [{ targets: ['a', 'c'] }, 1],
    [{ targets: ['a', 'b', 'c'] }, 0],
    [{ targets: ['c'] }, 1],
    [{ kinds: { secret: 28 } }, 1],
    [{ warnings: ['3 entries could not be read.'] }, 1],
    [{ found: 15 }, 0],
    [{ found: 14 }, 1],
    [{ found: 0 }, 1],
    [{ found: 0, options: 'x', targets: [] }, 3],
  ])('%j has %i reasons', (more, count) => {
    expect(holdReasons(before, { ...run, ...more }, 5)).toHaveLength(count);
    expect(holdReasons(before, { ...run, ...more }, 0)).toEqual([]);
  });

  it.each([
    [3, 1, 1],
    [3, 2, 0],
    [2, 1, 0],
    [1, 0, 1],
    [10, 4, 1],
  ])('from %i to %i has %i reasons, however small the stream is', (live, found, count) => {
    expect(holdReasons({ ...before, live }, { ...run, found }, live - found)).toHaveLength(count);
  });

  it('advises categories where another scan took the place of the previous one', () => {
    expect(holdReasons(before, { ...run, targets: ['Dockerfile'] }, 5)[0]).toMatch(/different categories/);
  });
});

describe('pairMembers', () => {
  it.each([
    [
      [10, 20],
      [10, 20],
      [0, 1],
    ],
    [
      [20, 10],
      [10, 20],
      [1, 0],
    ],
    [
      [12, 22],
      [10, 20],
      [0, 1],
    ],
    [
      [20, 30],
      [10, 20],
      [1, 0],
    ],
    [[10], [10, 20], [0]],
    [[10, 15, 20], [20], [-1, -1, 0]],
    [[null, null], [null], [0, -1]],
    [[5], [], [-1]],
  ] as const)('pairs %j with %j as %j', (lines, known, pairs) => {
    expect(pairMembers(lines, known)).toEqual(pairs);
  });

  it('pairs one to one', () => {
    const lines = fc.array(fc.option(fc.integer({ min: 1, max: 9 })), { maxLength: 12 });
    fc.assert(
      fc.property(lines, lines, (now, known) => {
        const pairs = pairMembers(now, known);
        const used = pairs.filter((index) => index >= 0);
        expect(new Set(used).size).toBe(used.length);
        expect(used.length).toBe(Math.min(now.length, known.length));
      }),
    );
  });
});
