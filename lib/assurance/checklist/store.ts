import { and, desc, eq, gt, isNull, or, sql } from 'drizzle-orm';
import { checkException, checklistRun } from '@/db/schema/checklist';
import { tenant, userAccount } from '@/db/schema/identity';
import type { ReadTx } from '@/db/scope';
import { AppError } from '@/lib/platform/core/errors';
import type { CheckRunSource, ExceptionDto, Observation, Outcome } from './contract';
import type { ChecklistDefinition, DefinedCheck, DefinedObjective } from './definition';
import type { Side } from './rules';

export const PROBLEMS_SHOWN = 20;

/** The database's clock: what every state is judged by. */
export async function databaseNowMs(tx: ReadTx): Promise<number> {
  const [row] = await tx.execute<{ ms: number }>(
    sql`select floor(extract(epoch from clock_timestamp()) * 1000)::float8 as ms`,
  );
  return Number(row?.ms);
}

export interface TenantFacts {
  slug: string;
  timeZone: string;
}

export async function readTenantFacts(tx: ReadTx, tenantId: string): Promise<TenantFacts> {
  const [row] = await tx
    .select({ slug: tenant.slug, timeZone: tenant.timeZone })
    .from(tenant)
    .where(eq(tenant.id, tenantId));
  return row ?? { slug: '', timeZone: 'UTC' };
}

/** What the checklist holds for this tenant. */
export function objectivesOf(definition: ChecklistDefinition, slug: string): readonly DefinedObjective[] {
  return definition.objectives.filter(({ tenants }) => tenants === undefined || tenants.includes(slug));
}

/** @throws AppError `not_found` for a check that this tenant's checklist does not hold */
export function requireCheck(objectives: readonly DefinedObjective[], key: string): DefinedCheck {
  const found = objectives.flatMap(({ checks }) => checks).find((check) => check.key === key);
  if (found) return found;
  throw new AppError('not_found', `The checklist has no check "${key}".`);
}

/** The latest finished run of one check, whatever it ended in. */
export interface LatestRun {
  id: string;
  runId: string | null;
  checkKey: string;
  checkVersion: number;
  checkDigest: string;
  source: CheckRunSource;
  outcome: Outcome;
  summary: string;
  startedAtMs: number;
  finishedAtMs: number;
  scopeExpected: number;
  scopeCovered: number;
  failingTotal: number;
  failing: string[];
  problems: Observation[];
  problemsTotal: number;
  evidenceId: string;
  effectiveUntilMs: number | null;
  hasEvidence: boolean;
  side: Side;
  sideSinceMs: number;
  beforeSide: Side | null;
  beforeSinceMs: number | null;
  by: string;
}

const msOf = (column: string) => sql.raw(`(extract(epoch from ${column}) * 1000)::float8`);

/** @param keys of checks; those that never ran are left out */
export async function readLatestRuns(
  tx: ReadTx,
  tenantId: string,
  keys: readonly string[],
): Promise<Map<string, LatestRun>> {
  if (keys.length === 0) return new Map();
  const list = sql.join(
    keys.map((key) => sql`${key}`),
    sql`, `,
  );
  const rows = await tx.execute<LatestRun & Record<string, unknown>>(sql`
    select r.id, r.run_id as "runId", r.check_key as "checkKey", r.check_version as "checkVersion",
      r.check_digest as "checkDigest", r.source, r.outcome, r.summary, ${msOf('r.started_at')} as "startedAtMs",
      ${msOf('r.finished_at')} as "finishedAtMs", r.scope_expected as "scopeExpected", r.scope_covered as "scopeCovered",
      r.failing_total as "failingTotal",
      array(select p->>'resource' from jsonb_array_elements(r.problems) p where p->>'outcome' = 'fail') as failing,
      jsonb_path_query_array(r.problems, ${`$[0 to ${PROBLEMS_SHOWN - 1}]`}::jsonpath) as problems,
      r.problems_total as "problemsTotal", r.evidence_id as "evidenceId", ${msOf('r.effective_until')} as "effectiveUntilMs",
      (e.id is not null and e.sha256 = encode(sha256(convert_to(e.body, 'UTF8')), 'hex')) as "hasEvidence",
      r.side, ${msOf('r.side_since')} as "sideSinceMs", r.before_side as "beforeSide",
      ${msOf('r.before_since')} as "beforeSinceMs", r.actor_label as by
    from unnest(array[${list}]::text[]) as wanted(key)
    cross join lateral (select * from check_run c where c.tenant_id = ${tenantId} and c.check_key = wanted.key
      order by c.finished_at desc, c.id desc limit 1) r
    left join check_evidence e on e.tenant_id = r.tenant_id and e.id = r.evidence_id`);
  return new Map(rows.map((row) => [row.checkKey, row]));
}

function exceptionState(
  row: { revokedAt: Date | null; expiresAt: Date; approvedAt: Date | null },
  nowMs: number,
): ExceptionDto['state'] {
  if (row.revokedAt) return 'revoked';
  if (row.expiresAt.getTime() <= nowMs) return 'expired';
  return row.approvedAt ? 'active' : 'requested';
}

const RECENT_MS = 30 * 86_400_000;

async function namesOf(tx: ReadTx, ids: readonly (string | null)[]): Promise<Map<string, string>> {
  const wanted = [...new Set(ids.filter((id) => id !== null))];
  if (wanted.length === 0) return new Map();
  const rows = await tx
    .select({ id: userAccount.id, name: userAccount.displayName })
    .from(userAccount)
    .where(or(...wanted.map((id) => eq(userAccount.id, id))));
  return new Map(rows.map(({ id, name }) => [id, name]));
}

export type ExceptionRow = typeof checkException.$inferSelect;

/** Exceptions with the names of people; those that ended long ago are left out. */
export async function exceptionDtos(
  tx: ReadTx,
  rows: readonly ExceptionRow[],
  nowMs: number,
): Promise<ExceptionDto[]> {
  const names = await namesOf(
    tx,
    rows.flatMap((row) => [row.requestedBy, row.approvedBy]),
  );
  const person = (userId: string) => ({ userId, name: names.get(userId) ?? 'Unknown' });
  return rows.map((row) => ({
    id: row.id,
    checkKey: row.checkKey,
    resource: row.resource,
    reason: row.reason,
    requestedBy: person(row.requestedBy),
    requestedAt: row.requestedAt.toISOString(),
    approvedBy: row.approvedBy ? person(row.approvedBy) : null,
    approvedAt: row.approvedAt?.toISOString() ?? null,
    expiresAt: row.expiresAt.toISOString(),
    revokedAt: row.revokedAt?.toISOString() ?? null,
    state: exceptionState(row, nowMs),
  }));
}

/** Exceptions that live, wait, or ended in the last 30 days; newest first. */
export async function readExceptions(tx: ReadTx, tenantId: string, nowMs: number): Promise<ExceptionDto[]> {
  const rows = await tx
    .select()
    .from(checkException)
    .where(
      and(
        eq(checkException.tenantId, tenantId),
        gt(checkException.expiresAt, new Date(nowMs - RECENT_MS)),
        or(isNull(checkException.revokedAt), gt(checkException.revokedAt, new Date(nowMs - RECENT_MS))),
      ),
    )
    .orderBy(desc(checkException.requestedAt), desc(checkException.id));
  return exceptionDtos(tx, rows, nowMs);
}

export type RunRow = typeof checklistRun.$inferSelect;

/** The newest runs of the tenant that are in one of these states. */
export async function readRuns(
  tx: ReadTx,
  tenantId: string,
  states: readonly RunRow['state'][],
  limit: number,
): Promise<RunRow[]> {
  return tx
    .select()
    .from(checklistRun)
    .where(
      and(eq(checklistRun.tenantId, tenantId), or(...states.map((state) => eq(checklistRun.state, state)))),
    )
    .orderBy(desc(checklistRun.requestedAt), desc(checklistRun.id))
    .limit(limit);
}
