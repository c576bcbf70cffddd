import { sql } from 'drizzle-orm';
import type { ReadTx } from '@/db/scope';
import { AppError } from '@/lib/platform/core/errors';
import type { CheckRunDto } from './contract';
import type { ChecklistDefinition } from './definition';

interface Row extends Record<string, unknown> {
  id: string;
  run_id: string | null;
  check_key: string;
  check_version: number;
  check_digest: string;
  source: CheckRunDto['source'];
  outcome: CheckRunDto['outcome'];
  summary: string;
  started_at: string;
  finished_at: string;
  finished_exact: string;
  scope_expected: number;
  scope_covered: number;
  failing_total: number;
  evidence_id: string;
  actor_label: string;
}

const columns = sql`id, run_id, check_key, check_version, check_digest, source, outcome, summary, started_at, finished_at,
  to_char(finished_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as finished_exact,
  scope_expected, scope_covered, failing_total, evidence_id, actor_label`;

const iso = (value: string) => new Date(value).toISOString();

function dtoOf(row: Row, digests: ReadonlyMap<string, string>): CheckRunDto {
  return {
    id: row.id,
    runId: row.run_id,
    checkKey: row.check_key,
    checkVersion: row.check_version,
    isCurrentVersion: digests.get(row.check_key) === row.check_digest,
    source: row.source,
    outcome: row.outcome,
    summary: row.summary,
    startedAt: iso(row.started_at),
    finishedAt: iso(row.finished_at),
    scopeExpected: row.scope_expected,
    scopeCovered: row.scope_covered,
    failing: row.failing_total,
    evidenceId: row.evidence_id,
    by: row.actor_label,
  };
}

const digestsOf = ({ objectives }: ChecklistDefinition) =>
  new Map(objectives.flatMap(({ checks }) => checks.map(({ key, digest }) => [key, digest])));

/** @throws AppError `not_found` */
export async function readCheckRun(
  tx: ReadTx,
  tenantId: string,
  id: string,
  definition: ChecklistDefinition,
): Promise<CheckRunDto> {
  const [row] = await tx.execute<Row>(
    sql`select ${columns} from check_run where tenant_id = ${tenantId} and id = ${id}`,
  );
  if (!row) throw new AppError('not_found', 'Check run not found.');
  return dtoOf(row, digestsOf(definition));
}

export interface Place {
  at: string;
  id: string;
}

/** Runs of one check, newest first, each with its place in the list. */
export async function readHistory(
  tx: ReadTx,
  tenantId: string,
  checkKey: string,
  { before, limit }: { before: Place | null; limit: number },
  definition: ChecklistDefinition,
): Promise<{ item: CheckRunDto; place: Place }[]> {
  const from = before ? sql`and (finished_at, id) < (${before.at}::timestamptz, ${before.id}::uuid)` : sql``;
  const rows = await tx.execute<Row>(sql`
    select ${columns} from check_run where tenant_id = ${tenantId} and check_key = ${checkKey} ${from}
    order by finished_at desc, id desc limit ${limit}`);
  const digests = digestsOf(definition);
  return rows.map((row) => ({ item: dtoOf(row, digests), place: { at: row.finished_exact, id: row.id } }));
}
