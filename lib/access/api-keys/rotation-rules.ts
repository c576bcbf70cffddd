import { DAY_MS, MINUTE_MS } from '@/lib/platform/core/clock';
import type { Delivery, RotationOverride, RotationRules } from './rotation-contract';

/** A moment as people of a time zone write it; `weekday` 1 is Monday, `minute` counts from midnight. */
export interface LocalMoment {
  date: string;
  weekday: number;
  minute: number;
}

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    weekday: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  formats.set(timeZone, format);
  return format;
}

export function localMoment(ms: number, timeZone: string): LocalMoment {
  const parts = new Map(
    formatOf(timeZone)
      .formatToParts(ms)
      .map(({ type, value }) => [type, value]),
  );
  const part = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) ?? '';
  return {
    date: `${part('year')}-${part('month')}-${part('day')}`,
    weekday: WEEKDAYS.indexOf(part('weekday')) + 1,
    minute: Number(part('hour')) * 60 + Number(part('minute')),
  };
}

function minuteOf(clockTime: string): number {
  const [hours, minutes] = clockTime.split(':');
  return Number(hours) * 60 + Number(minutes);
}

type Window = Pick<RotationRules, 'windowDays' | 'windowFrom' | 'windowTo'>;

/** Whether a rotation may begin at this moment: `from` is part of the window, `to` is not. */
export function isInWindow(rules: Window, moment: LocalMoment): boolean {
  return (
    rules.windowDays.includes(moment.weekday) &&
    moment.minute >= minuteOf(rules.windowFrom) &&
    moment.minute < minuteOf(rules.windowTo)
  );
}

const SEARCH_STEP_MS = MINUTE_MS;

/** The first minute from `fromMs` on that lies in the window, within nine days; null where a change of clocks left none. */
export function nextWindowMs(rules: Window, timeZone: string, fromMs: number): number | null {
  for (let ms = fromMs; ms < fromMs + 9 * DAY_MS; ) {
    const moment = localMoment(ms, timeZone);
    if (isInWindow(rules, moment)) return ms;
    const from = minuteOf(rules.windowFrom);
    const waitMinutes =
      rules.windowDays.includes(moment.weekday) && moment.minute < from ? from - moment.minute : 0;
    const toMidnight = 24 * 60 - moment.minute;
    // Half the way, since a change of clocks may make a day shorter; the last steps are single minutes.
    const minutes = Math.max(1, Math.floor((waitMinutes || toMidnight) / 2));
    ms = Math.floor(ms / SEARCH_STEP_MS) * SEARCH_STEP_MS + minutes * MINUTE_MS;
  }
  return null;
}

/** The policy with what a key does otherwise. A window that the two only spoil together stays the policy's. */
export function effectiveRules(
  policy: RotationRules,
  override: RotationOverride,
  isOff = false,
): RotationRules {
  const merged = { ...policy, ...override };
  const window = merged.windowFrom < merged.windowTo ? merged : policy;
  const { windowFrom, windowTo } = window;
  return { ...merged, windowFrom, windowTo, isEnabled: merged.isEnabled && !isOff };
}

/** How the secret really travels: a way that the key is not prepared for falls back to a person. */
export function effectiveDelivery(
  wanted: Delivery,
  key: { scopes: readonly string[]; hasPublicKey: boolean; hasFile: boolean },
): Delivery {
  const isPossible = {
    pull: key.scopes.includes('keys:self-rotate'),
    jwe: key.hasPublicKey,
    file: key.hasFile,
    console: true,
  }[wanted];
  return isPossible ? wanted : 'console';
}

/** What the planner knows of a key; times in Unix milliseconds. */
export interface RotatableKey {
  keyId: string;
  ownerUserId: string | null;
  rules: RotationRules;
  /** When its current secret came into use; null without one. */
  currentSinceMs: number | null;
  expiresAtMs: number | null;
  isDisabled: boolean;
  isRevoked: boolean;
  /** A rotation of any kind is under way: begun, or with a secret that waits for its first use. */
  isRotating: boolean;
}

/** Why a key does not rotate by itself, or null where it does. */
export function idleReason(key: RotatableKey): string | null {
  if (!key.rules.isEnabled) return 'Automatic rotation is off.';
  if (key.isRevoked) return 'The key is revoked.';
  if (key.currentSinceMs === null) return 'No secret of the key is in use.';
  if (key.isDisabled) return 'The key is disabled.';
  if (key.expiresAtMs !== null && key.expiresAtMs <= dueMs(key, key.currentSinceMs)) {
    return 'The key expires before its next rotation is due.';
  }
  return null;
}

function dueMs(key: RotatableKey, currentSinceMs: number): number {
  return currentSinceMs + key.rules.periodDays * DAY_MS;
}

/** When the key's period ends; null where it does not rotate by itself. */
export function dueAtMs(key: RotatableKey): number | null {
  return key.currentSinceMs === null || idleReason(key) !== null ? null : dueMs(key, key.currentSinceMs);
}

export interface DueKey {
  keyId: string;
  ownerUserId: string | null;
  dueAtMs: number;
}

/** Whether a rotation of the key may begin now, apart from its owner's other keys. */
export function isDueNow(key: RotatableKey, timeZone: string, nowMs: number): boolean {
  const due = dueAtMs(key);
  if (due === null || due > nowMs || key.isRotating) return false;
  return (
    (key.expiresAtMs === null || nowMs < key.expiresAtMs) &&
    isInWindow(key.rules, localMoment(nowMs, timeZone))
  );
}

/**
 * The keys whose rotation begins now. Of one owner's keys only the longest due one, and none on a day on which one of
 * them began already; a key without an owner stands alone.
 * @param ownersToday owners of whom a rotation began on the present day of the tenant's zone
 */
export function pickDueKeys(
  keys: readonly RotatableKey[],
  ownersToday: ReadonlySet<string>,
  timeZone: string,
  nowMs: number,
): DueKey[] {
  const due = keys
    .filter((key) => isDueNow(key, timeZone, nowMs))
    .map((key) => ({ keyId: key.keyId, ownerUserId: key.ownerUserId, dueAtMs: dueAtMs(key) ?? nowMs }))
    .sort((a, b) => a.dueAtMs - b.dueAtMs || (a.keyId < b.keyId ? -1 : 1));
  const taken = new Set(ownersToday);
  return due.filter(({ ownerUserId }) => {
    if (ownerUserId === null) return true;
    if (taken.has(ownerUserId)) return false;
    taken.add(ownerUserId);
    return true;
  });
}

/** A rotation under way, with what became of its secret. */
export interface RotationFacts {
  onUnused: 'escalate' | 'strict';
  deadlineAtMs: number;
  isEscalated: boolean;
  /** When the new secret came into use. */
  usedAtMs: number | null;
  isKeyEnded: boolean;
}

export type RotationStep = 'wait' | 'close' | 'cancel' | 'escalate' | 'expire' | 'warn';

/** What is to be done about a rotation; a `strict` one warns a day before it ends the old secret. */
export function rotationStep(rotation: RotationFacts, nowMs: number): RotationStep {
  if (rotation.usedAtMs !== null) return 'close';
  if (rotation.isKeyEnded) return 'cancel';
  if (rotation.onUnused === 'strict') {
    if (nowMs >= rotation.deadlineAtMs) return 'expire';
    return nowMs >= rotation.deadlineAtMs - DAY_MS && !rotation.isEscalated ? 'warn' : 'wait';
  }
  return nowMs >= rotation.deadlineAtMs && !rotation.isEscalated ? 'escalate' : 'wait';
}

export const EXPIRY_NOTICE_DAYS = [1, 7, 14, 30] as const;

/**
 * Which notice of a key's end is due: the tightest one that has begun, `expired` once it is over. A key that was made
 * after a notice would have begun does not get that one.
 */
export function expiryNotice(
  key: { sinceMs: number; expiresAtMs: number },
  nowMs: number,
): (typeof EXPIRY_NOTICE_DAYS)[number] | 'expired' | null {
  if (nowMs >= key.expiresAtMs) return 'expired';
  const days = EXPIRY_NOTICE_DAYS.find((one) => nowMs >= key.expiresAtMs - one * DAY_MS);
  if (days === undefined) return null;
  return key.sinceMs < key.expiresAtMs - days * DAY_MS ? days : null;
}

/** How many days there are within a period on which a rotation may begin. */
export function daysForRotations(rules: Pick<RotationRules, 'windowDays' | 'periodDays'>): number {
  return Math.max(1, Math.floor((rules.periodDays * rules.windowDays.length) / 7));
}
