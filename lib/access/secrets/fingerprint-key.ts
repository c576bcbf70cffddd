import { randomBytes } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { secretSetting } from '@/db/schema/secrets';
import { inTenant } from '@/db/scope';
import type { Actor } from '@/lib/platform/auth/contract';
import { requireAny } from '@/lib/platform/auth/require';
import { seal, unseal } from '@/lib/platform/core/seal';

const KEY_BYTES = 32;
const placeOf = (tenantId: string) => `secret_setting:${tenantId}:fingerprint_key`;

/**
 * The key under which the command line digests values where they lie, so that the same secret in two places is seen as one.
 * Made at the first call; it tells nothing about a value without the digest, and is not used for anything else.
 * @returns base64url @throws AppError `unprocessable` where ENCRYPTION_KEY is not set
 */
// guard: the first call makes a key that nobody sees change; that it was handed out is in the access event of the request
export async function fingerprintKey(actor: Actor): Promise<{ key: string }> {
  requireAny(actor, ['secrets:write', 'secrets:rotate']);
  const { tenantId } = actor;
  return inTenant(actor, async (tx) => {
    const own = eq(secretSetting.tenantId, tenantId);
    const [known] = await tx.select().from(secretSetting).where(own);
    if (known) return { key: unseal(known.fingerprintKey, placeOf(tenantId)) };
    const sealed = seal(randomBytes(KEY_BYTES).toString('base64url'), placeOf(tenantId));
    await tx.insert(secretSetting).values({ tenantId, fingerprintKey: sealed }).onConflictDoNothing();
    const [made] = await tx.select().from(secretSetting).where(own);
    if (!made) throw new Error('The fingerprint key could not be made.');
    return { key: unseal(made.fingerprintKey, placeOf(tenantId)) };
  });
}
