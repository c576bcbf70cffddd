import { and, eq, sql } from 'drizzle-orm';
import { apiKeyVersion } from '@/db/schema/api-keys';
import { inTenant, type WriteTx } from '@/db/scope';
import { keyTarget, type LockedKey, lockKey, writeVersions } from '@/lib/access/api-keys/change/key-store';
import { USAGE_MARK } from '@/lib/access/api-keys/read/rollup-usage';
import { promote, type VersionFacts, versionIn } from '@/lib/access/api-keys/transitions';
import { eventsOf, markUntil } from '@/lib/platform/audit/facts';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { isId } from '@/lib/platform/core/ids';

async function pendingKeyId(tx: WriteTx, tenantId: string, versionId: string): Promise<string | null> {
  const [found] = await tx
    .select({ keyId: apiKeyVersion.keyId })
    .from(apiKeyVersion)
    .where(
      and(
        eq(apiKeyVersion.tenantId, tenantId),
        eq(apiKeyVersion.id, versionId),
        eq(apiKeyVersion.state, 'pending'),
      ),
    );
  return found?.keyId ?? null;
}

/** A service that asks for its rotation is not using its new secret: the service itself may not have it yet. */
const ASKS_FOR_ROTATION = sql`(e.action = 'api.request' and e.path = '/api/v1/keys/self/rotation')`;

/**
 * When the log first says that the version was accepted, in Unix milliseconds. Uses that are counted already narrow the
 * search to their hour; uncounted ones can only lie behind the counter's mark.
 */
export async function firstUseMs(
  tx: WriteTx,
  tenantId: string,
  keyId: string,
  versionId: string,
): Promise<number | null> {
  const since = eventsOf(tenantId, sql`at >= (select begin.at from begin)`);
  const [row] = await tx.execute<{ ms: number | null }>(sql`
    with begin as (
      select coalesce(
        (select min(u.hour) from public.key_usage u
          where u.tenant_id = v.tenant_id and u.key_id = v.key_id and u.version_id = v.id and u.allowed > 0),
        greatest(v.created_at, ${markUntil(tenantId, USAGE_MARK)} - interval '2 minutes')) - interval '1 second' as at
      from public.api_key_version v where v.tenant_id = ${tenantId}::uuid and v.id = ${versionId}::uuid),
    used as (
      select min(e.at) as at from ${since} e
      where e.key_id = ${keyId}::uuid and e.key_version_id = ${versionId}::uuid
        and e.category in ('decision', 'access') and e.outcome = 'success' and not ${ASKS_FOR_ROTATION}
      union all
      select min(e.at) from ${since} e
      where e.target_id = ${versionId} and e.target_type = 'key_version' and e.action = 'gate.verify')
    select floor(extract(epoch from min(at)) * 1000)::float8 as ms from used`);
  return row?.ms ?? null;
}

function detailsOf(changes: readonly VersionFacts[], usedAtMs: number) {
  const old = changes.at(-2);
  return {
    version: changes.at(-1)?.number,
    firstUsedAt: new Date(usedAtMs).toISOString(),
    ...(old ? { replaces: old.number, graceUntil: dateText(old.graceUntilMs) } : {}),
  };
}

function dateText(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

/** The pending version of a locked key takes over, as of its first use. */
export async function promoteTo(tx: WriteTx, actor: Actor, key: LockedKey, usedAtMs: number): Promise<void> {
  const changes = promote(key, usedAtMs);
  await writeVersions(tx, key, changes);
  await recordAudit(tx, actor, {
    action: 'key.promoted',
    target: keyTarget(key.row),
    details: detailsOf(changes, usedAtMs),
  });
}

/**
 * Makes a pending version the current one once the log holds its first accepted use; that moment also starts the grace
 * of the old one. Idempotent: whoever comes second finds nothing pending.
 * @returns whether this call promoted it
 */
export async function promoteVersion(actor: Actor, versionId: string): Promise<boolean> {
  requirePermission(actor, 'keys:write');
  if (!isId(versionId)) return false;
  return inTenant(actor, async (tx) => {
    const keyId = await pendingKeyId(tx, actor.tenantId, versionId);
    if (!keyId) return false;
    const key = await lockKey(tx, actor.tenantId, keyId);
    if (key.key.revokedAtMs !== null || versionIn(key.versions, 'pending')?.id !== versionId) return false;
    const usedAtMs = await firstUseMs(tx, actor.tenantId, keyId, versionId);
    if (usedAtMs === null) return false;
    await promoteTo(tx, actor, key, usedAtMs);
    return true;
  });
}
