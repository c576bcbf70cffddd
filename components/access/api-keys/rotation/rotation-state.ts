import type { KeyDto, KeyVersionDto } from '@/lib/access/api-keys/contract';
import { isLive, safeToRetire } from '@/lib/access/api-keys/rules';
import { MINUTE_MS, SECOND_MS } from '@/lib/platform/core/clock';
import { exactDuration, roughDuration } from './duration';

/** The versions that are or will be accepted, oldest first. */
export function liveVersions(key: KeyDto): KeyVersionDto[] {
  return key.versions.filter(({ state }) => isLive(state)).sort((a, b) => a.number - b.number);
}

/** The two secrets a rotation is about: the one that goes and the one that comes. */
export interface Rotation {
  old: KeyVersionDto;
  next: KeyVersionDto;
  /** A third secret, still in grace from the rotation before. */
  older: KeyVersionDto | null;
  phase: 'waiting' | 'grace';
}

/** The open rotation of a key, or null while it has only one secret or none that is accepted. */
export function rotationOf(key: KeyDto): Rotation | null {
  const live = liveVersions(key);
  const of = (state: KeyVersionDto['state']) => live.find((version) => version.state === state);
  const [pending, current, grace] = [of('pending'), of('current'), of('grace')];
  if (pending && current) return { old: current, next: pending, older: grace ?? null, phase: 'waiting' };
  if (grace && current) return { old: grace, next: current, older: null, phase: 'grace' };
  return null;
}

/** True while something can change by itself, so that the screen keeps asking. */
export function isRotationOpen(key: KeyDto): boolean {
  return key.revokedAt === null && liveVersions(key).some(({ state }) => state !== 'current');
}

function endsWithKey(key: KeyDto, version: KeyVersionDto): boolean {
  return key.expiresAt !== null && version.endsAt === key.expiresAt && version.graceUntil !== key.expiresAt;
}

/** One sentence: what happens next, and what makes it happen. */
export function nextStep(key: KeyDto, rotation: Rotation): string {
  const { old, next, older, phase } = rotation;
  if (phase === 'grace') {
    return endsWithKey(key, old)
      ? `Version ${old.number} is refused when the key expires, before its grace would have ended.`
      : `Version ${old.number} is refused when the clock reaches zero; version ${next.number} stays.`;
  }
  const graceMs = next.predecessorGraceSeconds * SECOND_MS;
  const then =
    graceMs === 0
      ? `version ${old.number} is refused from that request on`
      : `version ${old.number} is then accepted for ${exactDuration(graceMs)} more`;
  const third = older ? `, and version ${older.number} is retired at once` : '';
  return `The first request with version ${next.number} starts the clock: ${then}${third}.`;
}

export interface Verdict {
  safe: boolean;
  title: string;
  /** What decides. */
  reasons: string[];
  /** What there is to see besides. */
  facts: string[];
}

function ago(durationMs: number): string {
  return durationMs < MINUTE_MS ? 'less than a minute ago' : `${roughDuration(durationMs)} ago`;
}

function lastUse(version: KeyVersionDto, nowMs: number): string {
  if (version.lastUsedAt === null) return `Version ${version.number} was never used.`;
  const from = version.lastUsedIp ? ` from ${version.lastUsedIp}` : '';
  return `Version ${version.number} was last used ${ago(nowMs - Date.parse(version.lastUsedAt))}${from}.`;
}

/** Whether the old secret can be ended without an outage (`safeToRetire`), and the facts to judge it by. */
export function retireVerdict(key: KeyDto, { old, next, phase }: Rotation, nowMs: number): Verdict {
  const rule =
    phase === 'grace'
      ? safeToRetire(key, nowMs)
      : { safe: false, reasons: [`Version ${next.number} has not been used yet.`] };
  return {
    safe: rule.safe,
    title: rule.safe
      ? `Safe to retire version ${old.number}`
      : `Not safe to retire version ${old.number} yet`,
    reasons: rule.reasons,
    facts: [lastUse(old, nowMs), ...(next.lastUsedAt ? [lastUse(next, nowMs)] : [])],
  };
}

/** Why the key cannot be rotated now, or null when it can. */
export function rotateRefusal(key: KeyDto, nowMs: number): string | null {
  if (key.revokedAt !== null) return 'A revoked key cannot be rotated. Create a new one.';
  if (key.expiresAt !== null && Date.parse(key.expiresAt) <= nowMs) {
    return 'An expired key cannot be rotated. Set a later expiry first.';
  }
  return null;
}
