import { and, eq, sql } from 'drizzle-orm';
import { apiKey, apiKeyVersion } from '@/db/schema/api-keys';
import { inTenant, type WriteTx } from '@/db/scope';
import { keyTarget, lockKey, writeVersions } from '@/lib/access/api-keys/change/key-store';
import { retireDue } from '@/lib/access/api-keys/transitions';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';

const KEYS_PER_RUN_MAX = 200;

async function dueKeyIds(tx: WriteTx, tenantId: string): Promise<string[]> {
  const rows = await tx
    .select({ keyId: apiKeyVersion.keyId })
    .from(apiKeyVersion)
    .innerJoin(apiKey, and(eq(apiKey.tenantId, apiKeyVersion.tenantId), eq(apiKey.id, apiKeyVersion.keyId)))
    .where(
      and(
        eq(apiKeyVersion.tenantId, tenantId),
        eq(apiKeyVersion.state, 'grace'),
        sql`least(${apiKeyVersion.graceUntil}, ${apiKey.expiresAt}) <= clock_timestamp()`,
      ),
    )
    .orderBy(apiKeyVersion.keyId)
    .limit(KEYS_PER_RUN_MAX);
  return rows.map((row) => row.keyId);
}

/**
 * Writes down that graces are over; the gate refuses such secrets from the deadline on, whether or not this has run.
 * @returns how many versions retired
 */
export async function retireDueVersions(actor: Actor): Promise<number> {
  requirePermission(actor, 'keys:write');
  return inTenant(actor, async (tx) => {
    let retired = 0;
    for (const keyId of await dueKeyIds(tx, actor.tenantId)) {
      const key = await lockKey(tx, actor.tenantId, keyId);
      const changes = retireDue(key);
      await writeVersions(tx, key, changes);
      for (const { number, endedAtMs } of changes) {
        const endedAt = endedAtMs === null ? null : new Date(endedAtMs).toISOString();
        await recordAudit(tx, actor, {
          action: 'key.retired',
          target: keyTarget(key.row),
          details: { version: number, endedAt },
        });
        retired += 1;
      }
    }
    return retired;
  });
}
