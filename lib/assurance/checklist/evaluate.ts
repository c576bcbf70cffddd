import { sql } from 'drizzle-orm';
import type { ReadTx } from '@/db/scope';
import type {
  CheckDto,
  CheckRunDto,
  ContradictionDto,
  ExceptionDto,
  ObjectiveDto,
  Observation,
  Outcome,
  State,
} from './contract';
import type { ChecklistDefinition, DefinedCheck, DefinedObjective } from './definition';
import {
  type Answer,
  contradictionsOf,
  type ExceptionFacts,
  type Judgement,
  judgeCheck,
  judgeObjective,
  type RunFacts,
  regressionOf,
  type Stretch,
  streakOf,
} from './rules';
import { nextDueMs } from './schedule';
import {
  databaseNowMs,
  type LatestRun,
  objectivesOf,
  readExceptions,
  readLatestRuns,
  readTenantFacts,
  type TenantFacts,
} from './store';

const DAY_MS = 86_400_000;

export interface JudgedCheck {
  check: DefinedCheck;
  latest: LatestRun | null;
  judgement: Judgement;
}

export interface JudgedObjective {
  objective: DefinedObjective;
  state: State;
  checks: JudgedCheck[];
}

export interface Evaluation {
  nowMs: number;
  facts: TenantFacts;
  definition: ChecklistDefinition;
  objectives: JudgedObjective[];
  exceptions: ExceptionDto[];
}

function runFactsOf(run: LatestRun): RunFacts {
  return { ...run, digest: run.checkDigest };
}

function exceptionFactsOf(one: ExceptionDto): ExceptionFacts {
  return {
    checkKey: one.checkKey,
    resource: one.resource,
    isApproved: one.approvedAt !== null,
    expiresAtMs: Date.parse(one.expiresAt),
    revokedAtMs: one.revokedAt === null ? null : Date.parse(one.revokedAt),
  };
}

/** What every objective of the tenant is at this moment, computed from the latest runs and the living exceptions. */
export async function evaluate(
  tx: ReadTx,
  tenantId: string,
  definition: ChecklistDefinition,
): Promise<Evaluation> {
  const nowMs = await databaseNowMs(tx);
  const facts = await readTenantFacts(tx, tenantId);
  const objectives = objectivesOf(definition, facts.slug);
  const keys = objectives.flatMap(({ checks }) => checks.map(({ key }) => key));
  const latest = await readLatestRuns(tx, tenantId, keys);
  const exceptions = await readExceptions(tx, tenantId, nowMs);
  const excuses = exceptions.map(exceptionFactsOf);
  const judged = objectives.map((objective): JudgedObjective => {
    const checks = objective.checks.map((check): JudgedCheck => {
      const run = latest.get(check.key) ?? null;
      return { check, latest: run, judgement: judgeCheck(check, run && runFactsOf(run), excuses, nowMs) };
    });
    return { objective, state: judgeObjective(checks.map(({ judgement }) => judgement.state)), checks };
  });
  return { nowMs, facts, definition, objectives: judged, exceptions };
}

/** When the worker runs a check next, or a person has to answer again. */
export function dueAtMs({ check, latest }: JudgedCheck, { definition, facts }: Evaluation): number {
  const counts = latest !== null && latest.checkDigest === check.digest;
  if (!counts) return 0;
  if (latest.source !== 'run') return latest.effectiveUntilMs ?? latest.finishedAtMs + check.cadenceMs;
  return nextDueMs(latest.finishedAtMs, check.cadenceMs, {
    runAt: definition.runAt,
    timeZone: facts.timeZone,
  });
}

const iso = (ms: number) => new Date(ms).toISOString();

export function checkRunDtoOf(run: LatestRun, digest: string | undefined): CheckRunDto {
  return {
    id: run.id,
    runId: run.runId,
    checkKey: run.checkKey,
    checkVersion: run.checkVersion,
    isCurrentVersion: run.checkDigest === digest,
    source: run.source,
    outcome: run.outcome,
    summary: run.summary,
    startedAt: iso(run.startedAtMs),
    finishedAt: iso(run.finishedAtMs),
    scopeExpected: run.scopeExpected,
    scopeCovered: run.scopeCovered,
    failing: run.failingTotal,
    evidenceId: run.evidenceId,
    by: run.by,
  };
}

function stretchesOf(run: LatestRun | null): Stretch[] {
  if (run === null) return [];
  const now = { side: run.side, sinceMs: run.sideSinceMs };
  if (run.beforeSide === null || run.beforeSinceMs === null) return [now];
  return [now, { side: run.beforeSide, sinceMs: run.beforeSinceMs }];
}

function checkDtoOf(judged: JudgedCheck, evaluation: Evaluation): CheckDto {
  const { check, latest, judgement } = judged;
  const streak = streakOf(stretchesOf(latest));
  const dueMs = dueAtMs(judged, evaluation);
  return {
    key: check.key,
    title: check.title,
    kind: check.kind,
    mode: check.mode,
    version: check.version,
    line: check.line,
    remediation: check.remediation,
    asks: check.kind === 'attestation' ? check.parameters.asks : null,
    cadenceSeconds: Math.round(check.cadenceMs / 1000),
    state: judgement.state,
    reason: judgement.reason,
    streak: {
      since: streak.sinceMs === null ? null : iso(streak.sinceMs),
      before: streak.before,
      beforeDays: streak.beforeMs === null ? null : Math.floor(streak.beforeMs / DAY_MS),
    },
    nextDueAt: dueMs === 0 ? null : iso(dueMs),
    lastRun: latest && checkRunDtoOf(latest, check.digest),
    problems: latest?.problems ?? [],
    problemsTotal: latest?.problemsTotal ?? 0,
    exceptions: evaluation.exceptions.filter((one) => one.checkKey === check.key),
  };
}

/** @param change against the run before the last one */
export function objectiveDtoOf(
  judged: JudgedObjective,
  evaluation: Evaluation,
  change: ObjectiveDto['change'],
): ObjectiveDto {
  const { objective, state, checks } = judged;
  const regressions = checks.map(({ latest, judgement }) =>
    regressionOf(judgement.state, stretchesOf(latest)),
  );
  return {
    key: objective.key,
    title: objective.title,
    why: objective.why,
    stage: objective.stage,
    severity: objective.severity,
    owner: objective.owner ?? null,
    refs: objective.refs,
    state,
    change,
    regression: regressions.find((sentence) => sentence !== null) ?? null,
    checks: checks.map((one) => checkDtoOf(one, evaluation)),
  };
}

interface EvidenceBody {
  observations?: Observation[];
}

async function readSeen(
  tx: ReadTx,
  tenantId: string,
  ids: readonly string[],
): Promise<Map<string, Map<string, Outcome>>> {
  if (ids.length === 0) return new Map();
  const list = sql.join(
    ids.map((id) => sql`${id}`),
    sql`, `,
  );
  const rows = await tx.execute<{ id: string; body: string }>(
    sql`select id, body from check_evidence where tenant_id = ${tenantId} and id = any(array[${list}]::uuid[])`,
  );
  return new Map(
    rows.map(({ id, body }) => {
      const { observations = [] }: EvidenceBody = JSON.parse(body);
      return [id, new Map(observations.map(({ resource, outcome }) => [resource, outcome]))];
    }),
  );
}

/** Answers of this moment that cannot all be true; looks at evidence only where an objective has several checks. */
export async function findContradictions(
  tx: ReadTx,
  tenantId: string,
  objectives: readonly JudgedObjective[],
): Promise<ContradictionDto[]> {
  const shared = objectives.filter(({ checks }) => checks.length > 1);
  const ids = shared.flatMap(({ checks }) =>
    checks.flatMap(({ latest }) => (latest ? [latest.evidenceId] : [])),
  );
  const seen = await readSeen(tx, tenantId, ids);
  return shared.flatMap(({ objective, checks }) => {
    const answers = checks.map(
      ({ check, latest, judgement }): Answer => ({
        checkKey: check.key,
        title: check.title,
        mode: check.mode,
        state: judgement.state,
        seen: seen.get(latest?.evidenceId ?? '') ?? new Map(),
      }),
    );
    return contradictionsOf(answers).map((one) => ({ objectiveKey: objective.key, ...one }));
  });
}
