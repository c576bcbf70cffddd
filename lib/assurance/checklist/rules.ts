import { DAY_MS } from '@/lib/platform/core/clock';
import { type CheckRunSource, type Outcome, STATES, type State } from './contract';

/** What the engine needs to know of a check. */
export interface CheckFacts {
  key: string;
  mode: 'automated' | 'import' | 'attestation';
  digest: string;
  cadenceMs: number;
  graceMs: number;
}

/** What the engine needs to know of one finished run of a check; times in ms since the epoch. */
export interface RunFacts {
  digest: string;
  source: CheckRunSource;
  outcome: Outcome;
  summary: string;
  finishedAtMs: number;
  /** Until when its evidence speaks, for attestations and imports; null: as long as its cadence. */
  effectiveUntilMs: number | null;
  scopeExpected: number;
  scopeCovered: number;
  /** Whether what it saw is kept and unchanged. */
  hasEvidence: boolean;
  /** What fails, by name; the first OBSERVATIONS_MAX of `failingTotal`. */
  failing: readonly string[];
  failingTotal: number;
}

export interface ExceptionFacts {
  checkKey: string;
  /** Null: whatever the check fails for. */
  resource: string | null;
  isApproved: boolean;
  expiresAtMs: number;
  revokedAtMs: number | null;
}

export interface Judgement {
  state: State;
  /** One sentence. */
  reason: string;
  /** From when on this judgement would be another one although nothing happens; null: never. */
  changesAtMs: number | null;
}

/** Counts against: the release gate fails and the reader is told. */
export function countsAgainst(state: State): boolean {
  return state === 'fail' || state === 'unknown' || state === 'stale';
}

const asOf = (ms: number) => new Date(ms).toISOString().slice(0, 16).replace('T', ' ');

/** Until when a run answers for its check. */
export function freshUntilMs(check: CheckFacts, run: RunFacts): number {
  const byCadence = run.finishedAtMs + check.cadenceMs + check.graceMs;
  if (run.source === 'run' || run.effectiveUntilMs === null) return byCadence;
  return run.effectiveUntilMs + check.graceMs;
}

const activeExceptions = (check: CheckFacts, exceptions: readonly ExceptionFacts[], nowMs: number) =>
  exceptions.filter(
    (one) =>
      one.checkKey === check.key && one.isApproved && one.revokedAtMs === null && one.expiresAtMs > nowMs,
  );

/** The exceptions that excuse this failure altogether; none where something it fails for is not excepted. */
function excusing(
  check: CheckFacts,
  run: RunFacts,
  exceptions: readonly ExceptionFacts[],
  nowMs: number,
): ExceptionFacts[] {
  const active = activeExceptions(check, exceptions, nowMs);
  const whole = active.filter(({ resource }) => resource === null);
  if (whole.length > 0) return whole;
  const excused = new Set(active.map(({ resource }) => resource));
  const isListed = run.failing.length > 0 && run.failing.length === run.failingTotal;
  return isListed && run.failing.every((resource) => excused.has(resource))
    ? active.filter(({ resource }) => run.failing.includes(resource ?? ''))
    : [];
}

const uncovered = (run: RunFacts) =>
  `The last run covered ${run.scopeCovered} of ${run.scopeExpected}. ${run.summary}`;

/** Why the run is no answer at all; null where it is one. */
function disqualification(check: CheckFacts, run: RunFacts): string | null {
  if (run.digest !== check.digest) return 'The check has changed since its last run. Run it again.';
  if (run.outcome === 'error') return `The last run failed with an error: ${run.summary}`;
  if (run.outcome === 'not_available') return `Unknown: ${run.summary}`;
  if (!run.hasEvidence)
    return 'The evidence from the last run is missing or was changed. Run the check again.';
  if (run.scopeCovered < run.scopeExpected && run.outcome !== 'fail') return uncovered(run);
  return null;
}

/**
 * What a check is at a moment. `latest` is its latest finished run whatever that ended in: an older pass never stands in
 * for a newer failure to look.
 */
export function judgeCheck(
  check: CheckFacts,
  latest: RunFacts | null,
  exceptions: readonly ExceptionFacts[],
  nowMs: number,
): Judgement {
  if (latest === null) {
    const reason =
      check.mode === 'attestation' ? 'No attestation submitted yet.' : 'This check has never run.';
    return { state: 'unknown', reason, changesAtMs: null };
  }
  if (latest.finishedAtMs > nowMs)
    return {
      state: 'unknown',
      reason: 'The last run is dated in the future. Check the server clock.',
      changesAtMs: latest.finishedAtMs,
    };
  const problem = disqualification(check, latest);
  if (problem) return { state: 'unknown', reason: problem, changesAtMs: null };
  const untilMs = freshUntilMs(check, latest);
  if (nowMs >= untilMs) {
    return {
      state: 'stale',
      reason: `Stale since ${asOf(untilMs)} UTC. Last result: ${latest.summary}`,
      changesAtMs: null,
    };
  }
  if (latest.outcome !== 'fail')
    return { state: stateOf(latest.outcome), reason: latest.summary, changesAtMs: untilMs };
  const excuses = excusing(check, latest, exceptions, nowMs);
  if (excuses.length === 0) return { state: 'fail', reason: latest.summary, changesAtMs: untilMs };
  const endsAtMs = Math.min(...excuses.map(({ expiresAtMs }) => expiresAtMs));
  const changesAtMs = Math.min(untilMs, endsAtMs);
  if (latest.scopeCovered < latest.scopeExpected)
    return { state: 'unknown', reason: uncovered(latest), changesAtMs };
  return {
    state: 'excepted',
    reason: `Accepted until ${asOf(endsAtMs)} UTC. ${latest.summary}`,
    changesAtMs,
  };
}

function stateOf(outcome: Exclude<Outcome, 'fail'>): State {
  switch (outcome) {
    case 'pass':
    case 'warn':
    case 'not_applicable':
      return outcome;
    case 'not_available':
    case 'error':
      return 'unknown';
  }
}

/** An objective is what its worst check is; checks that do not apply are left out as long as another one does. */
export function judgeObjective(states: readonly State[]): State {
  return STATES.find((state) => states.includes(state)) ?? 'unknown';
}

/** The worst of what was seen, as the outcome of the run. No observation at all: nothing to look at. */
export function worstOutcome(outcomes: readonly Outcome[]): Outcome {
  const order: readonly Outcome[] = ['fail', 'error', 'not_available', 'warn', 'pass', 'not_applicable'];
  return order.find((outcome) => outcomes.includes(outcome)) ?? 'not_applicable';
}

export type Side = 'pass' | 'fail' | 'unknown';

/** Pass, fail or no answer: what a streak is made of. */
export function sideOf(outcome: Outcome): Side {
  if (outcome === 'fail') return 'fail';
  return outcome === 'pass' || outcome === 'warn' ? 'pass' : 'unknown';
}

/** Runs in a row that ended on the same side; `sinceMs` is the end of the first of them. */
export interface Stretch {
  side: Side;
  sinceMs: number;
}

export interface Streak {
  sinceMs: number | null;
  before: Side | null;
  beforeMs: number | null;
}

/** @param stretches newest first */
export function streakOf(stretches: readonly Stretch[]): Streak {
  const [now, before] = stretches;
  if (!now) return { sinceMs: null, before: null, beforeMs: null };
  if (!before) return { sinceMs: now.sinceMs, before: null, beforeMs: null };
  return { sinceMs: now.sinceMs, before: before.side, beforeMs: now.sinceMs - before.sinceMs };
}

/** "Passed for 41 days, fails since 2026-11-20 03:00 UTC."; null where nothing got worse. */
export function regressionOf(state: State, stretches: readonly Stretch[]): string | null {
  const [now, before] = stretches;
  if (state !== 'fail' || now?.side !== 'fail' || before?.side !== 'pass') return null;
  const days = Math.floor((now.sinceMs - before.sinceMs) / DAY_MS);
  const lasted = days >= 1 ? `${days} ${days === 1 ? 'day' : 'days'}` : 'less than a day';
  return `Failing since ${asOf(now.sinceMs)} UTC. Passed for ${lasted} before that.`;
}

export interface Answer {
  checkKey: string;
  title: string;
  mode: CheckFacts['mode'];
  state: State;
  /** What was seen, by resource, of the run that decides the state. */
  seen: ReadonlyMap<string, Outcome>;
}

export interface Contradiction {
  checkKeys: string[];
  sentence: string;
}

const isGood = (state: State) => state === 'pass' || state === 'warn';

/** Answers to the same objective that cannot both be true. */
export function contradictionsOf(answers: readonly Answer[]): Contradiction[] {
  const found: Contradiction[] = [];
  for (const [index, one] of answers.entries()) {
    for (const other of answers.slice(index + 1)) {
      const [passing, failing] = isGood(one.state) ? [one, other] : [other, one];
      if (
        passing.mode === 'attestation' &&
        isGood(passing.state) &&
        failing.mode !== 'attestation' &&
        failing.state === 'fail'
      ) {
        found.push({
          checkKeys: [passing.checkKey, failing.checkKey],
          sentence: `"${passing.title}" was attested, but the check "${failing.title}" fails.`,
        });
      }
      for (const [resource, outcome] of one.seen) {
        const second = other.seen.get(resource);
        const isSplit =
          (outcome === 'pass' && second === 'fail') || (outcome === 'fail' && second === 'pass');
        if (isSplit)
          found.push({
            checkKeys: [one.checkKey, other.checkKey],
            sentence: `"${one.title}" says ${outcome} of ${resource}, and "${other.title}" says ${second}.`,
          });
      }
    }
  }
  return found;
}

/** What the page may be asked to show of the objectives; counts elsewhere are of the same. */
export const SHOWN_STATES = {
  failing: ['fail'],
  unknown: ['unknown', 'stale'],
  passing: ['pass', 'warn'],
  applicable: ['fail', 'unknown', 'stale', 'excepted', 'warn', 'pass'],
} as const satisfies Record<string, readonly State[]>;
export type Shown = keyof typeof SHOWN_STATES;
export const SHOWN_NAMES = Object.keys(SHOWN_STATES) as [Shown, ...Shown[]];

export function isShown(state: State, shown: Shown): boolean {
  const states: readonly State[] = SHOWN_STATES[shown];
  return states.includes(state);
}
