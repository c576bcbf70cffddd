import { and, eq, sql } from 'drizzle-orm';
import { apiKey, apiKeyVersion } from '@/db/schema/api-keys';
import { enterTenant, withKey } from '@/db/scope';
import type { Doors } from '@/lib/platform/auth/credential/doors';
import { networksOf } from '@/lib/platform/auth/credential/key-decision';

/** Reads a key in the primary on every request, as the gate's revision is (promise 2). */
export const findKey: Doors['findKey'] = (publicId, isProven) =>
  withKey(publicId, async (tx) => {
    const [version] = await tx.select().from(apiKeyVersion).where(eq(apiKeyVersion.publicId, publicId));
    if (!version || !isProven(version)) return null;
    await enterTenant(tx, version.tenantId);
    const [row] = await tx
      .select({
        name: apiKey.name,
        environment: apiKey.environment,
        ownerUserId: apiKey.ownerUserId,
        scopes: apiKey.scopes,
        allowedCidrs: apiKey.allowedCidrs,
        rateLimits: apiKey.rateLimits,
        expiresAt: apiKey.expiresAt,
        disabledAt: apiKey.disabledAt,
        revokedAt: apiKey.revokedAt,
        nowMs: sql<string>`extract(epoch from clock_timestamp()) * 1000`,
      })
      .from(apiKey)
      .where(and(eq(apiKey.tenantId, version.tenantId), eq(apiKey.id, version.keyId)));
    if (!row) return null;
    const snapshot = {
      tenantId: version.tenantId,
      keyId: version.keyId,
      versionId: version.id,
      versionNumber: version.number,
      publicId,
      digest: version.digest,
      pepperId: version.pepperId,
      state: version.state,
      graceUntilMs: version.graceUntil?.getTime() ?? null,
      revokedReason: version.revokedReason,
      name: row.name,
      environment: row.environment,
      ownerUserId: row.ownerUserId,
      scopes: row.scopes,
      allowedNetworks: networksOf(row.allowedCidrs),
      rateLimits: row.rateLimits,
      expiresAtMs: row.expiresAt?.getTime() ?? null,
      isDisabled: row.disabledAt !== null,
      isRevoked: row.revokedAt !== null,
    };
    return { snapshot, nowMs: Number(row.nowMs) };
  });
