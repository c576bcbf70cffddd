import { releaseOverride } from '@/db/schema/checklist';
import { inTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission, requirePerson } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { type OverrideVerdictInput, overrideVerdictInput, type VerdictDto } from './contract';
import { readVerdict } from './verdict-dto';

/** Lets a release pass that failed. The verdict itself stays; who overrode it and why shows forever. */
export async function overrideVerdict(
  actor: Actor,
  id: string,
  given: OverrideVerdictInput,
): Promise<VerdictDto> {
  requirePermission(actor, 'checklist:write');
  const { userId } = requirePerson(actor);
  const { reason } = overrideVerdictInput.parse(given);
  return inTenant(actor, async (tx) => {
    const verdict = await readVerdict(tx, actor.tenantId, id);
    if (verdict.verdict === 'pass')
      throw new AppError('conflict', 'This release passed, so there is no verdict to override.');
    const rows = await tx
      .insert(releaseOverride)
      .values({ tenantId: actor.tenantId, verdictId: id, reason, overriddenBy: userId })
      .onConflictDoNothing()
      .returning({ id: releaseOverride.verdictId });
    if (rows.length === 0) throw new AppError('conflict', 'This verdict was overridden already.');
    await recordAudit(tx, actor, {
      action: 'release.overridden',
      target: { type: 'release', id, label: verdict.release },
      reason,
      details: { environment: verdict.environment, imageDigest: verdict.imageDigest },
    });
    return readVerdict(tx, actor.tenantId, id);
  });
}
