import { and, eq, isNull, sql } from 'drizzle-orm';
import { secretConsumer } from '@/db/schema/secrets';
import { inTenant, type WriteTx } from '@/db/scope';
import { hasLiveKey } from '@/lib/access/api-keys/facts';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requireAny } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { isId, newId } from '@/lib/platform/core/ids';
import { type AddConsumerInput, addConsumerInput, type SecretDetailDto } from './contract';
import { readSecret } from './queries';
import { lockSecret, secretTarget } from './secret-store';

async function requireKey(tx: WriteTx, tenantId: string, keyId: string): Promise<void> {
  if (await hasLiveKey(tx, tenantId, keyId)) return;
  throw new AppError('unprocessable', 'The key of the consumer does not exist or is revoked.');
}

/** Names a workload that reads the secret, with the API key by which it reports, if it has one. */
export async function addConsumer(
  actor: Actor,
  id: string,
  input: AddConsumerInput,
): Promise<SecretDetailDto> {
  requireAny(actor, ['secrets:write', 'secrets:rotate']);
  const { name, keyId } = addConsumerInput.parse(input);
  return inTenant(actor, async (tx) => {
    const row = await lockSecret(tx, actor.tenantId, id);
    if (keyId !== null) await requireKey(tx, actor.tenantId, keyId);
    const [added] = await tx
      .insert(secretConsumer)
      .values({ tenantId: actor.tenantId, id: newId(), secretId: id, name, keyId, source: 'person' })
      .onConflictDoNothing()
      .returning({ id: secretConsumer.id });
    if (!added) throw new AppError('conflict', 'This secret already has a consumer with this name.');
    await recordAudit(tx, actor, {
      action: 'secret.consumer_added',
      target: secretTarget(row),
      details: { consumer: name, keyId },
    });
    return readSecret(tx, actor.tenantId, id);
  });
}

/** A rotation no longer waits for it. What a scan or a backend names comes back with the next reading. */
export async function removeConsumer(actor: Actor, id: string, consumerId: string): Promise<SecretDetailDto> {
  requireAny(actor, ['secrets:write', 'secrets:rotate']);
  return inTenant(actor, async (tx) => {
    const row = await lockSecret(tx, actor.tenantId, id);
    const which = and(
      eq(secretConsumer.tenantId, actor.tenantId),
      eq(secretConsumer.secretId, id),
      eq(secretConsumer.id, isId(consumerId) ? consumerId : newId()),
      isNull(secretConsumer.removedAt),
    );
    const [removed] = await tx
      .update(secretConsumer)
      .set({ removedAt: sql`clock_timestamp()` })
      .where(which)
      .returning({ name: secretConsumer.name });
    if (!removed) throw new AppError('not_found', 'Consumer not found.');
    await recordAudit(tx, actor, {
      action: 'secret.consumer_removed',
      target: secretTarget(row),
      details: { consumer: removed.name },
    });
    return readSecret(tx, actor.tenantId, id);
  });
}
