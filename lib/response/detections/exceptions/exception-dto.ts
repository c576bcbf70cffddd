import type { detectionException } from '@/db/schema/detections';
import type { Actor } from '@/lib/platform/auth/contract';
import { may } from '@/lib/platform/auth/rules';
import { DAY_MS } from '@/lib/platform/core/clock';
import { AppError } from '@/lib/platform/core/errors';
import {
  type ExceptionDto,
  type ExceptionState,
  exceptionReplayDto,
} from '@/lib/response/detections/exception-contract';
import type { DetectionPolicy } from '@/lib/response/detections/policy/policy-schema';
import { fileExceptionId } from './active';
import { upstreamOf } from './upstream';

type Row = typeof detectionException.$inferSelect;

export const exceptionNotFound = () => new AppError('not_found', 'Exception not found in this tenant.');

export function stateOf(
  { approvedAt, endedAt, expiresAt }: Pick<Row, 'approvedAt' | 'endedAt' | 'expiresAt'>,
  nowMs: number,
): ExceptionState {
  if (endedAt) return 'ended';
  if (expiresAt.getTime() <= nowMs) return 'expired';
  return approvedAt ? 'active' : 'waiting';
}

/** Who asked, so that nobody approves for themselves: of a key, who answers for it. */
export function requesterOf(actor: Actor): { userId: string | null; label: string } {
  if (actor.type === 'key') return { userId: actor.ownerUserId ?? null, label: actor.label };
  return { userId: actor.type === 'user' ? actor.userId : null, label: actor.label };
}

/** Someone other than who asked: a person, or whoever is on the host. */
export function mayApprove(
  actor: Actor,
  { requestedBy, requestedByLabel }: Pick<Row, 'requestedBy' | 'requestedByLabel'>,
): boolean {
  if (!may(actor, 'detections:write') || (actor.type !== 'user' && actor.type !== 'cli')) return false;
  const { userId, label } = requesterOf(actor);
  return userId === null ? label !== requestedByLabel : userId !== requestedBy;
}

export function exceptionDtoOf(row: Row, actor: Actor, nowMs: number): ExceptionDto {
  const { id, kind, rule, fields, reason } = row;
  const expiresAt = row.expiresAt.toISOString();
  const state = stateOf(row, nowMs);
  return {
    id,
    kind,
    rule,
    fields,
    reason,
    state,
    origin: 'console',
    expiresAt,
    requestedBy: row.requestedByLabel,
    requestedAt: row.requestedAt.toISOString(),
    approvedBy: row.approvedByLabel,
    approvedAt: row.approvedAt?.toISOString() ?? null,
    endedBy: row.endedByLabel,
    endedAt: row.endedAt?.toISOString() ?? null,
    endedReason: row.endedReason,
    covered: row.covered,
    lastCoveredAt: row.lastCoveredAt?.toISOString() ?? null,
    replay: exceptionReplayDto.nullable().catch(null).parse(row.replay),
    canApprove: state === 'waiting' && mayApprove(actor, row),
    upstream: upstreamOf({ id, kind, rule, fields, reason, expiresAt }, nowMs),
  };
}

type FileEntry = DetectionPolicy['exceptions'][number];

/** An exception of the policy file, which its review approved. */
export function fileExceptionDto(entry: FileEntry, index: number, file: string, nowMs: number): ExceptionDto {
  const { rule, fields, reason, until, approvedBy } = entry;
  const expiresAt = new Date(Date.parse(until) + DAY_MS).toISOString();
  const printed = { id: fileExceptionId(index), kind: 'falco' as const, rule, fields, reason, expiresAt };
  return {
    ...printed,
    state: Date.parse(expiresAt) <= nowMs ? 'expired' : 'active',
    origin: 'file',
    requestedBy: file,
    requestedAt: null,
    approvedBy,
    approvedAt: null,
    endedBy: null,
    endedAt: null,
    endedReason: null,
    covered: 0,
    lastCoveredAt: null,
    replay: null,
    canApprove: false,
    upstream: upstreamOf(printed, nowMs),
  };
}
