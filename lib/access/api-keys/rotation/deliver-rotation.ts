import { and, eq } from 'drizzle-orm';
import { apiKeyVersion } from '@/db/schema/api-keys';
import { tenant } from '@/db/schema/identity';
import { keyRotation, keyRotationSetting } from '@/db/schema/rotation';
import { inTenant, type WriteTx } from '@/db/scope';
import { keyTarget, type LockedKey, lockKey } from '@/lib/access/api-keys/change/key-store';
import { versionIn } from '@/lib/access/api-keys/transitions';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { parseKey } from '@/lib/platform/auth/credential/key-format';
import { requirePermission } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import type { JobContext } from '@/lib/platform/jobs/enqueue';
import { makeRotationSecret } from './fetch-rotation';
import { encryptToOwner, storedOwnerKey } from './owner-key';
import { changeRotation, type RotationRow } from './rotation-store';
import { configuredBackend, type SecretBackend, type SecretPlace } from './secret-backend';

interface Underway {
  rotation: RotationRow;
  key: LockedKey;
  setting: typeof keyRotationSetting.$inferSelect | undefined;
}

/** The rotation with its key held; null where it has ended, which is no failure. */
async function lockRotation(tx: WriteTx, tenantId: string, id: string): Promise<Underway | null> {
  const which = and(eq(keyRotation.tenantId, tenantId), eq(keyRotation.id, id));
  const [found] = await tx.select({ keyId: keyRotation.keyId }).from(keyRotation).where(which);
  if (!found) return null;
  const key = await lockKey(tx, tenantId, found.keyId);
  const [rotation] = await tx.select().from(keyRotation).where(which);
  if (!rotation || (rotation.state !== 'open' && rotation.state !== 'delivered')) return null;
  const ofKey = and(eq(keyRotationSetting.tenantId, tenantId), eq(keyRotationSetting.keyId, found.keyId));
  const [setting] = await tx.select().from(keyRotationSetting).where(ofKey);
  return { rotation, key, setting };
}

async function markDelivered(
  tx: WriteTx,
  actor: Actor,
  { rotation, key }: Underway,
  ciphertext: string | null,
) {
  await changeRotation(tx, rotation, {
    state: 'delivered',
    deliveredAt: new Date(key.nowMs),
    problem: null,
    ciphertext,
  });
  await recordAudit(tx, actor, {
    action: 'key.rotation_delivered',
    target: keyTarget(key.row),
    details: { delivery: rotation.delivery },
  });
}

/** The secret is made, encrypted and stored as ciphertext in one transaction; its plain text never leaves memory. */
async function deliverEncrypted(actor: Actor, rotationId: string, { finish }: JobContext): Promise<void> {
  await inTenant(actor, async (tx) => {
    const underway = await lockRotation(tx, actor.tenantId, rotationId);
    if (underway) {
      if (!underway.setting?.publicKey)
        throw new AppError(
          'unprocessable',
          'The owner’s public key was removed. Add one, then start the rotation again.',
        );
      const owner = await storedOwnerKey(underway.setting.publicKey);
      const made = await makeRotationSecret(tx, actor, underway.key, underway.rotation);
      if (made) await markDelivered(tx, actor, underway, await encryptToOwner(owner, made.secret));
    }
    await finish(tx);
  });
}

/** Whether the text is the pending secret: then an earlier attempt wrote it, and must not be superseded. */
async function isPendingSecret(tx: WriteTx, key: LockedKey, text: string | null): Promise<boolean> {
  const pending = versionIn(key.versions, 'pending');
  const publicId = text === null ? undefined : parseKey(text)?.publicId;
  if (!pending || !publicId) return false;
  const [row] = await tx
    .select({ publicId: apiKeyVersion.publicId })
    .from(apiKeyVersion)
    .where(and(eq(apiKeyVersion.tenantId, key.row.tenantId), eq(apiKeyVersion.id, pending.id)));
  return row?.publicId === publicId;
}

interface FileWork {
  place: SecretPlace;
  secret: string;
}

async function placeOf(tx: WriteTx, tenantId: string, { setting }: Underway): Promise<SecretPlace> {
  const [home] = await tx.select({ slug: tenant.slug }).from(tenant).where(eq(tenant.id, tenantId));
  if (!home || !setting?.fileName)
    throw new AppError(
      'unprocessable',
      'The file name for delivery was removed. Add one, then start the rotation again.',
    );
  return { tenantSlug: home.slug, name: setting.fileName };
}

async function makeForFile(
  actor: Actor,
  rotationId: string,
  backend: SecretBackend,
  context: JobContext,
): Promise<FileWork | null> {
  return inTenant(actor, async (tx) => {
    const underway = await lockRotation(tx, actor.tenantId, rotationId);
    if (underway) {
      const place = await placeOf(tx, actor.tenantId, underway);
      if (await isPendingSecret(tx, underway.key, await backend.read(place))) {
        await markDelivered(tx, actor, underway, null);
      } else {
        const made = await makeRotationSecret(tx, actor, underway.key, underway.rotation);
        if (made) return { place, secret: made.secret };
      }
    }
    await context.finish(tx);
    return null;
  });
}

/**
 * The file is written after its version is committed: what a service finds in it is always accepted. A crash in between
 * is told from the file itself.
 */
async function deliverToFile(actor: Actor, rotationId: string, context: JobContext): Promise<void> {
  const backend = configuredBackend();
  if (!backend) throw new AppError('unprocessable', 'ROTATION_SECRETS_DIR is not set on the worker.');
  const work = await makeForFile(actor, rotationId, backend, context);
  if (!work) return;
  await backend.write(work.place, work.secret);
  await inTenant(actor, async (tx) => {
    const underway = await lockRotation(tx, actor.tenantId, rotationId);
    if (underway) await markDelivered(tx, actor, underway, null);
    await context.finish(tx);
  });
}

async function deliveryOf(actor: Actor, rotationId: string): Promise<RotationRow['delivery'] | null> {
  return inTenant(actor, async (tx) => {
    const underway = await lockRotation(tx, actor.tenantId, rotationId);
    return underway?.rotation.delivery ?? null;
  });
}

// guard: it notes why a delivery failed; the attempt that succeeds records the delivery itself
async function noteProblem(actor: Actor, rotationId: string, error: unknown): Promise<void> {
  const problem =
    error instanceof AppError ? error.message : 'Could not write the secret. Check the worker log.';
  await inTenant(actor, (tx) =>
    changeRotation(tx, { tenantId: actor.tenantId, id: rotationId }, { problem }),
  );
}

/** Makes the new secret of a rotation and brings it to where its owner wants it; safe to repeat after a crash. */
export async function deliverRotation(actor: Actor, rotationId: string, context: JobContext): Promise<void> {
  requirePermission(actor, 'keys:write');
  try {
    const delivery = await deliveryOf(actor, rotationId);
    if (delivery === 'jwe') await deliverEncrypted(actor, rotationId, context);
    else if (delivery === 'file') await deliverToFile(actor, rotationId, context);
  } catch (error) {
    await noteProblem(actor, rotationId, error);
    throw error;
  }
}
