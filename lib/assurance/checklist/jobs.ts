import { and, eq, inArray, lt, sql } from 'drizzle-orm';
import { checklistRun } from '@/db/schema/checklist';
import { inTenant, readDeciding } from '@/db/scope';
import type { CheckSources } from '@/lib/assurance/checklist/checks/check';
import { recordAudit } from '@/lib/platform/audit/record';
import type { JobActor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { HOUR_MS, MINUTE_MS } from '@/lib/platform/core/clock';
import type { TenantJob } from '@/lib/platform/jobs/contract';
import type { JobHandler } from '@/lib/platform/jobs/enqueue';
import { checklistDefinition } from './definition-file';
import { dueAtMs, type Evaluation, evaluate, type JudgedCheck } from './evaluate';
import { runChecklist } from './run-checklist';
import { settleStates } from './settle-states';
import { queueRun } from './start-run';

const RETRY_ERROR_MS = HOUR_MS;
const LOST_AFTER = sql`interval '1 hour'`;

/** A run that somebody or the schedule asked for. */
export function checklistRunHandler(sources: () => CheckSources): JobHandler<'checklist.run'> {
  return (actor, { runId }, { signal, finish }) =>
    runChecklist({ actor, runId, sources: sources(), signal }, finish);
}

function isDue(judged: JudgedCheck, evaluation: Evaluation): boolean {
  const { check, latest } = judged;
  if (check.mode !== 'automated') return false;
  const dueMs = dueAtMs(judged, evaluation);
  const isRetry = latest?.outcome === 'error' && latest.checkDigest === check.digest;
  return evaluation.nowMs >= (isRetry ? Math.min(dueMs, latest.finishedAtMs + RETRY_ERROR_MS) : dueMs);
}

/** Starts a run of what is due, and writes down what became stale meanwhile. */
export async function runDueChecks(actor: JobActor): Promise<void> {
  requirePermission(actor, 'checklist:run');
  const { current } = checklistDefinition();
  const evaluation = await readDeciding(actor, (tx) => evaluate(tx, actor.tenantId, current));
  const due = evaluation.objectives.flatMap(({ checks }) => checks.filter((one) => isDue(one, evaluation)));
  await inTenant(actor, async (tx) => {
    if (due.length > 0)
      await queueRun(
        tx,
        actor,
        current,
        due.map(({ check }) => check.key),
      );
    else await settleStates(tx, actor.tenantId, current, null);
  });
}

/** A run that no worker has ended within an hour is over. */
export async function closeLostRuns(actor: JobActor): Promise<void> {
  requirePermission(actor, 'checklist:run');
  await inTenant(actor, async (tx) => {
    const lost = await tx
      .update(checklistRun)
      .set({
        state: 'error',
        runningKeys: [],
        finishedAt: sql`clock_timestamp()`,
        problem: 'No worker finished it within an hour. See Health and the failed jobs.',
      })
      .where(
        and(
          eq(checklistRun.tenantId, actor.tenantId),
          inArray(checklistRun.state, ['queued', 'running']),
          lt(checklistRun.requestedAt, sql`now() - ${LOST_AFTER}`),
        ),
      )
      .returning({ id: checklistRun.id });
    for (const { id } of lost) {
      await recordAudit(tx, actor, {
        action: 'checklist.run_finished',
        outcome: 'failure',
        target: { type: 'checklist', id, label: null },
      });
    }
  });
}

export const checklistJobs: TenantJob[] = [
  { name: 'run due checks', everyMs: MINUTE_MS, run: runDueChecks },
  { name: 'close lost checklist runs', everyMs: 10 * MINUTE_MS, run: closeLostRuns },
];
