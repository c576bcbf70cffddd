import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS } from '@/lib/platform/core/clock';
import { OUTCOMES } from './contract';
import {
  type CheckFacts,
  contradictionsOf,
  countsAgainst,
  type ExceptionFacts,
  judgeCheck,
  judgeObjective,
  type RunFacts,
  regressionOf,
  streakOf,
} from './rules';
import { nextDueMs } from './schedule';

const NOW = Date.UTC(2026, 10, 22, 12);
const check: CheckFacts = { key: 'a', mode: 'automated', digest: 'd1', cadenceMs: DAY_MS, graceMs: HOUR_MS };
const run = (changes: Partial<RunFacts> = {}): RunFacts => ({
  digest: 'd1',
  source: 'run',
  outcome: 'pass',
  summary: 'Well.',
  finishedAtMs: NOW - HOUR_MS,
  effectiveUntilMs: null,
  scopeExpected: 3,
  scopeCovered: 3,
  hasEvidence: true,
  failing: [],
  failingTotal: 0,
  ...changes,
});
const failing = (...names: string[]) =>
  run({ outcome: 'fail', summary: 'Broken.', failing: names, failingTotal: names.length });
const exception = (changes: Partial<ExceptionFacts> = {}): ExceptionFacts => ({
  checkKey: 'a',
  resource: null,
  isApproved: true,
  expiresAtMs: NOW + DAY_MS,
  revokedAtMs: null,
  ...changes,
});
const stateOf = (latest: RunFacts | null, exceptions: ExceptionFacts[] = [], nowMs = NOW) =>
  judgeCheck(check, latest, exceptions, nowMs).state;

describe('judgeCheck', () => {
  it.each([
    ['a pass', run(), 'pass'],
    ['a warning', run({ outcome: 'warn' }), 'warn'],
    ['a failure', failing('x'), 'fail'],
    ['no run', null, 'unknown'],
    ['a run of another version', run({ digest: 'd0' }), 'unknown'],
    ['a failure of another version', run({ digest: 'd0', outcome: 'fail' }), 'unknown'],
    ['a run that covered a part', run({ scopeCovered: 2 }), 'unknown'],
    ['a failure that covered a part', run({ outcome: 'fail', scopeCovered: 2 }), 'fail'],
    ['a run whose evidence is gone', run({ hasEvidence: false }), 'unknown'],
    ['a run that broke', run({ outcome: 'error' }), 'unknown'],
    ['what cannot be known', run({ outcome: 'not_available' }), 'unknown'],
    [
      'what does not apply',
      run({ outcome: 'not_applicable', scopeExpected: 0, scopeCovered: 0 }),
      'not_applicable',
    ],
    ['an old run', run({ finishedAtMs: NOW - DAY_MS - HOUR_MS }), 'stale'],
    ['an old failure', run({ outcome: 'fail', finishedAtMs: NOW - 3 * DAY_MS }), 'stale'],
    ['a run of the last moment', run({ finishedAtMs: NOW - DAY_MS - HOUR_MS + 1 }), 'pass'],
    ['a run in the future', run({ finishedAtMs: NOW + 1 }), 'unknown'],
  ])('takes %s for %s', (_, latest, state) => {
    expect(stateOf(latest)).toBe(state);
  });

  it('lets evidence speak only until it ends, whenever it was handed in', () => {
    const attested = run({ source: 'attestation', effectiveUntilMs: NOW - 1 });
    expect(stateOf(attested)).toBe('pass');
    expect(stateOf(attested, [], NOW + HOUR_MS)).toBe('stale');
  });

  it('accepts a failure only by an approved exception that lives and names all that fails', () => {
    expect(stateOf(failing('x', 'y'), [exception()])).toBe('excepted');
    expect(stateOf(failing('x', 'y'), [exception({ resource: 'x' })])).toBe('fail');
    const both = [exception({ resource: 'x' }), exception({ resource: 'y', expiresAtMs: NOW + HOUR_MS })];
    expect(stateOf(failing('x', 'y'), both)).toBe('excepted');
    expect(judgeCheck(check, failing('x', 'y'), both, NOW).changesAtMs).toBe(NOW + HOUR_MS);
    expect(stateOf({ ...failing('x'), failingTotal: 2 }, [exception({ resource: 'x' })])).toBe('fail');
    expect(stateOf({ ...failing('x'), scopeCovered: 1 }, [exception({ resource: 'x' })])).toBe('unknown');
    for (const dead of [
      { isApproved: false },
      { revokedAtMs: NOW - 1 },
      { expiresAtMs: NOW },
      { checkKey: 'b' },
    ])
      expect(stateOf(failing('x'), [exception(dead)])).toBe('fail');
  });

  const runs = fc.record({
    digest: fc.constantFrom('d0', 'd1'),
    source: fc.constantFrom('run', 'attestation', 'import'),
    outcome: fc.constantFrom(...OUTCOMES),
    summary: fc.constant('Seen.'),
    finishedAtMs: fc.integer({ min: NOW - 5 * DAY_MS, max: NOW + DAY_MS }),
    effectiveUntilMs: fc.option(fc.integer({ min: NOW - 5 * DAY_MS, max: NOW + 5 * DAY_MS })),
    scopeExpected: fc.integer({ min: 0, max: 3 }),
    scopeCovered: fc.integer({ min: 0, max: 3 }),
    hasEvidence: fc.boolean(),
    failing: fc.subarray(['x', 'y']),
    failingTotal: fc.integer({ min: 0, max: 3 }),
  });
  const exceptions = fc.array(
    fc.record({
      checkKey: fc.constantFrom('a', 'b'),
      resource: fc.constantFrom(null, 'x', 'y'),
      isApproved: fc.boolean(),
      expiresAtMs: fc.integer({ min: NOW - DAY_MS, max: NOW + DAY_MS }),
      revokedAtMs: fc.option(fc.integer({ min: NOW - DAY_MS, max: NOW })),
    }),
    { maxLength: 3 },
  );
  const moments = fc.integer({ min: NOW - 2 * DAY_MS, max: NOW + 3 * DAY_MS });

  it('is green for nothing but a fresh, whole, kept run of the current version', () => {
    fc.assert(
      fc.property(runs, exceptions, moments, (latest, excuses, nowMs) => {
        const { state } = judgeCheck(check, latest, excuses, nowMs);
        if (state !== 'pass' && state !== 'warn') return;
        expect(latest.outcome).toBe(state);
        expect(latest.digest).toBe(check.digest);
        expect(latest.hasEvidence).toBe(true);
        expect(latest.scopeCovered).toBeGreaterThanOrEqual(latest.scopeExpected);
        const byCadence = latest.finishedAtMs + check.cadenceMs + check.graceMs;
        const byEvidence = (latest.effectiveUntilMs ?? Number.POSITIVE_INFINITY) + check.graceMs;
        expect(nowMs).toBeGreaterThanOrEqual(latest.finishedAtMs);
        expect(nowMs).toBeLessThan(
          latest.source === 'run' || latest.effectiveUntilMs === null ? byCadence : byEvidence,
        );
      }),
      { numRuns: 2000 },
    );
  });

  it('only gets worse while time passes and nothing happens', () => {
    fc.assert(
      fc.property(runs, exceptions, moments, fc.nat(3 * DAY_MS), (latest, excuses, nowMs, laterMs) => {
        fc.pre(latest.finishedAtMs <= nowMs);
        const before = judgeCheck(check, latest, excuses, nowMs).state;
        const after = judgeCheck(check, latest, excuses, nowMs + laterMs).state;
        if (countsAgainst(before)) expect(countsAgainst(after)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('says the moment at which it will change, to the millisecond', () => {
    fc.assert(
      fc.property(runs, exceptions, moments, (latest, excuses, nowMs) => {
        const { state, changesAtMs } = judgeCheck(check, latest, excuses, nowMs);
        if (changesAtMs === null) {
          expect(judgeCheck(check, latest, excuses, nowMs + 400 * DAY_MS).state).toBe(state);
          return;
        }
        expect(changesAtMs).toBeGreaterThan(nowMs);
        expect(judgeCheck(check, latest, excuses, changesAtMs - 1).state).toBe(state);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('judgeObjective', () => {
  it('is its worst check, and does not apply only where none does', () => {
    expect(judgeObjective(['pass', 'stale', 'warn'])).toBe('stale');
    expect(judgeObjective(['excepted', 'pass'])).toBe('excepted');
    expect(judgeObjective(['not_applicable', 'pass'])).toBe('pass');
    expect(judgeObjective(['not_applicable'])).toBe('not_applicable');
    expect(judgeObjective([])).toBe('unknown');
  });
});

describe('regressions and contradictions', () => {
  it('names how long it passed', () => {
    const stretches = [
      { side: 'fail' as const, sinceMs: NOW },
      { side: 'pass' as const, sinceMs: NOW - 41 * DAY_MS },
    ];
    expect(regressionOf('fail', stretches)).toBe(
      'Failing since 2026-11-22 12:00 UTC. Passed for 41 days before that.',
    );
    expect(regressionOf('stale', stretches)).toBeNull();
    expect(regressionOf('fail', stretches.slice(0, 1))).toBeNull();
    expect(streakOf(stretches)).toEqual({ sinceMs: NOW, before: 'pass', beforeMs: 41 * DAY_MS });
  });

  const answer = (
    checkKey: string,
    mode: CheckFacts['mode'],
    state: 'pass' | 'fail',
    seen: [string, 'pass' | 'fail'][] = [],
  ) => ({
    checkKey,
    title: checkKey,
    mode,
    state,
    seen: new Map(seen),
  });

  it('finds a confirmation that a probe denies', () => {
    const [found] = contradictionsOf([
      answer('said', 'attestation', 'pass'),
      answer('seen', 'automated', 'fail'),
    ]);
    expect(found).toEqual({
      checkKeys: ['said', 'seen'],
      sentence: '"said" was attested, but the check "seen" fails.',
    });
    expect(
      contradictionsOf([answer('said', 'attestation', 'pass'), answer('seen', 'automated', 'pass')]),
    ).toEqual([]);
  });

  it('finds two tools that say the opposite of one thing', () => {
    const found = contradictionsOf([
      answer('one', 'automated', 'pass', [['db', 'pass']]),
      answer('two', 'import', 'fail', [
        ['db', 'fail'],
        ['web', 'fail'],
      ]),
    ]);
    expect(found).toHaveLength(1);
    expect(found[0]?.sentence).toContain('pass of db');
  });
});

describe('nextDueMs', () => {
  const zones = fc.constantFrom(
    'UTC',
    'Europe/Amsterdam',
    'America/New_York',
    'Asia/Kolkata',
    'Pacific/Apia',
  );
  const clockOf = (ms: number, timeZone: string) =>
    new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' }).format(ms);

  it('is at once where it never ran, and after the cadence where that is short', () => {
    const policy = { runAt: '03:00', timeZone: 'Europe/Amsterdam' };
    expect(nextDueMs(null, DAY_MS, policy)).toBe(0);
    expect(nextDueMs(NOW, HOUR_MS, policy)).toBe(NOW + HOUR_MS);
    expect(new Date(nextDueMs(NOW, DAY_MS, policy)).toISOString()).toBe('2026-11-23T02:00:00.000Z');
  });

  it('is after the last run, never later than the cadence, and at the tenant’s hour', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: NOW - 400 * DAY_MS, max: NOW }),
        fc.integer({ min: 1, max: 92 }),
        zones,
        (lastMs, days, timeZone) => {
          const dueMs = nextDueMs(lastMs, days * DAY_MS, { runAt: '04:30', timeZone });
          expect(dueMs).toBeGreaterThan(lastMs);
          expect(dueMs).toBeLessThanOrEqual(lastMs + days * DAY_MS);
          if (dueMs < lastMs + days * DAY_MS) expect(clockOf(dueMs, timeZone)).toBe('04:30');
        },
      ),
      { numRuns: 500 },
    );
  });
});
