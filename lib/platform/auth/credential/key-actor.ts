import { and, eq, sql } from 'drizzle-orm';
import { apiKey, apiKeyVersion } from '@/db/schema/api-keys';
import { enterTenant, withKey } from '@/db/scope';
import { VERIFY_CODES, type VerifyCode } from '@/lib/access/api-keys/contract';
import type { KeyActor, RequestInfo } from '@/lib/platform/auth/contract';
import { RefusedError, slowGuessing } from '@/lib/platform/auth/request/refusal';
import { getEnv } from '@/lib/platform/core/env/env';
import { decideKey, type KeySnapshot, networksOf } from './key-decision';
import { digestKey, digestsEqual, parseKey } from './key-format';

interface Found {
  snapshot: KeySnapshot;
  nowMs: number;
}

function pepperOf(id: string): string | null {
  const { keyPepper, keyPeppersRetired } = getEnv();
  const all = keyPepper ? [keyPepper, ...keyPeppersRetired] : keyPeppersRetired;
  return all.find((pepper) => pepper.id === id)?.value ?? null;
}

/** The proven key, or null where no version has this id or the secret is another. */
async function findKey(key: string, publicId: string): Promise<Found | null> {
  return withKey(publicId, async (tx) => {
    const [version] = await tx.select().from(apiKeyVersion).where(eq(apiKeyVersion.publicId, publicId));
    const pepper = version ? pepperOf(version.pepperId) : null;
    if (!version || pepper === null || !digestsEqual(digestKey(key, pepper), version.digest)) return null;
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
    const snapshot: KeySnapshot = {
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
}

function refused(code: VerifyCode, snapshot?: KeySnapshot): RefusedError {
  const known = snapshot && {
    tenantId: snapshot.tenantId,
    label: snapshot.name,
    target: { type: 'key' as const, id: snapshot.keyId, label: snapshot.name },
  };
  const sentence = `API key rejected (${code}): ${VERIFY_CODES[code]}. Send a valid key.`;
  return new RefusedError('unauthenticated', sentence, { code, ...known });
}

/**
 * The service behind an API key, decided as the gate decides (promise 2: read in the primary on every request).
 * @throws RefusedError unauthenticated, naming the verification code, or rate_limited for guessing
 */
export async function keyActorOf(key: string, request: RequestInfo): Promise<KeyActor> {
  const parsed = parseKey(key);
  slowGuessing(request);
  if (!parsed) throw refused('MALFORMED');
  const found = await findKey(key, parsed.publicId);
  if (!found) throw refused('NOT_FOUND');
  const { snapshot, nowMs } = found;
  const { code } = decideKey(snapshot, { nowMs, ip: request.ip });
  if (code !== 'VALID') throw refused(code, snapshot);
  return {
    type: 'key',
    tenantId: snapshot.tenantId,
    keyId: snapshot.keyId,
    versionId: snapshot.versionId,
    scopes: snapshot.scopes,
    ownerUserId: snapshot.ownerUserId,
    rateLimits: snapshot.rateLimits,
    label: snapshot.name,
    request,
  };
}
