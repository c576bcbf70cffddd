import { inTenant } from '@/db/scope';
import { type CheckResult, nothingSeen, resultOf } from '@/lib/assurance/checklist/checks/check';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { type CheckRunDto, type ImportResultInput, importResultInput } from './contract';
import type { DefinedCheck } from './definition';
import { checklistDefinition } from './definition-file';
import { readCheckRun } from './history';
import { recordResult } from './record-result';
import { settleStates } from './settle-states';
import { databaseNowMs, objectivesOf, readTenantFacts, requireCheck } from './store';

type Given = ReturnType<typeof importResultInput.parse>;

/** What the file declares must be covered, and what the tool says it was meant to look at. */
function resultOfImport(check: Extract<DefinedCheck, { kind: 'import' }>, given: Given): CheckResult {
  const observations = given.observations.map((one) => ({ ...one, href: one.href ?? null }));
  const wanted = new Set([...check.scope.resources, ...(given.resources ?? [])]);
  const covered = new Set(observations.map(({ resource }) => resource));
  const missing = [...wanted].filter((resource) => !covered.has(resource));
  if (observations.length === 0) {
    const nothing = nothingSeen('not_available', 'The result contains no observations.');
    return { ...nothing, scopeExpected: wanted.size };
  }
  const result = resultOf('resources', observations, { well: `${observations.length} resources pass.` });
  if (missing.length === 0) return result;
  return {
    ...result,
    summary: `${result.summary} Nothing was said of ${missing.slice(0, 3).join(', ')}.`,
    scopeExpected: result.scopeExpected + missing.length,
    facts: { missing },
  };
}

/** Takes the result of another tool for a check of kind `import`; it speaks from when it was collected. */
export async function importResult(actor: Actor, given: ImportResultInput): Promise<CheckRunDto> {
  requirePermission(actor, 'checklist:run');
  const input = importResultInput.parse(given);
  const { current } = checklistDefinition();
  const collectedAtMs = Date.parse(input.collectedAt);
  return inTenant(actor, async (tx) => {
    const { slug } = await readTenantFacts(tx, actor.tenantId);
    const check = requireCheck(objectivesOf(current, slug), input.check);
    if (check.kind !== 'import')
      throw new AppError(
        'unprocessable',
        `"${check.title}" is not of the kind import; it takes no results from outside.`,
      );
    const nowMs = await databaseNowMs(tx);
    if (collectedAtMs > nowMs)
      throw new AppError('unprocessable', 'The collection time cannot be in the future.');
    const recorded = await recordResult(tx, actor, {
      check,
      result: resultOfImport(check, input),
      source: 'import',
      runId: null,
      startedAtMs: nowMs,
      collector: input.collector,
      collectedAtMs,
    });
    await settleStates(tx, actor.tenantId, current, null);
    await recordAudit(tx, actor, {
      action: 'checklist.result_imported',
      target: { type: 'checklist', id: recorded.id, label: check.title },
      details: {
        check: check.key,
        collector: input.collector,
        outcome: recorded.outcome,
        evidence: recorded.sha256,
      },
    });
    return readCheckRun(tx, actor.tenantId, recorded.id, current);
  });
}
