import { inTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission, requirePerson } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { type AttestInput, attestInput, type CheckRunDto, EVIDENCE_BYTES_MAX } from './contract';
import { checklistDefinition } from './definition-file';
import { readCheckRun } from './history';
import { type RecordedFile, recordResult } from './record-result';
import { settleStates } from './settle-states';
import { databaseNowMs, objectivesOf, readTenantFacts, requireCheck } from './store';

function fileOf(
  given: { name: string; mediaType: string; content: string } | undefined,
): RecordedFile | undefined {
  if (!given) return undefined;
  const content = Buffer.from(given.content, 'base64');
  if (content.length === 0) throw new AppError('unprocessable', 'The file is empty.');
  if (content.length > EVIDENCE_BYTES_MAX)
    throw new AppError(
      'too_large',
      `The file is larger than ${EVIDENCE_BYTES_MAX / 1024} KiB. Give a link to it instead.`,
    );
  return { name: given.name, mediaType: given.mediaType, content };
}

/** A person answers a check with dated evidence. It counts from when it was done, not from when it is handed in. */
export async function attest(actor: Actor, given: AttestInput): Promise<CheckRunDto> {
  requirePermission(actor, 'checklist:run');
  requirePerson(actor);
  const { check: key, performedAt, note, link, file } = attestInput.parse(given);
  const { current } = checklistDefinition();
  const collectedAtMs = Date.parse(performedAt);
  return inTenant(actor, async (tx) => {
    const { slug } = await readTenantFacts(tx, actor.tenantId);
    const check = requireCheck(objectivesOf(current, slug), key);
    if (check.kind !== 'attestation')
      throw new AppError('unprocessable', `"${check.title}" is run by a machine; nobody can answer for it.`);
    const nowMs = await databaseNowMs(tx);
    if (collectedAtMs > nowMs) throw new AppError('unprocessable', 'It cannot have been done in the future.');
    if (collectedAtMs + check.cadenceMs <= nowMs)
      throw new AppError('unprocessable', 'That was too long ago to count. Do it again, then record it.');
    const recorded = await recordResult(tx, actor, {
      check,
      result: {
        outcome: 'pass',
        summary: `${actor.label} confirmed it: ${note}`,
        observations: [{ resource: check.title, outcome: 'pass', detail: note, href: link ?? null }],
        scopeExpected: 1,
        scopeCovered: 1,
        facts: { asks: check.parameters.asks },
      },
      source: 'attestation',
      runId: null,
      startedAtMs: nowMs,
      collector: actor.label,
      collectedAtMs,
      note,
      link,
      file: fileOf(file),
    });
    await settleStates(tx, actor.tenantId, current, null);
    await recordAudit(tx, actor, {
      action: 'checklist.attested',
      target: { type: 'checklist', id: recorded.id, label: check.title },
      reason: note,
      details: {
        check: key,
        performedAt,
        evidence: recorded.sha256,
        ...(link ? { link } : {}),
        ...(file ? { file: file.name } : {}),
      },
    });
    return readCheckRun(tx, actor.tenantId, recorded.id, current);
  });
}
