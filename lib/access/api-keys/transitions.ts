import { AppError } from '@/lib/platform/core/errors';
import type { RevokeReason, VersionState } from './contract';
import { effectiveState, endsAtMs, isLive, type KeyFacts, undoRevokeUntilMs } from './rules';

/** One version as the state machine sees it; times in Unix milliseconds by the database clock. */
export interface VersionFacts {
  id: string;
  number: number;
  state: VersionState;
  predecessorGraceSeconds: number;
  activatedAtMs: number | null;
  graceUntilMs: number | null;
  endedAtMs: number | null;
  revokedReason: RevokeReason | null;
  stateBeforeRevoke: VersionState | null;
}

/**
 * The state machine of reference/api-keys.md 2. Every transition takes a key with its versions and returns the versions
 * that change, in the order in which they must be written: at no moment do two share a slot.
 */
export interface KeyVersions {
  key: KeyFacts;
  versions: readonly VersionFacts[];
  nowMs: number;
}

export function versionIn(versions: readonly VersionFacts[], state: VersionState): VersionFacts | undefined {
  return versions.find((version) => version.state === state);
}

function requireVersion(version: VersionFacts | undefined, sentence: string): VersionFacts {
  if (!version) throw new AppError('conflict', sentence);
  return version;
}

function retire({ key, nowMs }: KeyVersions, version: VersionFacts): VersionFacts {
  return { ...version, state: 'retired', endedAtMs: Math.min(endsAtMs(key, version) ?? nowMs, nowMs) };
}

/** A cancelled or superseded secret never served; there is nothing to undo. */
function supersede(version: VersionFacts, nowMs: number): VersionFacts {
  return {
    ...version,
    state: 'revoked',
    endedAtMs: nowMs,
    revokedReason: 'SUPERSEDED',
    stateBeforeRevoke: null,
  };
}

function revoke(version: VersionFacts, reason: RevokeReason, nowMs: number): VersionFacts {
  return {
    ...version,
    state: 'revoked',
    endedAtMs: nowMs,
    revokedReason: reason,
    stateBeforeRevoke: version.state,
  };
}

/** Grace counted from `fromMs`, never past the key's expiry; over at once where that lies in the past. */
function putInGrace(
  at: KeyVersions,
  version: VersionFacts,
  fromMs: number,
  graceSeconds: number,
): VersionFacts {
  const wantedMs = fromMs + graceSeconds * 1000;
  const graceUntilMs = at.key.expiresAtMs === null ? wantedMs : Math.min(wantedMs, at.key.expiresAtMs);
  const inGrace: VersionFacts = { ...version, state: 'grace', graceUntilMs };
  return graceUntilMs <= at.nowMs ? retire(at, inGrace) : inGrace;
}

/** The pending version takes over at `atMs`: the old grace retires, the old current gets its grace from `atMs`. */
export function promote(at: KeyVersions, atMs: number): VersionFacts[] {
  const pending = requireVersion(
    versionIn(at.versions, 'pending'),
    'No new secret is pending first use. Reload to see the current state.',
  );
  const changes: VersionFacts[] = [];
  const grace = versionIn(at.versions, 'grace');
  if (grace) changes.push(retire(at, grace));
  const current = versionIn(at.versions, 'current');
  if (current) changes.push(putInGrace(at, current, atMs, pending.predecessorGraceSeconds));
  return [...changes, { ...pending, state: 'current', activatedAtMs: atMs }];
}

export interface Rotation {
  successorId: string;
  graceSeconds: number;
  start: 'first_use' | 'now';
  compromised: boolean;
}

function refuseEndedKey({ key, nowMs }: KeyVersions): void {
  if (key.revokedAtMs !== null) throw new AppError('conflict', 'The key is revoked. Create a new key.');
  if (key.expiresAtMs !== null && nowMs >= key.expiresAtMs) {
    throw new AppError('conflict', 'The key has expired. Change its end date first, or create a new key.');
  }
}

/**
 * A new secret: pending until its first use, or current at once (`start: now`, a compromised key, or nothing that it
 * would replace). It supersedes an older pending one; a compromised current one is revoked for good.
 */
export function addSuccessor(at: KeyVersions, rotation: Rotation): VersionFacts[] {
  refuseEndedKey(at);
  const changes: VersionFacts[] = [];
  const pending = versionIn(at.versions, 'pending');
  if (pending) changes.push(supersede(pending, at.nowMs));
  const current = versionIn(at.versions, 'current');
  if (current && rotation.compromised) changes.push(revoke(current, 'KEY_COMPROMISE', at.nowMs));
  const successor: VersionFacts = {
    id: rotation.successorId,
    number: Math.max(0, ...at.versions.map((version) => version.number)) + 1,
    state: 'pending',
    predecessorGraceSeconds: rotation.compromised ? 0 : rotation.graceSeconds,
    activatedAtMs: null,
    graceUntilMs: null,
    endedAtMs: null,
    revokedReason: null,
    stateBeforeRevoke: null,
  };
  const takesOver = rotation.compromised || rotation.start === 'now' || !current;
  if (!takesOver) return [...changes, successor];
  const versions = [...applyChanges(at.versions, changes), successor];
  return [...changes, ...promote({ ...at, versions }, at.nowMs)];
}

/** The pending version takes over by hand, as if it had been used now. */
export function promoteByHand(at: KeyVersions): VersionFacts[] {
  refuseEndedKey(at);
  return promote(at, at.nowMs);
}

export function cancelPending(at: KeyVersions): VersionFacts[] {
  const pending = requireVersion(
    versionIn(at.versions, 'pending'),
    'No rotation to cancel: no new secret is pending first use.',
  );
  return [supersede(pending, at.nowMs)];
}

function graceOf(at: KeyVersions): VersionFacts {
  const grace = at.versions.find((version) => effectiveState(at.key, version, at.nowMs) === 'grace');
  return requireVersion(grace, 'No old secret is in its grace period. Reload to see the current state.');
}

/** Sets what remains of the grace, counted from now; never past the key's expiry. */
export function setGrace(at: KeyVersions, graceSeconds: number): VersionFacts[] {
  return [putInGrace(at, graceOf(at), at.nowMs, graceSeconds)];
}

export function revokeGrace(at: KeyVersions): VersionFacts[] {
  return [revoke(graceOf(at), 'SUPERSEDED', at.nowMs)];
}

export function revokeOne(at: KeyVersions, number: number, reason: RevokeReason): VersionFacts[] {
  const version = at.versions.find((one) => one.number === number);
  if (!version) throw new AppError('not_found', `The key has no version ${number}.`);
  if (version.state === 'revoked' && reason === 'KEY_COMPROMISE' && version.revokedReason !== reason) {
    return [{ ...version, revokedReason: reason }];
  }
  if (!isLive(effectiveState(at.key, version, at.nowMs))) {
    throw new AppError('conflict', `Version ${number} no longer works, so there is nothing to revoke.`);
  }
  return [revoke(version, reason, at.nowMs)];
}

/** @throws AppError conflict where the revocation is for good, too old, or its place is taken */
export function refuseLateUndo(revokedAtMs: number | null, reason: RevokeReason | null, nowMs: number): void {
  const untilMs = undoRevokeUntilMs(revokedAtMs, reason);
  if (reason === 'KEY_COMPROMISE') {
    throw new AppError(
      'conflict',
      'You cannot undo this because the key was revoked as exposed. Rotate it or create a new key.',
    );
  }
  if (untilMs === null) throw new AppError('conflict', 'It is not revoked. Reload to see the current state.');
  if (nowMs >= untilMs) {
    throw new AppError('conflict', 'You can undo a revocation for 60 minutes only. That time has passed.');
  }
}

export function restoreOne(at: KeyVersions, number: number): VersionFacts[] {
  const version = at.versions.find((one) => one.number === number);
  if (!version) throw new AppError('not_found', `The key has no version ${number}.`);
  const isRevoked = version.state === 'revoked';
  refuseLateUndo(isRevoked ? version.endedAtMs : null, version.revokedReason, at.nowMs);
  const before = version.stateBeforeRevoke;
  if (before === null)
    throw new AppError('conflict', `Version ${number} was replaced. Rotate the key instead.`);
  if (versionIn(at.versions, before)) {
    throw new AppError('conflict', `Version ${number} has since been replaced by another version.`);
  }
  const restored: VersionFacts = {
    ...version,
    state: before,
    endedAtMs: null,
    revokedReason: null,
    stateBeforeRevoke: null,
  };
  if (!isLive(effectiveState(at.key, restored, at.nowMs))) {
    throw new AppError('conflict', `The grace period of version ${number} has ended.`);
  }
  return [restored];
}

/** Ends the current secret, and one in grace, because a `strict` policy wants it; a pending one may still take over. */
export function expireCurrent(at: KeyVersions): VersionFacts[] {
  const isEnding = ({ state }: VersionFacts) => state === 'current' || state === 'grace';
  return at.versions.filter(isEnding).map((version) => retire(at, version));
}

/** What the worker writes once a grace is over. */
export function retireDue(at: KeyVersions): VersionFacts[] {
  const isDue = (version: VersionFacts) =>
    version.state === 'grace' && (endsAtMs(at.key, version) ?? Number.POSITIVE_INFINITY) <= at.nowMs;
  return at.versions.filter(isDue).map((version) => retire(at, version));
}

export function applyChanges(
  versions: readonly VersionFacts[],
  changes: readonly VersionFacts[],
): VersionFacts[] {
  const changed = new Map(changes.map((version) => [version.id, version]));
  const kept = versions.map((version) => changed.get(version.id) ?? version);
  const known = new Set(versions.map((version) => version.id));
  return [...kept, ...changes.filter((version) => !known.has(version.id))];
}
