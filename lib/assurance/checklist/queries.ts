import { and, desc, eq, sql } from 'drizzle-orm';
import { checkEvidence, checklistRun } from '@/db/schema/checklist';
import { type ReadTx, readTenant } from '@/db/scope';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { decodeCursor, encodeCursor, timeAndId } from '@/lib/platform/core/http/cursor';
import { isId } from '@/lib/platform/core/ids';
import {
  type CheckHistoryInput,
  type ChecklistDto,
  type CheckRunListDto,
  checkHistoryInput,
  type EvidenceDto,
  type ListRunsInput,
  listRunsInput,
  type ObjectiveDto,
  type RunDetailDto,
  type RunListDto,
  STATES,
  type State,
  type VerdictDto,
  type VerdictListDto,
} from './contract';
import { checklistDefinition } from './definition-file';
import { evaluate, findContradictions, objectiveDtoOf } from './evaluate';
import { type Place, readHistory } from './history';
import { countsAgainst } from './rules';
import { readRunDetail, runDtos } from './run-dto';
import { readRuns } from './store';
import { readVerdict, readVerdicts } from './verdict-dto';

type Change = ObjectiveDto['change'];

const isState = (text: string): text is State => STATES.some((state) => state === text);

function changeOf(before: string | null, state: string): Change {
  if (before === null || !isState(before) || !isState(state)) return null;
  if (!countsAgainst(before) && countsAgainst(state)) return 'newly_failing';
  return countsAgainst(before) && !countsAgainst(state) ? 'fixed' : null;
}

/** What the last run changed, by objective. */
async function readChanges(
  tx: ReadTx,
  tenantId: string,
  runId: string | undefined,
): Promise<Map<string, Change>> {
  if (runId === undefined) return new Map();
  const rows = await tx.execute<{ key: string; state: string; before: string | null }>(sql`
    select objective_key as key, state, before from objective_state
    where tenant_id = ${tenantId} and run_id = ${runId} order by at, id`);
  return new Map(rows.map(({ key, state, before }) => [key, changeOf(before, state)]));
}

/** The whole checklist as it is at this moment: computed, never stored. */
export async function getChecklist(actor: Actor): Promise<ChecklistDto> {
  requirePermission(actor, 'checklist:read');
  const { tenantId } = actor;
  const { current, problems } = checklistDefinition();
  return readTenant(actor, async (tx) => {
    const evaluation = await evaluate(tx, tenantId, current);
    const [lastRun] = await runDtos(tx, tenantId, await readRuns(tx, tenantId, ['completed', 'error'], 1));
    const [activeRun] = await runDtos(tx, tenantId, await readRuns(tx, tenantId, ['queued', 'running'], 1));
    const changes = await readChanges(tx, tenantId, lastRun?.id);
    const states = evaluation.objectives.map(({ state }) => state);
    const counts = Object.fromEntries(
      STATES.map((state) => [state, states.filter((one) => one === state).length]),
    ) as Record<State, number>;
    return {
      asOf: new Date(evaluation.nowMs).toISOString(),
      definition: {
        file: current.file,
        hash: current.hash,
        problems: problems.map(({ line, message }) => ({ line, message })),
      },
      timeZone: evaluation.facts.timeZone,
      counts,
      objectives: evaluation.objectives.map((judged) =>
        objectiveDtoOf(judged, evaluation, changes.get(judged.objective.key) ?? null),
      ),
      contradictions: await findContradictions(tx, tenantId, evaluation.objectives),
      requests: evaluation.exceptions.filter(({ state }) => state === 'requested'),
      lastRun: lastRun ?? null,
      activeRun: activeRun ?? null,
    };
  });
}

function pageOf<T>(
  found: readonly { item: T; place: Place }[],
  limit: number,
): { items: T[]; nextCursor: string | null } {
  const page = found.slice(0, limit);
  const last = found.length > limit ? page.at(-1) : undefined;
  return { items: page.map(({ item }) => item), nextCursor: last ? encodeCursor(last.place) : null };
}

const placeOf = (cursor: string | undefined) =>
  cursor === undefined ? null : decodeCursor(cursor, timeAndId);

/** Runs of the checklist, newest first. */
export async function listRuns(actor: Actor, input: ListRunsInput): Promise<RunListDto> {
  requirePermission(actor, 'checklist:read');
  const { cursor, limit } = listRunsInput.parse(input);
  const before = placeOf(cursor);
  return readTenant(actor, async (tx) => {
    const rows = await tx
      .select()
      .from(checklistRun)
      .where(
        and(
          eq(checklistRun.tenantId, actor.tenantId),
          before
            ? sql`(${checklistRun.requestedAt}, ${checklistRun.id}) < (${before.at}::timestamptz, ${before.id}::uuid)`
            : undefined,
        ),
      )
      .orderBy(desc(checklistRun.requestedAt), desc(checklistRun.id))
      .limit(limit + 1);
    const exact = await tx.execute<{ id: string; at: string }>(sql`
      select id, to_char(requested_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at from checklist_run
      where tenant_id = ${actor.tenantId} and id = ${rows[limit - 1]?.id ?? null}`);
    const items = await runDtos(tx, actor.tenantId, rows.slice(0, limit));
    const place = rows.length > limit ? exact[0] : undefined;
    return { items, nextCursor: place ? encodeCursor(place) : null };
  });
}

/** One run with the progress of each of its checks. @throws AppError `not_found` */
export async function getRun(actor: Actor, id: string): Promise<RunDetailDto> {
  requirePermission(actor, 'checklist:read');
  const { current } = checklistDefinition();
  return readTenant(actor, (tx) => readRunDetail(tx, actor.tenantId, id, current));
}

/** Every recorded run of one check, newest first; also of a check that is no longer defined. */
export async function listCheckHistory(actor: Actor, input: CheckHistoryInput): Promise<CheckRunListDto> {
  requirePermission(actor, 'checklist:read');
  const { check, cursor, limit } = checkHistoryInput.parse(input);
  const { current } = checklistDefinition();
  const before = placeOf(cursor);
  return readTenant(actor, async (tx) =>
    pageOf(await readHistory(tx, actor.tenantId, check, { before, limit: limit + 1 }, current), limit),
  );
}

const isEvidence = (tenantId: string, id: string) =>
  and(eq(checkEvidence.tenantId, tenantId), eq(checkEvidence.id, id));
const noEvidence = () => new AppError('not_found', 'Evidence not found.');

/** What a run saw, to the letter. @throws AppError `not_found` */
export async function getEvidence(actor: Actor, id: string): Promise<EvidenceDto> {
  requirePermission(actor, 'checklist:read');
  if (!isId(id)) throw noEvidence();
  return readTenant(actor, async (tx) => {
    const [row] = await tx
      .select({
        id: checkEvidence.id,
        checkKey: checkEvidence.checkKey,
        source: checkEvidence.source,
        collector: checkEvidence.collector,
        collectedAt: checkEvidence.collectedAt,
        receivedAt: checkEvidence.receivedAt,
        effectiveFrom: checkEvidence.effectiveFrom,
        effectiveUntil: checkEvidence.effectiveUntil,
        sha256: checkEvidence.sha256,
        body: checkEvidence.body,
        link: checkEvidence.link,
        fileName: checkEvidence.fileName,
        fileType: checkEvidence.fileType,
        fileBytes: sql<number | null>`octet_length(${checkEvidence.file})`,
        isIntact: sql<boolean>`${checkEvidence.sha256} = encode(sha256(convert_to(${checkEvidence.body}, 'UTF8')), 'hex')`,
      })
      .from(checkEvidence)
      .where(isEvidence(actor.tenantId, id));
    if (!row) throw noEvidence();
    const { source, fileName, fileType, fileBytes, ...rest } = row;
    return {
      ...rest,
      kind: source,
      collectedAt: row.collectedAt.toISOString(),
      receivedAt: row.receivedAt.toISOString(),
      effectiveFrom: row.effectiveFrom.toISOString(),
      effectiveUntil: row.effectiveUntil.toISOString(),
      file:
        fileName === null
          ? null
          : { name: fileName, mediaType: fileType ?? 'application/octet-stream', bytes: fileBytes ?? 0 },
    };
  });
}

/** The file that came with an evidence, always as a download. @throws AppError `not_found` */
export async function getEvidenceFile(actor: Actor, id: string): Promise<Response> {
  requirePermission(actor, 'checklist:read');
  if (!isId(id)) throw noEvidence();
  const row = await readTenant(actor, async (tx) => {
    const [found] = await tx
      .select({ name: checkEvidence.fileName, file: checkEvidence.file })
      .from(checkEvidence)
      .where(isEvidence(actor.tenantId, id));
    return found;
  });
  if (!row?.file || row.name === null) throw noEvidence();
  return new Response(new Uint8Array(row.file), {
    headers: {
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(row.name)}`,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'content-security-policy': 'sandbox',
    },
  });
}

/** Verdicts of the release gate, newest first. */
export async function listVerdicts(actor: Actor, input: ListRunsInput): Promise<VerdictListDto> {
  requirePermission(actor, 'checklist:read');
  const { cursor, limit } = listRunsInput.parse(input);
  const before = placeOf(cursor);
  return readTenant(actor, async (tx) =>
    pageOf(await readVerdicts(tx, actor.tenantId, { before, limit: limit + 1 }), limit),
  );
}

/** @throws AppError `not_found` */
export async function getVerdict(actor: Actor, id: string): Promise<VerdictDto> {
  requirePermission(actor, 'checklist:read');
  return readTenant(actor, (tx) => readVerdict(tx, actor.tenantId, id));
}
