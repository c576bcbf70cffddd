import { DAY_MS } from '@/lib/platform/core/clock';
import {
  type Decision,
  type Detection,
  type FindingKind,
  type FindingStatus,
  SEVERITIES,
  type Severity,
} from './contract';

/** How long a finding may stay open: days for critical, high, medium and low; nothing else is ever due. */
export interface SlaPolicy {
  slaDays: readonly number[];
  graceDays: number;
}

/** What replaying a finding's events gives. Times are ISO 8601. */
export interface FindingState {
  severity: Severity;
  detection: Detection;
  episode: number;
  openedAt: string;
  dueAt: string | null;
  fixedAt: string | null;
  fixedByScanId: string | null;
  decision: Decision;
  decisionUntil: string | null;
  decisionReason: string | null;
  decisionJustification: string | null;
  decisionSource: string | null;
  decidedBy: string | null;
  decidedAt: string | null;
}

export const EVENT_TYPES = [
  'opened',
  'reopened',
  'fixed',
  'changed',
  'decided',
  'decision_lifted',
  'acceptance_expired',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

export interface Transition {
  type: EventType;
  changes: Partial<FindingState>;
  reason: string | null;
}

export interface Verdict {
  decision: Decision;
  justification: string | null;
  note: string | null;
  source: string;
  at: string | null;
}

const NO_DECISION = {
  decision: 'none',
  decisionUntil: null,
  decisionReason: null,
  decisionJustification: null,
  decisionSource: null,
  decidedBy: null,
  decidedAt: null,
} as const satisfies Partial<FindingState>;

export function applyChanges(state: FindingState, changes: Partial<FindingState>): FindingState {
  return { ...state, ...changes };
}

/** The state that a finding's events lead to, in their order; the first one is `opened`. */
export function replay(events: readonly Pick<Transition, 'changes'>[]): FindingState {
  return events.reduce((state, { changes }) => applyChanges(state, changes), {} as FindingState);
}

/** The cell of the table in findings.md 2.5; the database derives the same in `finding.status`. */
export function statusOf(
  state: Pick<FindingState, 'detection' | 'decision'>,
  kind: FindingKind,
): FindingStatus {
  const { detection, decision } = state;
  const isDismissed = decision === 'false_positive' || decision === 'not_affected';
  if (detection === 'absent') return isDismissed || decision === 'suppressed_in_tool' ? 'archived' : 'fixed';
  if (decision === 'accepted' || isDismissed) return decision;
  if (decision === 'suppressed_in_tool') return 'suppressed';
  return decision === 'resolved_manually' && kind === 'secret' ? 'fixed' : 'open';
}

function later(at: string, days: number): string {
  return new Date(Date.parse(at) + days * DAY_MS).toISOString();
}

/** When a finding of that severity is due which is met at `at`; null: never. */
export function dueAtOf(severity: Severity, at: string, { slaDays }: SlaPolicy): string | null {
  const days = slaDays[SEVERITIES.indexOf(severity)];
  return days === undefined ? null : later(at, days);
}

function earlier(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  return a < b ? a : b;
}

/** A finding that was never seen before, at the time of the run that saw it. */
export function opened(
  severity: Severity,
  at: string,
  policy: SlaPolicy,
  verdict: Verdict | null,
): Transition[] {
  const state: FindingState = {
    severity,
    detection: 'present',
    episode: 1,
    openedAt: at,
    dueAt: dueAtOf(severity, at, policy),
    fixedAt: null,
    fixedByScanId: null,
    ...NO_DECISION,
  };
  return [{ type: 'opened', changes: state, reason: null }, ...judged(state, at, verdict)];
}

function isNewer(verdict: Verdict, decidedAt: string | null): boolean {
  return verdict.at !== null && decidedAt !== null && verdict.at > decidedAt;
}

function mayOverride(state: FindingState, verdict: Verdict): boolean {
  if (state.decision === 'none' || state.decisionSource === verdict.source) return true;
  return verdict.source !== 'tool' && isNewer(verdict, state.decidedAt);
}

/** What the report says about a finding: taken where nobody decided, where it is newer, lifted when it is no longer said. */
function judged(state: FindingState, at: string, verdict: Verdict | null): Transition[] {
  const isByReport = state.decisionSource === 'tool' || state.decisionSource?.startsWith('vex:') === true;
  if (verdict === null) {
    if (!isByReport || state.decision === 'none') return [];
    return [{ type: 'decision_lifted', changes: NO_DECISION, reason: 'The report no longer says so.' }];
  }
  const isSame = state.decision === verdict.decision && state.decisionJustification === verdict.justification;
  if (isSame || !mayOverride(state, verdict)) return [];
  const changes = {
    decision: verdict.decision,
    decisionUntil: null,
    decisionReason: verdict.note,
    decisionJustification: verdict.justification,
    decisionSource: verdict.source,
    decidedBy: verdict.source,
    decidedAt: verdict.at ?? at,
  };
  return [{ type: 'decided', changes, reason: verdict.note }];
}

export interface Observation {
  severity: Severity;
  verdict: Verdict | null;
  /** In words, what else of the report changed; null where nothing did. */
  difference: string | null;
}

function reopened(state: FindingState, at: string, severity: Severity, policy: SlaPolicy): Transition {
  const wasResolved = state.decision === 'resolved_manually';
  return {
    type: 'reopened',
    changes: {
      detection: 'present',
      episode: state.episode + 1,
      openedAt: at,
      dueAt: dueAtOf(severity, at, policy),
      fixedAt: null,
      fixedByScanId: null,
      severity,
      ...(wasResolved ? NO_DECISION : {}),
    },
    reason: wasResolved ? 'It was resolved manually but has been reported again.' : null,
  };
}

function changed(state: FindingState, at: string, seen: Observation, policy: SlaPolicy): Transition[] {
  const hasRisen = SEVERITIES.indexOf(seen.severity) < SEVERITIES.indexOf(state.severity);
  if (seen.severity === state.severity && seen.difference === null) return [];
  const changes: Partial<FindingState> = seen.severity === state.severity ? {} : { severity: seen.severity };
  if (hasRisen) changes.dueAt = earlier(state.dueAt, dueAtOf(seen.severity, at, policy));
  return [{ type: 'changed', changes, reason: seen.difference }];
}

/** Seen in a run at `at`. A policy's later edit never moves what is due already; a rise of the severity may. */
export function seen(
  state: FindingState,
  at: string,
  observation: Observation,
  policy: SlaPolicy,
): Transition[] {
  const first =
    state.detection === 'absent'
      ? [reopened(state, at, observation.severity, policy)]
      : changed(state, at, observation, policy);
  const now = first.reduce((one, { changes }) => applyChanges(one, changes), state);
  return [...first, ...judged(now, at, observation.verdict)];
}

/** Absent in every stream: fixed at the first run that lacked it. */
export function missed(state: FindingState, at: string, scanId: string): Transition[] {
  if (state.detection === 'absent') return [];
  return [
    { type: 'fixed', changes: { detection: 'absent', fixedAt: at, fixedByScanId: scanId }, reason: null },
  ];
}

export interface DecisionInput {
  decision: Decision;
  until: string | null;
  reason: string | null;
  justification: string | null;
  by: string;
}

/** A person's decision; the same again changes nothing. */
export function decided(state: FindingState, at: string, input: DecisionInput): Transition[] {
  if (input.decision === 'none') {
    if (state.decision === 'none') return [];
    return [{ type: 'decision_lifted', changes: NO_DECISION, reason: input.reason }];
  }
  const isSame =
    state.decision === input.decision &&
    state.decisionReason === input.reason &&
    state.decisionJustification === input.justification &&
    state.decisionUntil === input.until;
  if (isSame) return [];
  const changes = {
    decision: input.decision,
    decisionUntil: input.until,
    decisionReason: input.reason,
    decisionJustification: input.justification,
    decisionSource: 'person',
    decidedBy: input.by,
    decidedAt: at,
  };
  return [{ type: 'decided', changes, reason: input.reason }];
}

/** An acceptance ends: the finding counts again, due at the latest of what it was and a grace after the end. */
export function expired(state: FindingState, at: string, { graceDays }: SlaPolicy): Transition[] {
  const { decision, decisionUntil, dueAt } = state;
  if (decision !== 'accepted' || decisionUntil === null || decisionUntil > at) return [];
  const graceEnd = later(decisionUntil, graceDays);
  const isLater = dueAt !== null && dueAt > graceEnd;
  const due = dueAt === null || isLater ? dueAt : graceEnd;
  return [{ type: 'acceptance_expired', changes: { ...NO_DECISION, dueAt: due }, reason: null }];
}

export type KindCounts = Readonly<Partial<Record<FindingKind, number>>>;

export interface RunFacts {
  toolVersion: string | null;
  options: string | null;
  targets: readonly string[];
  warnings: readonly string[];
  /** Findings in the run, each once. */
  found: number;
  /** Entries in the report by kind; a kind that is not in it may not have been looked for. */
  kinds: KindCounts;
}

export interface Baseline extends Omit<RunFacts, 'warnings' | 'found'> {
  /** Findings that the stream saw last, and those by kind. */
  live: number;
}

const NAMES_SHOWN = 3;

const majorOf = (version: string | null) => /^\D*(\d+)/.exec(version ?? '')?.[1] ?? null;

/** Where something else was looked at, what it lacks was not looked at. */
function targetReason(before: readonly string[], now: readonly string[]): string[] {
  const seenNow = new Set(now);
  const lacking = before.filter((target) => !seenNow.has(target));
  if (lacking.length === 0) return [];
  const names = lacking
    .slice(0, NAMES_SHOWN)
    .map((name) => `"${name}"`)
    .join(', ');
  const more = lacking.length > NAMES_SHOWN ? ` and ${lacking.length - NAMES_SHOWN} more` : '';
  const advice =
    lacking.length === before.length && now.length > 0
      ? ' If these are different scans, upload them with different categories.'
      : '';
  return [
    `${lacking.length} ${lacking.length === 1 ? 'target' : 'targets'} missing compared with the previous scan: ${names}${more}.${advice}`,
  ];
}

const KIND_WORDS: Readonly<Record<FindingKind, [one: string, many: string]>> = {
  vulnerability: ['vulnerability', 'vulnerabilities'],
  misconfiguration: ['misconfiguration', 'misconfigurations'],
  secret: ['secret', 'secrets'],
  license: ['license finding', 'license findings'],
  code: ['code finding', 'code findings'],
};

/** More than half of them, or all of a kind, are seldom fixed between two runs; a filter leaves out as many. */
function dropReasons(before: Baseline, { found, kinds }: RunFacts): string[] {
  const { live } = before;
  const findings = live === 1 ? '1 finding' : `${live} findings`;
  if (found === 0) return [`The previous scan found ${findings}; this one found none.`];
  if (found * 2 < live) return [`The previous scan found ${findings}; this one found only ${found}.`];
  return (Object.keys(KIND_WORDS) as FindingKind[])
    .filter((kind) => (before.kinds[kind] ?? 0) > 0 && (kinds[kind] ?? 0) === 0)
    .map((kind) => {
      const count = before.kinds[kind] ?? 0;
      return `The previous scan found ${count} ${KIND_WORDS[kind][count === 1 ? 0 : 1]}; this one found none.`;
    });
}

/**
 * Why the absences of a run must not be believed before somebody confirms them; empty where they may be.
 * @param missing how many findings of the stream the run lacks: without any, nothing would be closed
 */
export function holdReasons(before: Baseline, run: RunFacts, missing: number): string[] {
  if (missing === 0) return [];
  const [oldMajor, newMajor] = [majorOf(before.toolVersion), majorOf(run.toolVersion)];
  return [
    ...run.warnings,
    ...(oldMajor !== null && newMajor !== null && oldMajor !== newMajor
      ? [`The scanner changed from version ${before.toolVersion} to ${run.toolVersion}.`]
      : []),
    ...(before.options !== run.options
      ? [`The scanner's options changed from "${before.options ?? 'none'}" to "${run.options ?? 'none'}".`]
      : []),
    ...targetReason(before.targets, run.targets),
    ...dropReasons(before, run),
  ];
}

/**
 * Tells the members of one group apart (findings.md 2.2, step 5): first those on the same line, then the others in the
 * order of their lines.
 * @returns for each of `lines` the index in `known`, or -1 for a new member
 */
export function pairMembers(lines: readonly (number | null)[], known: readonly (number | null)[]): number[] {
  const pairs = lines.map(() => -1);
  const free = new Set(known.keys());
  for (const [i, line] of lines.entries()) {
    const same = [...free].find((index) => known[index] === line);
    if (same === undefined) continue;
    pairs[i] = same;
    free.delete(same);
  }
  const byLine = (list: readonly (number | null)[]) => (a: number, b: number) =>
    (list[a] ?? 0) - (list[b] ?? 0) || a - b;
  const left = [...free].sort(byLine(known));
  for (const i of [...lines.keys()].filter((index) => pairs[index] === -1).sort(byLine(lines))) {
    pairs[i] = left.shift() ?? -1;
  }
  return pairs;
}
