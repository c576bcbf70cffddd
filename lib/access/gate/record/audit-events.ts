import { createHash } from 'node:crypto';
import type { AuditRow, DeliveryRow } from '@/db/gate-rows';
import { AUTHORIZE_STATUS } from '@/lib/access/gate/codes';
import type { EventsQuestion, Verdict } from '@/lib/access/gate/http/question';
import type { AuditAction } from '@/lib/platform/audit/contract';
import { DEFAULT_TENANT_ID } from '@/lib/platform/tenancy/contract';
import { type RowFrame, reasonOf } from './audit-frame';

/** What stands in the place of a token. */
const HIDDEN = '{token}';

type Actor = Pick<AuditRow, 'actorType' | 'actorId' | 'actorLabel' | 'keyVersionId'>;

function actorOf({ subject, source, unknownLabel }: Verdict): Actor {
  if (subject) {
    const { keyId, name, versionId } = subject.snapshot;
    return { actorType: 'key', actorId: keyId, actorLabel: name, keyVersionId: versionId };
  }
  const label = source ? source.snapshot.name : unknownLabel;
  return { actorType: 'anonymous', actorId: null, actorLabel: label, keyVersionId: null };
}

export const isTaken = ({ code, about }: Pick<Verdict, 'code' | 'about'>): boolean =>
  code === 'VALID' && about === 'subject';

export function statusOfEvents(verdict: Verdict<EventsQuestion>): number {
  if (verdict.code !== 'VALID') return AUTHORIZE_STATUS[verdict.code];
  return verdict.question.refusal()?.status ?? 200;
}

/** The path as it may be kept: never with the token in it. */
function pathOf({ events, sentWith }: EventsQuestion): string {
  const hasToken = sentWith.kind === 'source' || (sentWith.kind === 'digest' && sentWith.of === 'source');
  return `/v1/events/${events}${hasToken ? `/${HIDDEN}` : ''}`;
}

function detailsOf({ question, blockId }: Verdict<EventsQuestion>): string {
  const { body, spilledAtMs } = question;
  return JSON.stringify({
    bytes: body.length,
    sha256: createHash('sha256').update(body.bytes).digest('hex'),
    headersSha256: body.headersDigest.toString('hex'),
    ...(spilledAtMs === null ? {} : { keptOnDiskSince: new Date(spilledAtMs).toISOString() }),
    ...(blockId === null ? {} : { block: blockId }),
  });
}

/** A delivery of events: whoever sent it is the actor, and the body's digest stands in the record. */
export function eventsRow(verdict: Verdict<EventsQuestion>, frame: RowFrame): AuditRow {
  const { code, question, subject, source } = verdict;
  const isRefusedInput = code === 'VALID' && !isTaken(verdict);
  return {
    ...frame,
    ...actorOf(verdict),
    tenantId: (subject ?? source)?.tenant.id ?? DEFAULT_TENANT_ID,
    action: 'gate.events' satisfies AuditAction,
    outcome: isTaken(verdict) ? 'success' : isRefusedInput || code === 'UNAVAILABLE' ? 'failure' : 'denied',
    code: isRefusedInput ? (question.refusal()?.code ?? code) : code,
    ip: question.ip,
    userAgent: question.userAgent,
    method: 'POST',
    host: question.host,
    path: pathOf(question),
    status: statusOfEvents(verdict),
    targetType: source ? 'event_source' : null,
    targetId: source?.snapshot.sourceId ?? null,
    targetLabel: source?.snapshot.name ?? null,
    reason: reasonOf(verdict),
    details: detailsOf(verdict),
  };
}

/** The body of a delivery that was taken in. @param nowMs when it was received, by the database's clock */
export function deliveryOf(verdict: Verdict<EventsQuestion>, nowMs: number): DeliveryRow {
  const { question, subject, source } = verdict;
  const tenantId = (subject ?? source)?.tenant.id;
  if (tenantId === undefined) throw new Error('A delivery without a sender');
  const { events, requestId, ip, userAgent, body, spilledAtMs } = question;
  return {
    tenantId,
    id: requestId,
    receivedAtMs: spilledAtMs ?? nowMs,
    kind: events,
    originType: subject ? 'key' : 'source',
    originId: subject ? subject.snapshot.keyId : (source?.snapshot.sourceId ?? null),
    originLabel: subject ? subject.snapshot.name : (source?.snapshot.name ?? ''),
    ip,
    userAgent,
    encoding: body.encoding,
    body: body.bytes,
    bodyBytes: body.length,
    headersDigest: body.headersDigest,
    isSpilled: spilledAtMs !== null,
  };
}
