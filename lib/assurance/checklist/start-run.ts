import { checklistRun } from '@/db/schema/checklist';
import { inTenant, type WriteTx } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { answerOnce } from '@/lib/platform/core/http/idempotency';
import { newId } from '@/lib/platform/core/ids';
import { enqueue } from '@/lib/platform/jobs/enqueue';
import { type RunDetailDto, type RunTrigger, type StartRunInput, startRunInput } from './contract';
import type { ChecklistDefinition } from './definition';
import { checklistDefinition } from './definition-file';
import { readRunDetail } from './run-dto';
import { objectivesOf, readTenantFacts, requireCheck } from './store';

function triggerOf(actor: Actor): RunTrigger {
  if (actor.type === 'user') return 'person';
  return actor.type === 'job' ? 'schedule' : 'service';
}

/** Queues a run of these checks in the caller's transaction. @returns its id; null where a scheduled run is under way */
export async function queueRun(
  tx: WriteTx,
  actor: Actor,
  definition: ChecklistDefinition,
  checkKeys: string[],
): Promise<string | null> {
  const id = newId();
  const trigger = triggerOf(actor);
  const rows = await tx
    .insert(checklistRun)
    .values({
      tenantId: actor.tenantId,
      id,
      trigger,
      actorType: actor.type,
      actorId: actor.type === 'user' ? actor.userId : actor.type === 'key' ? actor.keyId : null,
      actorLabel: actor.label,
      definitionHash: definition.hash,
      checkKeys,
      state: 'queued',
    })
    .onConflictDoNothing()
    .returning({ id: checklistRun.id });
  if (rows.length === 0) return null;
  await enqueue(tx, 'checklist.run', { v: 1, tenantId: actor.tenantId, runId: id });
  await recordAudit(tx, actor, {
    action: 'checklist.run_started',
    target: { type: 'checklist', id, label: null },
    details: { trigger, checks: checkKeys },
  });
  return id;
}

async function wantedKeys(
  tx: WriteTx,
  actor: Actor,
  definition: ChecklistDefinition,
  given: string[] | undefined,
): Promise<string[]> {
  const { slug } = await readTenantFacts(tx, actor.tenantId);
  const objectives = objectivesOf(definition, slug);
  const checks = given
    ? [...new Set(given)].map((key) => requireCheck(objectives, key))
    : objectives.flatMap((one) => one.checks).filter(({ mode }) => mode === 'automated');
  const manual = checks.find(({ mode }) => mode !== 'automated');
  if (manual)
    throw new AppError(
      'unprocessable',
      `"${manual.title}" needs an attestation and cannot run automatically. Submit evidence for it instead.`,
    );
  if (checks.length === 0) throw new AppError('unprocessable', 'The checklist has no automated checks.');
  return checks.map(({ key }) => key);
}

/** Starts a run of every automated check, or of the named ones; the worker does it. */
export async function startRun(
  actor: Actor,
  given: StartRunInput = {},
  idempotencyKey: string | null = null,
): Promise<RunDetailDto> {
  requirePermission(actor, 'checklist:run');
  const input = startRunInput.parse(given);
  const { current } = checklistDefinition();
  return inTenant(actor, (tx) =>
    answerOnce(tx, actor, { key: idempotencyKey, route: 'checklist.runs', input }, async () => {
      const keys = await wantedKeys(tx, actor, current, input.checks);
      const id = await queueRun(tx, actor, current, keys);
      if (id === null)
        throw new AppError('conflict', 'A scheduled run is in progress. Try again when it finishes.');
      const answer = await readRunDetail(tx, actor.tenantId, id, current);
      return { answer, kept: answer };
    }),
  );
}
