import { sql } from 'drizzle-orm';
import { type ReadTx, readTenant } from '@/db/scope';
import { getAuditEvent } from '@/lib/platform/audit/queries';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { type IntegrityDto, type LeafDto, type LeafInput, leafInput } from './contract';
import { type FoundLeaf, findLeaf } from './read/find-leaf';
import { problemsOf } from './read/log-problems';
import { type HeadRow, type LogStatus, PENDING_MAX, readLogStatus } from './read/log-status';
import { toBase64 } from './tlog/bytes';

const iso = (ms: number) => new Date(ms).toISOString();
const isoOrNull = (ms: number | null | undefined) => (ms == null ? null : iso(ms));

const headOf = (head: HeadRow | null): IntegrityDto['checkpoint'] =>
  head && {
    ...{ origin: head.origin, size: head.size, root: toBase64(head.root) },
    ...{ publishedAt: iso(head.publishedMs), signedAt: isoOrNull(head.signedMs) },
  };

function witnessOf({ outside, witnessed, witnesses }: LogStatus): IntegrityDto['witness'] {
  if (!outside?.policy) return null;
  return {
    witnessedAt: isoOrNull(witnessed?.witnessedMs),
    size: witnessed?.size ?? null,
    witnesses: witnesses.map(({ name, url, size, cosignedMs, problem, problemKind }) => ({
      ...{ name, url, size, cosignedAt: isoOrNull(cosignedMs), problem },
      isRefusal: problemKind === 'refused' || problemKind === 'larger',
    })),
  };
}

function verificationOf({ verification }: LogStatus): IntegrityDto['verification'] {
  if (!verification) return null;
  const { state, startedBy, finishedMs, leaves, report } = verification;
  return {
    state: state === 'verified' ? 'verified' : 'faults',
    ...{ startedBy, finishedAt: isoOrNull(finishedMs), leaves, report },
  };
}

function integrityOf(status: LogStatus): IntegrityDto {
  const { logs, pending, running } = status;
  const newest = logs.at(-1);
  return {
    asOf: iso(status.nowMs),
    problems: problemsOf(status),
    log: newest
      ? {
          ...{ origin: newest.origin, size: newest.size, sealedAt: isoOrNull(newest.sealedMs) },
          ...{ openedAt: iso(logs[0]?.openedMs ?? newest.openedMs), firstPass: logs[0]?.firstPass ?? null },
        }
      : null,
    pending: {
      count: Math.min(pending.count, PENDING_MAX),
      isMore: pending.count > PENDING_MAX,
      oldestAt: isoOrNull(pending.oldestMs),
    },
    checkpoint: headOf(status.head),
    installation: headOf(status.installation),
    hasCheckpointFile: status.outside?.hasCheckpointFile ?? false,
    witness: witnessOf(status),
    verification: verificationOf(status),
    running: running && {
      ...{ startedBy: running.startedBy, startedAt: iso(running.startedMs), leaves: running.leaves },
    },
    incarnations: logs.map(({ origin, size, openedMs, restored }) => ({
      ...{ origin, size, openedAt: iso(openedMs) },
      restored: restored && { source: restored.source, lost: restored.lost },
    })),
    erased: status.erased,
    retired: status.retired.map(({ fromMs, toMs, leaves, requestedBy, approvedBy, retiredMs }) => ({
      ...{ from: iso(fromMs), to: iso(toMs), leaves, requestedBy, approvedBy, retiredAt: iso(retiredMs) },
    })),
  };
}

/** How the tenant's log stands: what is sealed, what vouches for it, what is wrong. */
export async function getIntegrity(actor: Actor): Promise<IntegrityDto> {
  requirePermission(actor, 'audit:read');
  return integrityOf(await readTenant(actor, (tx) => readLogStatus(tx, actor.tenantId)));
}

/** The signed checkpoint that proofs of an incarnation lead to. */
export interface ShownHead extends Record<string, unknown> {
  origin: string;
  size: number;
  note: string;
}

/** @returns null where no checkpoint is signed */
export async function readShownHead(
  tx: ReadTx,
  tenantId: string,
  incarnation: number | null = null,
): Promise<ShownHead | null> {
  const [head] = await tx.execute<ShownHead>(sql`
    select l.origin, c.size::float8 as size, c.note
    from public.audit_checkpoint c join public.audit_log l on l.tenant_id = c.tenant_id and l.incarnation = c.incarnation
    where c.tenant_id = ${tenantId}::uuid and c.note is not null
      and (${incarnation}::smallint is null or c.incarnation = ${incarnation}::smallint)
    order by c.incarnation desc, c.size desc limit 1`);
  return head ?? null;
}

/** The leaf of an event. @throws AppError `not_found` without such an event */
export async function leafOfEvent(
  actor: Actor,
  id: string | undefined,
  given: LeafInput,
): Promise<FoundLeaf | null> {
  const { event } = await getAuditEvent(actor, id, leafInput.parse(given));
  return findLeaf(actor.tenantId, event);
}

const WAITING: LeafDto = {
  ...{ state: 'waiting', origin: null, index: null, hash: null, sealedAt: null, provenAtSize: null },
};

/** Where an event stands in the tenant's tree, compared with its leaf now. */
export async function getLeaf(actor: Actor, id: string | undefined, given: LeafInput): Promise<LeafDto> {
  requirePermission(actor, 'audit:read');
  const leaf = await leafOfEvent(actor, id, given);
  if (!leaf) return WAITING;
  const { incarnation, index, hash, sealedMs, state } = leaf;
  return readTenant(actor, async (tx) => {
    const [log] = await tx.execute<{ origin: string }>(sql`
      select origin from public.audit_log where tenant_id = ${actor.tenantId}::uuid and incarnation = ${incarnation}::smallint`);
    if (!log) throw new AppError('not_found', 'The log of this event is not known.');
    const head = await readShownHead(tx, actor.tenantId, incarnation);
    return {
      ...{ state, origin: log.origin, index, hash: toBase64(hash), sealedAt: iso(sealedMs) },
      provenAtSize: head && head.size > index ? head.size : null,
    };
  });
}
