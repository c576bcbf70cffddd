import { DAY_MS, SECOND_MS } from '@/lib/platform/core/clock';
import { retryDelayMs } from './schedule';

/** About two days of trying. */
export const ATTEMPTS_MAX = 12;
const DEAD_AFTER_MS = 3 * DAY_MS;
const FAILURES_MIN = 5;
const FAILURES_MAX = 15;
const RETRY_AFTER_MAX_MS = DAY_MS;

/** What came of one attempt. `isChannelsFault` false: the message or its recipient, not the way there. */
export type AttemptResult =
  | { kind: 'succeeded'; status: number | null }
  | {
      kind: 'retry';
      status: number | null;
      error: string;
      retryAfterMs: number | null;
      isChannelsFault: boolean;
    }
  | { kind: 'permanent'; status: number | null; error: string; isGone: boolean; isChannelsFault: boolean };

export interface SettledDelivery {
  state: 'pending' | 'succeeded' | 'failed';
  outcome: 'succeeded' | 'retry' | 'failed';
  nextAttemptAt: Date | null;
}

/** @param attempts how many there were, this one among them; @param random from 0 to 1 */
export function settleDelivery(
  attempts: number,
  result: AttemptResult,
  now: Date,
  random: number,
): SettledDelivery {
  if (result.kind === 'succeeded') return { state: 'succeeded', outcome: 'succeeded', nextAttemptAt: null };
  if (result.kind === 'permanent' || attempts >= ATTEMPTS_MAX) {
    return { state: 'failed', outcome: 'failed', nextAttemptAt: null };
  }
  const asked = Math.min(result.retryAfterMs ?? 0, RETRY_AFTER_MAX_MS);
  const delayMs = Math.max(retryDelayMs(attempts, random), asked);
  return { state: 'pending', outcome: 'retry', nextAttemptAt: new Date(now.getTime() + delayMs) };
}

export interface ChannelHealth {
  /** In a row. */
  failures: number;
  failingSince: Date | null;
  /** Nothing is sent before; then one message tries whether the channel works again. */
  pausedUntil: Date | null;
}

export interface SettledChannel extends ChannelHealth {
  /** Why it is turned off for good, as a sentence; null: it stays on. */
  disable: string | null;
}

const healthy: SettledChannel = { failures: 0, failingSince: null, pausedUntil: null, disable: null };

function deadSentence(failures: number, failingMs: number, result: AttemptResult): string | null {
  if (result.kind === 'succeeded') return null;
  const isPermanent = result.kind === 'permanent';
  if (isPermanent && result.isGone) return 'The address returned 410 Gone.';
  if (failures < FAILURES_MIN) return null;
  const isDead = isPermanent || failures >= FAILURES_MAX || failingMs >= DEAD_AFTER_MS;
  return isDead ? result.error : null;
}

/** A channel that fails is paused for longer after each failure, and turned off when it is dead. */
export function settleChannel(
  before: ChannelHealth,
  result: AttemptResult,
  now: Date,
  random: number,
): SettledChannel {
  if (result.kind === 'succeeded') return healthy;
  if (!result.isChannelsFault) return { ...before, disable: null };
  const failures = before.failures + 1;
  const failingSince = before.failingSince ?? now;
  const asked = result.kind === 'retry' ? Math.min(result.retryAfterMs ?? 0, RETRY_AFTER_MAX_MS) : 0;
  const pauseMs = Math.max(retryDelayMs(failures, random), asked);
  return {
    failures,
    failingSince,
    pausedUntil: new Date(now.getTime() + pauseMs),
    disable: deadSentence(failures, now.getTime() - failingSince.getTime(), result),
  };
}

/** Seconds or an HTTP date, as milliseconds from now; null where the header says nothing usable. */
export function retryAfterMs(header: unknown, now: Date): number | null {
  if (typeof header !== 'string') return null;
  if (/^\d{1,9}$/.test(header)) return Number(header) * SECOND_MS;
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, at - now.getTime());
}

const TRANSIENT = new Set([408, 425, 429]);

/** What an HTTP answer means: only 2xx is success; a redirect is never followed. */
export function resultOfStatus(status: number, retryAfter: unknown, now: Date): AttemptResult {
  if (status >= 200 && status < 300) return { kind: 'succeeded', status };
  if (status >= 500 || TRANSIENT.has(status)) {
    const waitMs = retryAfterMs(retryAfter, now);
    return {
      kind: 'retry',
      status,
      error: `It answered ${status}.`,
      retryAfterMs: waitMs,
      isChannelsFault: true,
    };
  }
  const error =
    status >= 300 && status < 400
      ? `It answered ${status}. Redirects are not followed. Enter the final URL.`
      : `It answered ${status}.`;
  return { kind: 'permanent', status, error, isGone: status === 410, isChannelsFault: true };
}
