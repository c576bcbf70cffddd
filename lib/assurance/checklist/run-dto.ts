import { and, eq, sql } from 'drizzle-orm';
import { checklistRun } from '@/db/schema/checklist';
import type { ReadTx } from '@/db/scope';
import { AppError } from '@/lib/platform/core/errors';
import { isId } from '@/lib/platform/core/ids';
import { OUTCOMES, type Outcome, type RunDetailDto, type RunDto } from './contract';
import type { ChecklistDefinition } from './definition';
import type { RunRow } from './store';

interface DoneRow extends Record<string, unknown> {
  runId: string;
  checkKey: string;
  outcome: Outcome;
  summary: string;
  evidenceId: string;
}

async function readDone(
  tx: ReadTx,
  tenantId: string,
  runIds: readonly string[],
): Promise<Map<string, DoneRow[]>> {
  if (runIds.length === 0) return new Map();
  const list = sql.join(
    runIds.map((id) => sql`${id}`),
    sql`, `,
  );
  const rows = await tx.execute<DoneRow>(sql`
    select run_id as "runId", check_key as "checkKey", outcome, summary, evidence_id as "evidenceId"
    from check_run where tenant_id = ${tenantId} and run_id = any(array[${list}]::uuid[])`);
  return Map.groupBy(rows, ({ runId }) => runId);
}

function runDtoOf(row: RunRow, done: readonly DoneRow[]): RunDto {
  const counts = Object.fromEntries(
    OUTCOMES.map((outcome) => [outcome, done.filter((one) => one.outcome === outcome).length]),
  ) as Record<Outcome, number>;
  return {
    id: row.id,
    state: row.state,
    trigger: row.trigger,
    by: row.actorLabel,
    requestedAt: row.requestedAt.toISOString(),
    startedAt: row.startedAt?.toISOString() ?? null,
    finishedAt: row.finishedAt?.toISOString() ?? null,
    problem: row.problem,
    checksTotal: row.checkKeys.length,
    checksDone: done.length,
    counts,
  };
}

export async function runDtos(tx: ReadTx, tenantId: string, rows: readonly RunRow[]): Promise<RunDto[]> {
  const done = await readDone(
    tx,
    tenantId,
    rows.map(({ id }) => id),
  );
  return rows.map((row) => runDtoOf(row, done.get(row.id) ?? []));
}

/** @throws AppError `not_found`, also for another tenant's run */
export async function readRunDetail(
  tx: ReadTx,
  tenantId: string,
  id: string,
  definition: ChecklistDefinition,
): Promise<RunDetailDto> {
  const [row] = isId(id)
    ? await tx
        .select()
        .from(checklistRun)
        .where(and(eq(checklistRun.tenantId, tenantId), eq(checklistRun.id, id)))
    : [];
  if (!row) throw new AppError('not_found', 'Run not found.');
  const done = (await readDone(tx, tenantId, [id])).get(id) ?? [];
  const titles = new Map(
    definition.objectives.flatMap(({ checks }) => checks.map(({ key, title }) => [key, title])),
  );
  const results = new Map(done.map((one) => [one.checkKey, one]));
  const checks = row.checkKeys.map((checkKey) => {
    const result = results.get(checkKey);
    const isRunning = row.runningKeys.includes(checkKey);
    return {
      checkKey,
      title: titles.get(checkKey) ?? checkKey,
      state: result ? ('done' as const) : isRunning ? ('running' as const) : ('waiting' as const),
      outcome: result?.outcome ?? null,
      summary: result?.summary ?? null,
      evidenceId: result?.evidenceId ?? null,
    };
  });
  return { ...runDtoOf(row, done), checks };
}
