import { and, eq } from 'drizzle-orm';
import { acceptance } from '@/db/schema/findings';
import { inTenant, type WriteTx } from '@/db/scope';
import { recordAudit } from '@/lib/audit/record';
import type { Actor } from '@/lib/auth/contract';
import { requirePermission } from '@/lib/auth/require';
import { AppError, isAppError } from '@/lib/core/errors';
import { requireMatch } from '@/lib/core/etag';
import { isId, newId } from '@/lib/core/ids';
import {
  type BulkDecideInput,
  type BulkResultDto,
  bulkDecideInput,
  type DecideFindingInput,
  decideFindingInput,
  type FindingDto,
} from './contract';
import { lockFindings, type StoredFinding, updateFindings } from './merge-rows';
import { readFinding } from './queries';
import { applyChanges, decided, type Transition } from './rules';

type Change = ReturnType<typeof decideFindingInput.parse>;

/** Who asks or approves, for telling two people apart. */
export function identityOf(actor: Actor): string {
  if (actor.type === 'user') return `user:${actor.userId}`;
  return actor.type === 'key' ? `key:${actor.keyId}` : `${actor.type}:${actor.label}`;
}

/** One finding, locked for a change. */
export async function lockFinding(tx: WriteTx, tenantId: string, id: string): Promise<StoredFinding> {
  const stored = isId(id) ? (await lockFindings(tx, tenantId, [id])).get(id) : undefined;
  if (!stored) throw new AppError('not_found', 'There is no such finding.');
  return stored;
}

export const targetOf = (id: string, label: string | null = null) => ({
  type: 'finding' as const,
  id,
  label,
});

/** Writes the transitions of one finding with their events. */
export async function writeTransitions(
  tx: WriteTx,
  actor: Actor,
  at: string,
  stored: StoredFinding,
  transitions: readonly Transition[],
): Promise<void> {
  const state = transitions.reduce((one, { changes }) => applyChanges(one, changes), stored.state);
  await updateFindings(tx, { actor, scanId: null, at }, [
    { id: stored.id, events: stored.events, state, transitions, attributes: null },
  ]);
}

/** Ends what was asked for or approved before: a new decision takes its place. */
export async function endAcceptances(tx: WriteTx, tenantId: string, findingId: string): Promise<void> {
  for (const state of ['requested', 'approved']) {
    await tx
      .update(acceptance)
      .set({ state: 'ended' })
      .where(
        and(
          eq(acceptance.tenantId, tenantId),
          eq(acceptance.findingId, findingId),
          eq(acceptance.state, state),
        ),
      );
  }
}

async function requestAcceptance(
  tx: WriteTx,
  actor: Actor,
  id: string,
  { reason, until }: Change,
  now: Date,
): Promise<void> {
  const end = new Date(until ?? '');
  if (end <= now)
    throw new AppError('bad_request', 'The acceptance must end in the future.', {
      fields: [{ path: 'until', message: 'Choose a later time.' }],
    });
  await endAcceptances(tx, actor.tenantId, id);
  await tx.insert(acceptance).values({
    tenantId: actor.tenantId,
    id: newId(),
    findingId: id,
    state: 'requested',
    reason: reason ?? '',
    until: end,
    requestedBy: identityOf(actor),
    requestedLabel: actor.label.slice(0, 200),
    requestedAt: now,
  });
  await recordAudit(tx, actor, {
    action: 'finding.acceptance_requested',
    target: targetOf(id),
    ...(reason ? { reason } : {}),
    details: { until: end.toISOString() },
  });
}

/** @returns whether anything changed */
async function decideOne(tx: WriteTx, actor: Actor, id: string, change: Change): Promise<boolean> {
  const stored = await lockFinding(tx, actor.tenantId, id);
  const now = new Date();
  if (change.decision === 'accepted') {
    await requestAcceptance(tx, actor, id, change, now);
    return true;
  }
  const at = now.toISOString();
  const input = {
    decision: change.decision,
    until: null,
    reason: change.reason ?? null,
    justification: change.justification ?? null,
    by: actor.label.slice(0, 200),
  };
  const transitions = decided(stored.state, at, input);
  if (transitions.length === 0) return false;
  await endAcceptances(tx, actor.tenantId, id);
  await writeTransitions(tx, actor, at, stored, transitions);
  await recordAudit(tx, actor, {
    action: 'finding.decided',
    target: targetOf(id),
    ...(change.reason ? { reason: change.reason } : {}),
    details: { before: { decision: stored.state.decision }, after: { decision: change.decision } },
  });
  return true;
}

/** A person's decision about one finding. An acceptance only begins when somebody else approves it. */
export async function decideFinding(
  actor: Actor,
  id: string,
  given: DecideFindingInput,
  ifMatch: string | null = null,
): Promise<FindingDto> {
  requirePermission(actor, 'findings:write');
  const change = decideFindingInput.parse(given);
  return inTenant(actor, async (tx) => {
    await lockFinding(tx, actor.tenantId, id);
    const before = await readFinding(tx, actor.tenantId, id);
    requireMatch(ifMatch, before.version);
    await decideOne(tx, actor, id, change);
    return readFinding(tx, actor.tenantId, id);
  });
}

/** The same decision about many findings, each in its own transaction. */
export async function decideFindings(actor: Actor, given: BulkDecideInput): Promise<BulkResultDto> {
  requirePermission(actor, 'findings:write');
  const { ids, change } = bulkDecideInput.parse(given);
  const result: BulkResultDto = { changed: [], unchanged: [], failed: [] };
  for (const id of new Set(ids)) {
    try {
      const isChanged = await inTenant(actor, (tx) =>
        decideOne(tx, actor, id, decideFindingInput.parse(change)),
      );
      (isChanged ? result.changed : result.unchanged).push(id);
    } catch (error) {
      if (!isAppError(error)) throw error;
      result.failed.push({ id, detail: error.message });
    }
  }
  return result;
}
