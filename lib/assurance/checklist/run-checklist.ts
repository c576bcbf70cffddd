import { and, eq, inArray, sql } from 'drizzle-orm';
import { checklistRun, checkRun } from '@/db/schema/checklist';
import { inTenant, readDeciding, type WriteTx } from '@/db/scope';
import type { CheckSources } from '@/lib/assurance/checklist/checks/check';
import { recordAudit } from '@/lib/platform/audit/record';
import type { JobActor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import type { ChecklistDefinition, DefinedCheck } from './definition';
import { checklistDefinition } from './definition-file';
import { performCheck } from './perform-check';
import { type Recorded, recordResult } from './record-result';
import { settleStates } from './settle-states';
import { databaseNowMs, objectivesOf, readTenantFacts } from './store';

const AT_ONCE = 4;

const own = (actor: JobActor, runId: string) =>
  and(eq(checklistRun.tenantId, actor.tenantId), eq(checklistRun.id, runId));

/** Takes up a run, also one that another worker has left. @returns the checks that are still to be done */
async function takeUp(tx: WriteTx, actor: JobActor, runId: string): Promise<string[] | null> {
  const [run] = await tx
    .update(checklistRun)
    .set({ state: 'running', runningKeys: [], startedAt: sql`coalesce(started_at, clock_timestamp())` })
    .where(and(own(actor, runId), inArray(checklistRun.state, ['queued', 'running'])))
    .returning({ checkKeys: checklistRun.checkKeys });
  if (!run) return null;
  const done = await tx
    .select({ key: checkRun.checkKey })
    .from(checkRun)
    .where(and(eq(checkRun.tenantId, actor.tenantId), eq(checkRun.runId, runId)));
  const doneKeys = new Set(done.map(({ key }) => key));
  return run.checkKeys.filter((key) => !doneKeys.has(key));
}

interface RunContext {
  actor: JobActor;
  runId: string;
  sources: CheckSources;
  signal: AbortSignal;
}

async function runOne({ actor, runId, sources, signal }: RunContext, check: DefinedCheck): Promise<Recorded> {
  const startedAtMs = await inTenant(actor, async (tx) => {
    await tx
      .update(checklistRun)
      .set({ runningKeys: sql`array_append(${checklistRun.runningKeys}, ${check.key})` })
      .where(own(actor, runId));
    return databaseNowMs(tx);
  });
  const result = await performCheck(check, actor, sources, signal);
  signal.throwIfAborted();
  return inTenant(actor, async (tx) => {
    const recorded = await recordResult(tx, actor, {
      check,
      result,
      source: 'run',
      runId,
      startedAtMs,
      collector: actor.label,
    });
    await tx
      .update(checklistRun)
      .set({ runningKeys: sql`array_remove(${checklistRun.runningKeys}, ${check.key})` })
      .where(own(actor, runId));
    return recorded;
  });
}

async function finish(
  { actor, runId }: RunContext,
  definition: ChecklistDefinition,
  inSameTransaction: (tx: WriteTx) => Promise<void>,
): Promise<void> {
  await inTenant(actor, async (tx) => {
    await tx
      .update(checklistRun)
      .set({ state: 'completed', runningKeys: [], finishedAt: sql`clock_timestamp()` })
      .where(own(actor, runId));
    await settleStates(tx, actor.tenantId, definition, runId);
    const results = await tx.execute<{ check: string; outcome: string; sha256: string }>(sql`
      select r.check_key as check, r.outcome, e.sha256 from check_run r
      join check_evidence e on e.tenant_id = r.tenant_id and e.id = r.evidence_id
      where r.tenant_id = ${actor.tenantId} and r.run_id = ${runId} order by r.check_key`);
    await recordAudit(tx, actor, {
      action: 'checklist.run_finished',
      target: { type: 'checklist', id: runId, label: null },
      details: {
        results: results.map(({ check, outcome, sha256 }) => ({ check, outcome, evidence: sha256 })),
      },
    });
    await inSameTransaction(tx);
  });
}

/**
 * Runs what is left of a run, four checks at a time, and keeps each result as soon as it is there. Idempotent: a check is
 * recorded once within a run.
 * @param atEnd called in the transaction that completes the run
 */
export async function runChecklist(
  context: RunContext,
  atEnd: (tx: WriteTx) => Promise<void> = async () => undefined,
): Promise<void> {
  const { actor, runId, signal } = context;
  requirePermission(actor, 'checklist:run');
  const { current } = checklistDefinition();
  const keys = await inTenant(actor, (tx) => takeUp(tx, actor, runId));
  if (keys === null) return;
  const { slug } = await readDeciding(actor, (tx) => readTenantFacts(tx, actor.tenantId));
  const checks = objectivesOf(current, slug).flatMap((one) => one.checks);
  const waiting = checks.filter(({ key, mode }) => keys.includes(key) && mode === 'automated');
  const work = async () => {
    for (let check = waiting.shift(); check; check = waiting.shift()) {
      signal.throwIfAborted();
      await runOne(context, check);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  await finish(context, current, atEnd);
}
