import { DAY_MS, HOUR_MS, MINUTE_MS } from '@/lib/platform/core/clock';
import { type LogProblem, SEALING_LAG_MAX_MS } from '../contract';
import type { LogStatus } from './log-status';

/** A checkpoint is signed every minute; after so long nobody vouches for the present. */
const SIGNED_WITHIN_MS = 5 * MINUTE_MS;
const WITNESSED_WITHIN_MS = HOUR_MS;
/** The worker verifies every night; a day and what a long run and a restart may take. */
export const VERIFIED_WITHIN_MS = DAY_MS + 6 * HOUR_MS;

const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
const critical = (code: LogProblem['code'], sentence: string, sinceMs: number | null): LogProblem => ({
  ...{ code, severity: 'critical', sentence, since: iso(sinceMs) },
});
const warning = (...given: Parameters<typeof critical>): LogProblem => ({
  ...critical(...given),
  severity: 'warning',
});

/** Also of a tree that is not there yet: events wait either way. */
export function lagOf({ pending, nowMs }: Pick<LogStatus, 'pending' | 'nowMs'>): number {
  return pending.oldestMs === null ? 0 : Math.max(0, nowMs - pending.oldestMs);
}

function sealingProblems(status: LogStatus): LogProblem[] {
  const { logs, pending } = status;
  const newest = logs.at(-1);
  if (lagOf(status) <= SEALING_LAG_MAX_MS) return [];
  // The first pass over an old log takes its time; it moves, or the worker is not there.
  if (
    newest?.firstPass === null &&
    newest.incarnation === 1 &&
    status.nowMs - (newest.sealedMs ?? 0) < SEALING_LAG_MAX_MS
  ) {
    return [];
  }
  return [
    critical(
      'lag',
      'Events have waited for more than two minutes to be sealed. Check that the worker runs, and its log.',
      pending.oldestMs,
    ),
  ];
}

function checkpointProblems({ logs, installation, nowMs }: LogStatus): LogProblem[] {
  if (logs.length === 0) return [];
  if (installation?.signedMs == null) {
    const openedMs = logs[0]?.openedMs ?? nowMs;
    if (nowMs - openedMs < SIGNED_WITHIN_MS) return [];
    return [
      warning(
        'unsigned',
        'No checkpoint is signed. Set LOG_SIGNING_KEY_FILE for the worker.',
        installation?.publishedMs ?? openedMs,
      ),
    ];
  }
  return nowMs - installation.signedMs <= SIGNED_WITHIN_MS
    ? []
    : [
        warning(
          'stale',
          'No checkpoint was signed lately. Check that the worker runs, and its log.',
          installation.signedMs,
        ),
      ];
}

function witnessProblems({ outside, witnesses, witnessed, nowMs }: LogStatus): LogProblem[] {
  const refusals = witnesses.filter(
    ({ problemKind }) => problemKind === 'refused' || problemKind === 'larger',
  );
  const refused = refusals.map(({ name, problem, problemMs }) =>
    critical('refused', `The witness ${name} refuses this log: ${problem ?? ''}`, problemMs),
  );
  if (refused.length > 0 || !outside?.policy) return refused;
  return nowMs - (witnessed?.witnessedMs ?? 0) <= WITNESSED_WITHIN_MS
    ? []
    : [
        warning(
          'not_witnessed',
          'The witnesses have not cosigned a checkpoint for an hour. Check that they can be reached.',
          witnessed?.witnessedMs ?? null,
        ),
      ];
}

function verificationProblems({ logs, verification, nowMs }: LogStatus): LogProblem[] {
  const openedMs = logs[0]?.openedMs;
  if (openedMs === undefined) return [];
  if (verification?.state === 'faults') {
    const count = verification.report?.faultCount ?? 0;
    const faults = count === 1 ? '1 fault' : `${count.toLocaleString('en-US')} faults`;
    return [critical('faults', `The last verification found ${faults} in the log.`, verification.finishedMs)];
  }
  const lastMs = verification?.finishedMs ?? openedMs;
  return nowMs - lastMs <= VERIFIED_WITHIN_MS
    ? []
    : [
        warning(
          'not_verified',
          'The log was not verified for more than a day. The worker does it every night.',
          lastMs,
        ),
      ];
}

/** What is wrong with the log, worst first. Unknown is never well: what was not verified lately is named too. */
export function problemsOf(status: LogStatus): LogProblem[] {
  const all = [
    ...verificationProblems(status),
    ...witnessProblems(status),
    ...sealingProblems(status),
    ...checkpointProblems(status),
  ];
  return all.toSorted((a, b) => Number(a.severity === 'warning') - Number(b.severity === 'warning'));
}
