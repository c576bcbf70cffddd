import { and, eq, inArray } from 'drizzle-orm';
import { acceptance } from '@/db/schema/findings';
import { inTenant, type WriteTx } from '@/db/scope';
import {
  type DecideFindingInput,
  decideFindingInput,
  type FindingDto,
} from '@/lib/assurance/findings/contract';
import { lockFindings, type StoredFinding, updateFindings } from '@/lib/assurance/findings/import/merge-rows';
import { readFinding } from '@/lib/assurance/findings/read/queries';
import { applyChanges, decided, type Transition } from '@/lib/assurance/findings/rules';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { requireMatch } from '@/lib/platform/core/http/etag';
import { isId, newId } from '@/lib/platform/core/ids';

type Change = ReturnType<typeof decideFindingInput.parse>;

/** Who asks or approves, for telling two people apart. */
export function identityOf(actor: Actor): string {
  if (actor.type === 'user') return `user:${actor.userId}`;
  return actor.type === 'key' ? `key:${actor.keyId}` : `${actor.type}:${actor.label}`;
}

/** One finding, locked for a change. */
export async function lockFinding(tx: WriteTx, tenantId: string, id: string): Promise<StoredFinding> {
  const stored = isId(id) ? (await lockFindings(tx, tenantId, [id])).get(id) : undefined;
  if (!stored) throw new AppError('not_found', 'Finding not found.');
  return stored;
}

export const targetOf = (id: string, label: string | null = null) => ({
  type: 'finding' as const,
  id,
  label,
});

/** A finding with what happens to it now. */
export interface Moved {
  stored: StoredFinding;
  transitions: readonly Transition[];
}

/** Writes the transitions of findings with their events. */
export async function writeTransitions(
  tx: WriteTx,
  actor: Actor,
  at: string,
  moved: readonly Moved[],
): Promise<void> {
  const rows = moved.map(({ stored, transitions }) => ({
    id: stored.id,
    events: stored.events,
    state: transitions.reduce((one, { changes }) => applyChanges(one, changes), stored.state),
    transitions,
    attributes: null,
  }));
  await updateFindings(tx, { actor, scanId: null, at }, rows);
}

/** Ends what was asked for or approved before: a new decision takes its place. */
export async function endAcceptances(
  tx: WriteTx,
  tenantId: string,
  findingIds: readonly string[],
): Promise<void> {
  if (findingIds.length === 0) return;
  for (const state of ['requested', 'approved']) {
    await tx
      .update(acceptance)
      .set({ state: 'ended' })
      .where(
        and(
          eq(acceptance.tenantId, tenantId),
          inArray(acceptance.findingId, [...findingIds]),
          eq(acceptance.state, state),
        ),
      );
  }
}

async function requestAcceptances(
  tx: WriteTx,
  actor: Actor,
  ids: readonly string[],
  { reason, until }: Change,
  now: Date,
): Promise<void> {
  const end = new Date(until ?? '');
  if (end <= now)
    throw new AppError('bad_request', 'The acceptance must end in the future.', {
      fields: [{ path: 'until', message: 'Choose a later time.' }],
    });
  if (ids.length === 0) return;
  await endAcceptances(tx, actor.tenantId, ids);
  await tx.insert(acceptance).values(
    ids.map((findingId) => ({
      tenantId: actor.tenantId,
      id: newId(),
      findingId,
      state: 'requested',
      reason: reason ?? '',
      until: end,
      requestedBy: identityOf(actor),
      requestedLabel: actor.label.slice(0, 200),
      requestedAt: now,
    })),
  );
  for (const id of ids)
    await recordAudit(tx, actor, {
      action: 'finding.acceptance_requested',
      target: targetOf(id),
      ...(reason ? { reason } : {}),
      details: { until: end.toISOString() },
    });
}

/** What a decision changed, and when. */
export interface Decided {
  changed: readonly StoredFinding[];
  at: string;
}

/** Decides about findings that are locked; those of which it holds already stay as they are. */
export async function decideLocked(
  tx: WriteTx,
  actor: Actor,
  locked: readonly StoredFinding[],
  change: Change,
): Promise<Decided> {
  const now = new Date();
  const at = now.toISOString();
  const idsOf = (list: readonly StoredFinding[]) => list.map(({ id }) => id);
  if (change.decision === 'accepted') {
    await requestAcceptances(tx, actor, idsOf(locked), change, now);
    return { changed: locked, at };
  }
  const input = {
    decision: change.decision,
    until: null,
    reason: change.reason ?? null,
    justification: change.justification ?? null,
    by: actor.label.slice(0, 200),
  };
  const moved = locked
    .map((stored) => ({ stored, transitions: decided(stored.state, at, input) }))
    .filter(({ transitions }) => transitions.length > 0);
  const changed = moved.map(({ stored }) => stored);
  await endAcceptances(tx, actor.tenantId, idsOf(changed));
  await writeTransitions(tx, actor, at, moved);
  for (const { id, state } of changed)
    await recordAudit(tx, actor, {
      action: 'finding.decided',
      target: targetOf(id),
      ...(change.reason ? { reason: change.reason } : {}),
      details: { before: { decision: state.decision }, after: { decision: change.decision } },
    });
  return { changed, at };
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
    const stored = await lockFinding(tx, actor.tenantId, id);
    const before = await readFinding(tx, actor.tenantId, id);
    requireMatch(ifMatch, before.version);
    await decideLocked(tx, actor, [stored], change);
    return readFinding(tx, actor.tenantId, id);
  });
}
