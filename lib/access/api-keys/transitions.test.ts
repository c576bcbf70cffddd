import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAppError } from '@/lib/platform/core/errors';
import { newId } from '@/lib/platform/core/ids';
import { REVOKE_REASONS } from './contract';
import { effectiveState, isLive } from './rules';
import {
  addSuccessor,
  applyChanges,
  cancelPending,
  type KeyVersions,
  promote,
  promoteByHand,
  restoreOne,
  retireDue,
  revokeGrace,
  revokeOne,
  setGrace,
  type VersionFacts,
  versionIn,
} from './transitions';

const START_MS = Date.UTC(2026, 0, 1);
const SLOTS = ['pending', 'current', 'grace'] as const;

function firstVersion(): VersionFacts {
  return {
    id: newId(),
    number: 1,
    state: 'current',
    predecessorGraceSeconds: 0,
    activatedAtMs: START_MS,
    graceUntilMs: null,
    endedAtMs: null,
    revokedReason: null,
    stateBeforeRevoke: null,
  };
}

function newKey(expiresAtMs: number | null = null): KeyVersions {
  const key = { expiresAtMs, disabledAtMs: null, revokedAtMs: null, revokedReason: null };
  return { key, versions: [firstVersion()], nowMs: START_MS };
}

type Step =
  | { act: 'rotate'; graceSeconds: number; start: 'first_use' | 'now'; compromised: boolean }
  | { act: 'first use'; agoMs: number }
  | { act: 'by hand' | 'cancel' | 'retire old' | 'sweep' }
  | { act: 'grace'; graceSeconds: number }
  | { act: 'revoke'; number: number; reason: (typeof REVOKE_REASONS)[number] }
  | { act: 'undo'; number: number };

const graceSeconds = fc.constantFrom(0, 60, 3600, 86_400, 7 * 86_400);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    act: fc.constant('rotate' as const),
    graceSeconds,
    start: fc.constantFrom('first_use' as const, 'now' as const),
    compromised: fc.boolean(),
  }),
  fc.record({ act: fc.constant('first use' as const), agoMs: fc.integer({ min: 0, max: 90_000 }) }),
  fc.record({
    act: fc.constantFrom('by hand' as const, 'cancel' as const, 'retire old' as const, 'sweep' as const),
  }),
  fc.record({ act: fc.constant('grace' as const), graceSeconds }),
  fc.record({
    act: fc.constant('revoke' as const),
    number: fc.integer({ min: 1, max: 6 }),
    reason: fc.constantFrom(...REVOKE_REASONS),
  }),
  fc.record({ act: fc.constant('undo' as const), number: fc.integer({ min: 1, max: 6 }) }),
);

function changesOf(at: KeyVersions, one: Step): VersionFacts[] {
  switch (one.act) {
    case 'rotate':
      return addSuccessor(at, { successorId: newId(), ...one });
    case 'first use':
      return promote(at, at.nowMs - one.agoMs);
    case 'by hand':
      return promoteByHand(at);
    case 'cancel':
      return cancelPending(at);
    case 'retire old':
      return revokeGrace(at);
    case 'sweep':
      return retireDue(at);
    case 'grace':
      return setGrace(at, one.graceSeconds);
    case 'revoke':
      return revokeOne(at, one.number, one.reason);
    case 'undo':
      return restoreOne(at, one.number);
  }
}

/** Applies one change after the other, as the database does, and checks the slots at every step. */
function write(versions: readonly VersionFacts[], changes: readonly VersionFacts[]): readonly VersionFacts[] {
  return changes.reduce<readonly VersionFacts[]>((written, change) => {
    const next = applyChanges(written, [change]);
    for (const slot of SLOTS) expect(next.filter((version) => version.state === slot).length).toBeLessThan(2);
    return next;
  }, versions);
}

function attempt(at: KeyVersions, one: Step): VersionFacts[] {
  try {
    return changesOf(at, one);
  } catch (error) {
    if (isAppError(error)) return [];
    throw error;
  }
}

describe('any sequence of events', () => {
  const run = fc.array(fc.tuple(step, fc.integer({ min: 0, max: 2 * 86_400_000 })), { maxLength: 25 });
  const expiry = fc.option(fc.integer({ min: 1, max: 30 }), { nil: null });

  it('keeps one version per slot and revives none but by undoing a revocation in time', () => {
    fc.assert(
      fc.property(run, expiry, (steps, expiresInDays) => {
        const { key, versions: first } = newKey(
          expiresInDays === null ? null : START_MS + expiresInDays * 86_400_000,
        );
        let versions: readonly VersionFacts[] = first;
        let nowMs = START_MS;
        for (const [one, pauseMs] of steps) {
          nowMs += pauseMs;
          const before = versions;
          versions = write(versions, attempt({ key, versions, nowMs }, one));
          for (const version of versions) {
            const old = before.find(({ id }) => id === version.id);
            const wasLive = !old || isLive(effectiveState(key, old, nowMs));
            if (wasLive || !isLive(effectiveState(key, version, nowMs))) continue;
            expect(one.act).toBe('undo');
            expect(old.revokedReason).not.toBe('KEY_COMPROMISE');
            expect(nowMs - (old.endedAtMs ?? 0)).toBeLessThan(3_600_000);
          }
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('never lets a grace outlive the key', () => {
    fc.assert(
      fc.property(run, fc.integer({ min: 1, max: 10 }), (steps, expiresInDays) => {
        const { key, versions: first } = newKey(START_MS + expiresInDays * 86_400_000);
        let versions: readonly VersionFacts[] = first;
        let nowMs = START_MS;
        for (const [one, pauseMs] of steps) {
          nowMs += pauseMs;
          versions = write(versions, attempt({ key, versions, nowMs }, one));
          const grace = versionIn(versions, 'grace');
          if (grace) expect(grace.graceUntilMs).toBeLessThanOrEqual(key.expiresAtMs ?? 0);
        }
      }),
    );
  });

  it('leaves a live secret after every rotation', () => {
    fc.assert(
      fc.property(run, (steps) => {
        const { key, versions: first } = newKey();
        let versions: readonly VersionFacts[] = first;
        let nowMs = START_MS;
        for (const [one, pauseMs] of steps) {
          nowMs += pauseMs;
          versions = write(versions, attempt({ key, versions, nowMs }, one));
          if (one.act === 'rotate') expect(versionIn(versions, 'current')).toBeDefined();
        }
      }),
    );
  });
});

describe('a rotation', () => {
  const rotation = { graceSeconds: 3600, start: 'first_use' as const, compromised: false };

  it('starts the grace of the old secret at the first use of the new one', () => {
    const at = newKey();
    const pending = write(at.versions, addSuccessor(at, { successorId: newId(), ...rotation }));
    expect(pending.map(({ state }) => state)).toEqual(['current', 'pending']);
    const usedMs = START_MS + 10_000;
    const used = write(pending, promote({ ...at, versions: pending, nowMs: usedMs + 3_000 }, usedMs));
    expect(
      used.map(({ state, graceUntilMs, activatedAtMs }) => ({ state, graceUntilMs, activatedAtMs })),
    ).toEqual([
      { state: 'grace', graceUntilMs: usedMs + 3_600_000, activatedAtMs: START_MS },
      { state: 'current', graceUntilMs: null, activatedAtMs: usedMs },
    ]);
  });

  it('during a grace retires the older one at promotion', () => {
    const at = newKey();
    let versions = write(at.versions, addSuccessor(at, { successorId: newId(), ...rotation, start: 'now' }));
    versions = write(versions, addSuccessor({ ...at, versions }, { successorId: newId(), ...rotation }));
    expect(versions.map(({ state }) => state)).toEqual(['grace', 'current', 'pending']);
    versions = write(versions, promote({ ...at, versions }, START_MS));
    expect(versions.map(({ state }) => state)).toEqual(['retired', 'grace', 'current']);
  });

  it('after a leak revokes the current secret for good and needs no first use', () => {
    const at = newKey();
    const versions = write(
      at.versions,
      addSuccessor(at, { successorId: newId(), ...rotation, compromised: true }),
    );
    expect(versions.map(({ state, revokedReason }) => [state, revokedReason])).toEqual([
      ['revoked', 'KEY_COMPROMISE'],
      ['current', null],
    ]);
    expect(() => restoreOne({ ...at, versions }, 1)).toThrow(/revoked as exposed/);
  });

  it('is refused for a key that has expired, at the very instant', () => {
    const at = newKey(START_MS + 1000);
    const succeed = (nowMs: number) => addSuccessor({ ...at, nowMs }, { successorId: newId(), ...rotation });
    expect(succeed(START_MS + 999)).toHaveLength(1);
    expect(() => succeed(START_MS + 1000)).toThrow(/expired/);
  });
});
