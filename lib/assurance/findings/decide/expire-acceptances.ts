import { and, eq, lte, sql } from 'drizzle-orm';
import { finding } from '@/db/schema/findings';
import { inTenant } from '@/db/scope';
import { lockFindings } from '@/lib/assurance/findings/import/merge-rows';
import { expired } from '@/lib/assurance/findings/rules';
import { findingSettings } from '@/lib/assurance/findings/settings';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { endAcceptances, targetOf, writeTransitions } from './decide-finding';

const BATCH = 200;

/** Ends acceptances whose time is over. @returns how many */
export async function expireAcceptances(actor: Actor): Promise<number> {
  requirePermission(actor, 'findings:write');
  return inTenant(actor, async (tx) => {
    const due = and(
      eq(finding.tenantId, actor.tenantId),
      eq(finding.decision, 'accepted'),
      lte(finding.decisionUntil, sql`statement_timestamp()`),
    );
    const rows = await tx.select({ id: finding.id }).from(finding).where(due).limit(BATCH);
    if (rows.length === 0) return 0;
    const policy = await findingSettings(tx, actor.tenantId);
    const at = new Date().toISOString();
    const stored = await lockFindings(
      tx,
      actor.tenantId,
      rows.map(({ id }) => id),
    );
    let ended = 0;
    for (const one of stored.values()) {
      const transitions = expired(one.state, at, policy);
      if (transitions.length === 0) continue;
      ended += 1;
      await endAcceptances(tx, actor.tenantId, [one.id]);
      await writeTransitions(tx, actor, at, [{ stored: one, transitions }]);
      await recordAudit(tx, actor, { action: 'finding.acceptance_expired', target: targetOf(one.id) });
    }
    return ended;
  });
}
