import { sql } from 'drizzle-orm';
import { releaseVerdict } from '@/db/schema/checklist';
import { inTenant, type ReadTx } from '@/db/scope';
import { readImageScan } from '@/lib/assurance/findings/facts';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { answerOnce } from '@/lib/platform/core/http/idempotency';
import { newId } from '@/lib/platform/core/ids';
import { type GateItemDto, type ReleaseGateInput, releaseGateInput, type VerdictDto } from './contract';
import { checklistDefinition } from './definition-file';
import { type Evaluation, evaluate, findContradictions, type JudgedObjective } from './evaluate';
import { countsAgainst } from './rules';
import { readVerdict } from './verdict-dto';

const PROBLEMS_MAX = 20;

function itemOf({ objective, state, checks }: JudgedObjective): GateItemDto {
  const deciding = checks.find(({ judgement }) => judgement.state === state) ?? checks[0];
  return {
    objectiveKey: objective.key,
    title: objective.title,
    severity: objective.severity,
    state,
    isBlocking: countsAgainst(state),
    reason: deciding?.judgement.reason ?? '',
    remediation: deciding?.check.remediation ?? '',
    problems: checks.flatMap(({ latest }) => latest?.problems ?? []).slice(0, PROBLEMS_MAX),
    checkRunIds: checks.flatMap(({ latest }) => (latest ? [latest.id] : [])),
  };
}

const IMAGE_DAYS = 30;

/** A complete scan that names this very image, and what it found open. */
async function imageItem(tx: ReadTx, tenantId: string, digest: string): Promise<GateItemDto> {
  const found = await readImageScan(tx, tenantId, digest, IMAGE_DAYS);
  const severe = found?.severe ?? 0;
  const state = !found ? 'unknown' : severe > 0 ? 'fail' : 'pass';
  return {
    objectiveKey: 'image',
    title: 'This image was scanned',
    severity: 'critical',
    state,
    isBlocking: state !== 'pass',
    reason: !found
      ? `No complete scan of the last ${IMAGE_DAYS} days names ${digest}.`
      : severe > 0
        ? `${found.asset} has ${severe} open high or critical findings.`
        : `${found.asset} was scanned ${found.ageDays} days ago, without open high or critical findings.`,
    remediation:
      'Scan the image by digest and upload the report. Use --image if the report does not contain the digest.',
    problems: [],
    checkRunIds: [],
  };
}

async function itemsOf(
  tx: ReadTx,
  tenantId: string,
  evaluation: Evaluation,
  imageDigest: string | undefined,
): Promise<GateItemDto[]> {
  const asked = evaluation.objectives.filter(({ objective }) => objective.stage === 'pre_deploy');
  const items = asked.map(itemOf);
  if (imageDigest !== undefined) items.push(await imageItem(tx, tenantId, imageDigest));
  for (const found of await findContradictions(tx, tenantId, asked)) {
    const objective = asked.find((one) => one.objective.key === found.objectiveKey)?.objective;
    items.push({
      objectiveKey: found.objectiveKey,
      title: `Contradiction: ${objective?.title ?? found.objectiveKey}`,
      severity: objective?.severity ?? 'high',
      state: 'fail',
      isBlocking: true,
      reason: found.sentence,
      remediation: 'These results contradict each other. Find out which is correct and fix the other.',
      problems: [],
      checkRunIds: [],
    });
  }
  return items;
}

/**
 * Judges a release by the objectives before deployment as they are at this moment: it passes when none counts against.
 * The verdict is kept with the runs it was made by, and never changed.
 */
export async function decideRelease(
  actor: Actor,
  given: ReleaseGateInput,
  idempotencyKey: string | null = null,
): Promise<VerdictDto> {
  requirePermission(actor, 'checklist:run');
  const input = releaseGateInput.parse(given);
  const { current } = checklistDefinition();
  return inTenant(actor, (tx) =>
    answerOnce(tx, actor, { key: idempotencyKey, route: 'release-gate', input }, async () => {
      const evaluation = await evaluate(tx, actor.tenantId, current);
      const items = await itemsOf(tx, actor.tenantId, evaluation, input.imageDigest);
      const isPassed = items.length > 0 && items.every(({ isBlocking }) => !isBlocking);
      const id = newId();
      await tx.insert(releaseVerdict).values({
        tenantId: actor.tenantId,
        id,
        release: input.release,
        imageDigest: input.imageDigest ?? null,
        environment: input.environment,
        verdict: isPassed ? 'pass' : 'fail',
        items: items.map((item) => ({ ...item })),
        definitionHash: current.hash,
        decidedAt: sql`clock_timestamp()`,
        actorType: actor.type,
        actorId: actor.type === 'user' ? actor.userId : actor.type === 'key' ? actor.keyId : null,
        actorLabel: actor.label,
      });
      await recordAudit(tx, actor, {
        action: 'release.decided',
        outcome: isPassed ? 'success' : 'denied',
        target: { type: 'release', id, label: input.release },
        details: {
          ...input,
          verdict: isPassed ? 'pass' : 'fail',
          blocking: items.filter((item) => item.isBlocking).map((item) => item.objectiveKey),
        },
      });
      const answer = await readVerdict(tx, actor.tenantId, id);
      return { answer, kept: answer };
    }),
  );
}
