import { sql } from 'drizzle-orm';
import { objectiveState } from '@/db/schema/checklist';
import type { WriteTx } from '@/db/scope';
import { newId } from '@/lib/platform/core/ids';
import type { State } from './contract';
import type { ChecklistDefinition } from './definition';
import { type Evaluation, evaluate } from './evaluate';
import { tellFailing } from './tell-failing';

/** An objective that the definition no longer has applies no more, from now on and everywhere. */
async function retire(
  tx: WriteTx,
  tenantId: string,
  last: ReadonlyMap<string, State>,
  { objectives, nowMs }: Evaluation,
): Promise<void> {
  const defined = new Set(objectives.map(({ objective }) => objective.key));
  const gone = [...last].filter(([key, state]) => !defined.has(key) && state !== 'not_applicable');
  if (gone.length === 0) return;
  await tx.insert(objectiveState).values(
    gone.map(([objectiveKey, before]) => ({
      tenantId,
      id: newId(),
      objectiveKey,
      runId: null,
      at: new Date(nowMs),
      state: 'not_applicable' as const,
      before,
      reason: 'The checklist no longer has this objective.',
    })),
  );
}

/**
 * Writes down which objectives are in another state than the last time, in the caller's transaction. The history is for
 * reading; what an objective is now is always computed.
 */
export async function settleStates(
  tx: WriteTx,
  tenantId: string,
  definition: ChecklistDefinition,
  runId: string | null,
): Promise<Evaluation> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`objectives ${tenantId}`}, 0))`);
  const evaluation = await evaluate(tx, tenantId, definition);
  const rows = await tx.execute<{ key: string; state: State }>(sql`
    select distinct on (objective_key) objective_key as key, state from objective_state
    where tenant_id = ${tenantId} order by objective_key, at desc, id desc`);
  const last = new Map(rows.map(({ key, state }) => [key, state]));
  const changes = evaluation.objectives
    .filter(({ objective, state }) => last.get(objective.key) !== state)
    .map(({ objective, state, checks }) => ({
      id: newId(),
      objective,
      state,
      before: last.get(objective.key) ?? null,
      reason: checks.find(({ judgement }) => judgement.state === state)?.judgement.reason ?? '',
    }));
  await retire(tx, tenantId, last, evaluation);
  if (changes.length === 0) return evaluation;
  await tx.insert(objectiveState).values(
    changes.map(({ objective, ...change }) => ({
      ...change,
      tenantId,
      objectiveKey: objective.key,
      runId,
      at: new Date(evaluation.nowMs),
    })),
  );
  await tellFailing(tx, tenantId, changes);
  return evaluation;
}
