import { and, eq, sql } from 'drizzle-orm';
import { keyRotationSetting } from '@/db/schema/rotation';
import { inTenant } from '@/db/scope';
import { keyTarget, lockKey } from '@/lib/access/api-keys/change/key-store';
import {
  type KeyRotationDto,
  type SetKeyRotationInput,
  setKeyRotationInput,
} from '@/lib/access/api-keys/rotation-contract';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { requireMatch } from '@/lib/platform/core/http/etag';
import { parseOwnerKey } from './owner-key';
import { readKeyRotation } from './rotation-queries';

type Row = typeof keyRotationSetting.$inferSelect;

/** What the log says of it: a public key by its thumbprint. */
function factsOf(row: Pick<Row, 'isOff' | 'override' | 'fileName'> | undefined, thumbprint?: string | null) {
  return {
    isOff: row?.isOff ?? false,
    override: row?.override ?? {},
    fileName: row?.fileName ?? null,
    ...(thumbprint === undefined ? {} : { publicKey: thumbprint }),
  };
}

/** Changes how one key rotates; a field left out stays. @throws AppError bad_request for a key that cannot encrypt */
export async function setKeyRotation(
  actor: Actor,
  keyId: string,
  given: SetKeyRotationInput,
  ifMatch: string | null = null,
): Promise<KeyRotationDto> {
  requirePermission(actor, 'keys:write');
  const { publicKey, ...input } = setKeyRotationInput.parse(given);
  const owner = publicKey ? await parseOwnerKey(publicKey) : null;
  return inTenant(actor, async (tx) => {
    const key = await lockKey(tx, actor.tenantId, keyId);
    const ofKey = and(eq(keyRotationSetting.tenantId, actor.tenantId), eq(keyRotationSetting.keyId, keyId));
    const [before] = await tx.select().from(keyRotationSetting).where(ofKey);
    requireMatch(ifMatch, before?.version ?? 0);
    const change = {
      ...input,
      ...(publicKey === undefined ? {} : { publicKey: owner ? { ...owner.jwk } : null }),
    };
    const [after] = await tx
      .insert(keyRotationSetting)
      .values({ tenantId: actor.tenantId, keyId, ...change })
      .onConflictDoUpdate({
        target: [keyRotationSetting.tenantId, keyRotationSetting.keyId],
        set: {
          ...change,
          version: sql`${keyRotationSetting.version} + 1`,
          updatedAt: sql`clock_timestamp()`,
        },
      })
      .returning();
    await recordAudit(tx, actor, {
      action: 'key.rotation_settings_changed',
      target: keyTarget(key.row),
      details: {
        before: factsOf(before),
        after: factsOf(after, publicKey === undefined ? undefined : (owner?.thumbprint ?? null)),
      },
    });
    return readKeyRotation(tx, actor.tenantId, keyId);
  });
}
