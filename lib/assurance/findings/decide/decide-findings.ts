import { inTenant, type WriteTx } from '@/db/scope';
import {
  BULK_MAX,
  type BulkDecideInput,
  type BulkDecisionDto,
  bulkDecideInput,
} from '@/lib/assurance/findings/bulk-contract';
import type { FindingKind } from '@/lib/assurance/findings/contract';
import { lockFindings, type StoredFinding } from '@/lib/assurance/findings/import/merge-rows';
import { walkFindings } from '@/lib/assurance/findings/read/walk-findings';
import { statusOf } from '@/lib/assurance/findings/rules';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { decideLocked } from './decide-finding';
import { type Before, undoOf } from './undo-rules';

type Input = ReturnType<typeof bulkDecideInput.parse>;

interface Asked {
  ids: readonly string[];
  nextCursor: string | null;
}

function askedOf(tx: WriteTx, tenantId: string, { ids, filter, cursor }: Input): Promise<Asked> {
  if (!filter) return Promise.resolve({ ids: [...new Set(ids)], nextCursor: null });
  return walkFindings(tx, tenantId, { ...filter, cursor, limit: BULK_MAX, sort: 'severity' });
}

const beforeOf = ({ id, state }: StoredFinding): Before => ({
  id,
  decision: {
    value: state.decision,
    reason: state.decisionReason,
    justification: state.decisionJustification,
    source: state.decisionSource,
  },
});

/** Somebody may have decided between finding it by the filter and locking it. */
function stillFulfils({ state, kind }: StoredFinding, { filter }: Input): boolean {
  if (!filter) return true;
  const statuses: readonly string[] = filter.status ?? ['open'];
  return statuses.includes(statusOf(state, kind as FindingKind));
}

function isOfThatTime({ state }: StoredFinding, { ifDecidedAt }: Input): boolean {
  if (ifDecidedAt === undefined) return true;
  if (ifDecidedAt === null || state.decidedAt === null) return ifDecidedAt === state.decidedAt;
  return Date.parse(ifDecidedAt) === Date.parse(state.decidedAt);
}

/**
 * The same decision about many findings, in one transaction: those with the ids, or the next of those that fulfil the
 * filter. What does not exist, or was decided since the time that is named, is told and left alone.
 * @throws AppError `bad_request` for an acceptance that has ended, or a cursor that is none
 */
export async function decideFindings(actor: Actor, given: BulkDecideInput): Promise<BulkDecisionDto> {
  requirePermission(actor, 'findings:write');
  const input = bulkDecideInput.parse(given);
  const { tenantId } = actor;
  return inTenant(actor, async (tx) => {
    const { ids, nextCursor } = await askedOf(tx, tenantId, input);
    const found = [...(await lockFindings(tx, tenantId, ids)).values()];
    const meant = found.filter((one) => stillFulfils(one, input) && isOfThatTime(one, input));
    const { changed, at } = await decideLocked(tx, actor, meant, input.change);
    const known = new Set(found.map(({ id }) => id));
    const changedIds = new Set(changed.map(({ id }) => id));
    const isLeft = (one: StoredFinding) => !isOfThatTime(one, input);
    return {
      changed: [...changedIds],
      unchanged: found.filter((one) => !changedIds.has(one.id) && !isLeft(one)).map(({ id }) => id),
      failed: [
        ...ids.filter((id) => !known.has(id)).map((id) => ({ id, detail: 'Finding not found.' })),
        ...found.filter(isLeft).map(({ id }) => ({ id, detail: 'The decision has changed since then.' })),
      ],
      nextCursor,
      undo: undoOf(changed.map(beforeOf), input.change.decision, at),
    };
  });
}
