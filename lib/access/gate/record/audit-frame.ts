import type { AuditRow } from '@/db/gate-rows';
import type { DatabaseClock } from '@/lib/access/gate/decide/database-clock';
import type { Verdict } from '@/lib/access/gate/http/question';
import { limitDetails } from '@/lib/platform/rate-limit/limit-headers';

const DURATION_US_MAX = 2_147_483_647;

/** What every row has in common, and empty what many rows leave empty. */
export type RowFrame = Pick<
  AuditRow,
  'atMs' | 'id' | 'durationUs' | 'sessionId' | 'userAgent' | 'host' | 'details'
> & { targetType: null; targetId: null; targetLabel: null; reason: null };

function detailsOf({ question, blockId }: Verdict): string | null {
  const limits = question.limit ? limitDetails(question.limit) : null;
  if (!limits && blockId === null) return null;
  return JSON.stringify(blockId === null ? limits : { ...limits, block: blockId });
}

/** @param nowMs by the database's clock */
export function frameOf(verdict: Verdict, clock: DatabaseClock, nowMs: number): RowFrame {
  const { startedMs, requestId } = verdict.question;
  const atMs = clock.at(startedMs);
  return {
    atMs,
    id: requestId,
    durationUs: Math.min(DURATION_US_MAX, Math.max(0, Math.round((nowMs - atMs) * 1000))),
    sessionId: null,
    userAgent: null,
    host: null,
    details: detailsOf(verdict),
    targetType: null,
    targetId: null,
    targetLabel: null,
    reason: null,
  };
}

/** Why a revoked key was revoked. */
export function reasonOf({ code, subject }: Verdict): string | null {
  return code === 'REVOKED' ? (subject?.snapshot.revokedReason ?? null) : null;
}
