import { createHash } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { checkEvidence, checkRun } from '@/db/schema/checklist';
import type { WriteTx } from '@/db/scope';
import type { CheckResult } from '@/lib/assurance/checklist/checks/check';
import type { Actor } from '@/lib/platform/auth/contract';
import { newId } from '@/lib/platform/core/ids';
import {
  type CheckRunSource,
  EVIDENCE_BYTES_MAX,
  OBSERVATIONS_MAX,
  type Observation,
  type Outcome,
} from './contract';
import type { DefinedCheck } from './definition';
import { sideOf } from './rules';
import { databaseNowMs, readLatestRuns } from './store';

export interface RecordedFile {
  name: string;
  mediaType: string;
  content: Buffer;
}

export interface Recording {
  check: DefinedCheck;
  result: CheckResult;
  source: CheckRunSource;
  runId: string | null;
  startedAtMs: number;
  collector: string;
  /** When what was seen was so; now where left out. */
  collectedAtMs?: number;
  note?: string;
  link?: string;
  file?: RecordedFile;
}

export interface Recorded {
  id: string;
  evidenceId: string;
  sha256: string;
  outcome: Outcome;
}

const WORST_FIRST: readonly Outcome[] = ['fail', 'error', 'not_available', 'warn', 'pass', 'not_applicable'];
const worstFirst = (one: Observation, other: Observation) =>
  WORST_FIRST.indexOf(one.outcome) - WORST_FIRST.indexOf(other.outcome);

const SUMMARY_CHARS_MAX = 1000;
const storable = (text: string, most = SUMMARY_CHARS_MAX) =>
  text.slice(0, most).toWellFormed().replaceAll('\u0000', '\uFFFD');
const storableObservation = (one: Observation): Observation => ({
  ...one,
  resource: storable(one.resource, 300),
  detail: storable(one.detail, 500),
});

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

/** What was seen as it is kept: JSON, worst first, within the size limit. */
function evidenceBody(
  recording: Recording,
  observations: readonly Observation[],
  finishedAtMs: number,
): string {
  const { check, result, source, note, link, file } = recording;
  const base = {
    check: {
      key: check.key,
      kind: check.kind,
      version: check.version,
      digest: check.digest,
      scope: check.scope,
      parameters: check.parameters,
    },
    source,
    collector: recording.collector,
    startedAt: new Date(recording.startedAtMs).toISOString(),
    finishedAt: new Date(finishedAtMs).toISOString(),
    outcome: result.outcome,
    summary: result.summary,
    scope: { expected: result.scopeExpected, covered: result.scopeCovered },
    observationsTotal: observations.length,
    observations: observations.slice(0, OBSERVATIONS_MAX),
    ...(note ? { note } : {}),
    ...(link ? { link } : {}),
    ...(file
      ? {
          file: {
            name: file.name,
            mediaType: file.mediaType,
            bytes: file.content.length,
            sha256: sha256(file.content),
          },
        }
      : {}),
  };
  const whole = JSON.stringify({ ...base, facts: result.facts }, null, 1);
  if (Buffer.byteLength(whole) <= EVIDENCE_BYTES_MAX) return storable(whole, EVIDENCE_BYTES_MAX);
  return storable(JSON.stringify({ ...base, factsOmitted: 'too large' }, null, 1), EVIDENCE_BYTES_MAX * 4);
}

function streakColumns(
  before: Awaited<ReturnType<typeof readLatestRuns>>,
  key: string,
  outcome: Outcome,
  nowMs: number,
) {
  const side = sideOf(outcome);
  const last = before.get(key);
  if (last?.side === side)
    return {
      side,
      sideSince: new Date(last.sideSinceMs),
      beforeSide: last.beforeSide,
      beforeSince: last.beforeSinceMs === null ? null : new Date(last.beforeSinceMs),
    };
  return {
    side,
    sideSince: new Date(nowMs),
    beforeSide: last?.side ?? null,
    beforeSince: last ? new Date(last.sideSinceMs) : null,
  };
}

/** Keeps what a check saw and that it ran, in the caller's transaction. Two runs of one check take turns. */
export async function recordResult(tx: WriteTx, actor: Actor, recording: Recording): Promise<Recorded> {
  const { check, result, source, file } = recording;
  const { tenantId } = actor;
  await tx.execute(
    sql`select pg_advisory_xact_lock(hashtextextended(${`checklist ${tenantId} ${check.key}`}, 0))`,
  );
  const nowMs = await databaseNowMs(tx);
  const observations = result.observations.map(storableObservation).sort(worstFirst);
  const problems = observations.filter(({ outcome }) => outcome !== 'pass' && outcome !== 'not_applicable');
  const body = evidenceBody(recording, observations, nowMs);
  const effectiveFromMs = recording.collectedAtMs ?? nowMs;
  const effectiveUntil = new Date(effectiveFromMs + check.cadenceMs);
  const evidence = { id: newId(), sha256: sha256(body) };
  await tx.insert(checkEvidence).values({
    tenantId,
    ...evidence,
    checkKey: check.key,
    source,
    collector: storable(recording.collector, 200),
    collectedAt: new Date(effectiveFromMs),
    receivedAt: new Date(nowMs),
    effectiveFrom: new Date(effectiveFromMs),
    effectiveUntil,
    body,
    link: recording.link ?? null,
    fileName: file?.name ?? null,
    fileType: file?.mediaType ?? null,
    file: file?.content ?? null,
  });
  const before = await readLatestRuns(tx, tenantId, [check.key]);
  const id = newId();
  await tx.insert(checkRun).values({
    tenantId,
    id,
    runId: recording.runId,
    objectiveKey: check.objectiveKey,
    checkKey: check.key,
    checkVersion: check.version,
    checkDigest: check.digest,
    source,
    outcome: result.outcome,
    summary: storable(result.summary),
    startedAt: new Date(Math.min(recording.startedAtMs, nowMs)),
    finishedAt: new Date(nowMs),
    scopeExpected: result.scopeExpected,
    scopeCovered: result.scopeCovered,
    failingTotal: result.failingTotal ?? observations.filter(({ outcome }) => outcome === 'fail').length,
    problems: problems.slice(0, OBSERVATIONS_MAX).map((one) => ({ ...one })),
    problemsTotal: Math.max(problems.length, result.failingTotal ?? 0),
    evidenceId: evidence.id,
    effectiveUntil: source === 'run' ? null : effectiveUntil,
    ...streakColumns(before, check.key, result.outcome, nowMs),
    actorType: actor.type,
    actorId: actor.type === 'user' ? actor.userId : actor.type === 'key' ? actor.keyId : null,
    actorLabel: storable(actor.label, 200),
  });
  return { id, evidenceId: evidence.id, sha256: evidence.sha256, outcome: result.outcome };
}
