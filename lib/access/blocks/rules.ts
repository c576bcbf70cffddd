import { MINUTE_MS } from '@/lib/platform/core/clock';
import { type BlockKind, type BlockState, RESTORE_MINUTES } from './contract';

/** Times of a block in Unix milliseconds. */
export interface BlockTimes {
  expiresAtMs: number | null;
  liftedAtMs: number | null;
}

export function blockState({ expiresAtMs, liftedAtMs }: BlockTimes, nowMs: number): BlockState {
  if (liftedAtMs !== null) return 'lifted';
  return expiresAtMs !== null && nowMs >= expiresAtMs ? 'expired' : 'active';
}

/** Until when a lifted block can be restored; null where it cannot: it stands, or would have expired. */
export function restoreUntilMs({ expiresAtMs, liftedAtMs }: BlockTimes, nowMs: number): number | null {
  if (liftedAtMs === null) return null;
  const untilMs = Math.min(liftedAtMs + RESTORE_MINUTES * MINUTE_MS, expiresAtMs ?? Number.MAX_SAFE_INTEGER);
  return nowMs < untilMs ? untilMs : null;
}

/** Kinds that every request is compared with one by one, so that fewer of them may stand. */
export const isPattern = (kind: BlockKind) => kind === 'user_agent' || kind === 'route';
